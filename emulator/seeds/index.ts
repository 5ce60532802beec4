/** The seeds that come with the package, by name. Every default is written out, so that a start need not parse them. */
import type { Seed } from '../../contracts/control/seed.ts'
import { example } from './example.ts'
import { ticket } from './ticket.ts'

export const namedSeeds: Readonly<Record<string, Seed>> = {
  example,
  ticket,
  empty: { accounts: [] },
}
