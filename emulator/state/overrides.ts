/** What a test has bent of an account, beside its rows: behaviours, faults, and the failure modes that stand. */
import type { Overrides } from '../../contracts/behaviours/table.ts'
import type { Fault } from '../../contracts/faults.ts'
import type { Change } from './state.ts'

/** A mode that is set: what it changed, how its rows were left, and what takes it back. Its faults bear its name. */
export interface StandingMode {
  readonly id: string
  readonly undo: readonly Change[]
  /** The rows that `undo` goes back from, one for each. */
  readonly left: readonly Change[]
  readonly overrides: Overrides
  /** What its behaviours were overridden by before, as far as they were. */
  readonly before: Overrides
}

/** As the log keeps it. What the emulator was started with is not in it: the next start may say otherwise. */
export interface KeptOverrides {
  readonly behaviours: {
    readonly set: Overrides
    /** Given at start, and taken back since. */
    readonly unset: readonly string[]
  }
  /** Oldest first. How often they acted is not kept. */
  readonly faults: readonly Fault[]
  readonly modes: readonly StandingMode[]
}
