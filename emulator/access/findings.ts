/** The outcome of a rule for a subject, and why. */
import type { Outcome } from './outcomes.ts'

/** `reason` is a stable code. */
export interface RuleFinding {
  readonly outcome: Outcome
  readonly reason: string
}

export const matches: RuleFinding = { outcome: 'match', reason: 'matches' }
export const no = (reason: string): RuleFinding => ({ outcome: 'no_match', reason })
export const unknown = (reason: string): RuleFinding => ({ outcome: 'not_evaluable', reason })
export const matchIf = (met: boolean, otherwise: string): RuleFinding =>
  met ? matches : no(otherwise)
export const notEvaluable = () => unknown('not_evaluable')
