/** Where cases can run: what it offers, and a target of its own for each case. */
import type { Drift } from '../api/drift.ts'
import type { Offer } from './case.ts'
import type { Lasting } from './run.ts'

export interface CasePlace extends Offer {
  /** What could not be read at the start, one sentence each: cases that depend on it fail. */
  readonly notes?: readonly string[]
  /** Where the answers read at the start differ from the contract. */
  readonly drift?: readonly Drift[]
  target(): Promise<Lasting>
  /**
   * Removes everything created that still exists.
   * @throws Error that lists what could not be removed
   */
  close(): Promise<void>
}
