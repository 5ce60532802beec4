/** The seeds that come with the package, by name. */
import type { SeedInput } from '../../contracts/seed.ts'
import { example } from './example.ts'
import { ticket } from './ticket.ts'

export const namedSeeds: Readonly<Record<string, SeedInput>> = {
  example,
  ticket,
  empty: { accounts: [] },
}
