/** Something that cases can run on: what it offers, and a target of its own for each case. */
import type { Offer } from './case.ts'
import type { Lasting } from './run.ts'

export interface Place extends Offer {
  target(): Promise<Lasting>
  /** Removes what was made and is still there. @throws Error with what could not be removed */
  close(): Promise<void>
}
