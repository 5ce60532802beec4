/** A request to an application as it was evaluated: what was decided, of whom, and from what. */
import type { Rulebook } from '../access/policy.ts'
import type { Subject } from '../access/subject.ts'
import type { Verdict } from '../access/verdict.ts'
import type { ApplicationRow } from '../state/rows.ts'

export interface DecisionMade {
  readonly rulebook: Rulebook
  readonly verdict: Verdict
  /** Real Cloudflare (profile `observed`) would have decided otherwise. */
  readonly onlyExpected: boolean
}

export interface Evaluation extends DecisionMade {
  readonly application: ApplicationRow
  readonly subject: Subject
  /** The verified token that the subject holds, as sent. */
  readonly token?: string | undefined
}
