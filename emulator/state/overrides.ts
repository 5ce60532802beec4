/** What tests have overridden in an account, besides its rows: behaviours, faults and failure modes. */
import type { Overrides } from '../../contracts/behaviours/table.ts'
import type { Fault } from '../../contracts/control/faults.ts'
import type { Change } from './state.ts'

/** A mode that is set: what it changed, how it left its rows, and how to undo it. Its faults carry its name. */
export interface StandingMode {
  readonly id: string
  readonly undo: readonly Change[]
  /** The rows as the mode left them, one for each change in `undo`. */
  readonly left: readonly Change[]
  readonly overrides: Overrides
  /** Earlier overrides of the same behaviours. */
  readonly before: Overrides
}

/** Changes that were applied from advice. Once they are taken back, `undo` is empty. */
export interface AppliedAdvice extends Pick<StandingMode, 'undo' | 'left'> {
  readonly id: string
}

/** Overrides as the log stores them, without the options at start: the next start may have others. */
export interface KeptOverrides {
  readonly behaviours: {
    readonly set: Overrides
    /** Set at start, and removed since. */
    readonly unset: readonly string[]
  }
  /** Oldest first, without how often they acted. */
  readonly faults: readonly Fault[]
  /** Where replicas share the log: the name under which each fault is counted. */
  readonly counted?: readonly string[]
  readonly modes: readonly StandingMode[]
  /** Logs of older releases lack it. */
  readonly advice?: readonly AppliedAdvice[]
}
