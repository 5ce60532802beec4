/** The evaluation of a request to an application: the decision, and what it was based on. */
import type { Rulebook } from '../access/policy.ts'
import type { Subject } from '../access/subject.ts'
import type { Verdict } from '../access/verdict.ts'
import type { ApplicationRow } from '../state/rows.ts'

export interface DecisionMade {
  readonly rulebook: Rulebook
  readonly verdict: Verdict
  /** Real Cloudflare (profile `observed`) would have decided differently. */
  readonly onlyExpected: boolean
}

export interface Evaluation extends DecisionMade {
  readonly application: ApplicationRow
  readonly subject: Subject
  /** The subject's verified application token, as sent. */
  readonly token?: string | undefined
}
