/** Something that cases can run on: what it offers, and a target of its own for each case. */
import type { Drift } from '../api/drift.ts'
import type { Offer } from './case.ts'
import type { Lasting } from './run.ts'

export interface CasePlace extends Offer {
  /** What could not be read at the beginning, one sentence each: cases that stand on it fail. */
  readonly notes?: readonly string[]
  /** Where what was read at the beginning is not as the contract says. */
  readonly drift?: readonly Drift[]
  target(): Promise<Lasting>
  /** Removes what was made and is still there. @throws Error with what could not be removed */
  close(): Promise<void>
}
