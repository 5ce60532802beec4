/** The seeds that come with the package, by name, with every default explicit: a start need not check them. */
import type { Seed } from '../../contracts/seed.ts'
import { example } from './example.ts'
import { ticket } from './ticket.ts'

export const namedSeeds: Readonly<Record<string, Seed>> = {
  example,
  ticket,
  empty: { accounts: [] },
}
