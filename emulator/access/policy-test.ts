/** What policies would decide for a person if they signed in now. */
import { decideSignIn } from './decide.ts'
import type { Rulebook } from './policy.ts'
import type { Subject } from './subject.ts'

export type PolicyTestOutcome = 'approved' | 'blocked' | 'error'

/** `error`: nobody is admitted, and a rule on the way could not be evaluated (api-policy-test-outcomes). */
export function policyTestOutcome(
  rulebook: Rulebook,
  subject: Omit<Subject, 'pair'>,
): PolicyTestOutcome {
  const { kind, trail } = decideSignIn(rulebook, { ...subject, pair: { status: 'absent' } })
  if (kind === 'pass') return 'approved'
  return trail.some(({ outcome }) => outcome === 'not_evaluable') ? 'error' : 'blocked'
}
