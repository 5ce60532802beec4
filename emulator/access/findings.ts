/** What one rule comes to for a subject, and why. */
import type { Outcome } from './outcomes.ts'

/** `reason` is a stable code. */
export interface Finding {
  readonly outcome: Outcome
  readonly reason: string
}

export const matches: Finding = { outcome: 'match', reason: 'matches' }
export const no = (reason: string): Finding => ({ outcome: 'no_match', reason })
export const unknown = (reason: string): Finding => ({ outcome: 'not_evaluable', reason })
export const matchIf = (met: boolean, otherwise: string): Finding => (met ? matches : no(otherwise))
export const notEvaluable = () => unknown('not_evaluable')
