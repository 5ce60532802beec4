/** The outcome of a rule for a subject, and why. */
import type { RuleReason } from '../../contracts/reasons/table.ts'
import type { Outcome } from './outcomes.ts'

export interface RuleFinding {
  readonly outcome: Outcome
  readonly reason: RuleReason
}

export const matches: RuleFinding = { outcome: 'match', reason: 'matches' }
export const no = (reason: RuleReason): RuleFinding => ({ outcome: 'no_match', reason })
export const unknown = (reason: RuleReason): RuleFinding => ({ outcome: 'not_evaluable', reason })
export const matchIf = (met: boolean, otherwise: RuleReason): RuleFinding =>
  met ? matches : no(otherwise)
export const notEvaluable = () => unknown('not_evaluable')
