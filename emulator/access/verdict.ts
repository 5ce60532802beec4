/** What a decision is made of and comes to: policies, the verdict, and the trail that says why. */
import type { Ask } from '../../contracts/behaviours/table.ts'
import type { RuleLists } from '../../contracts/rules.ts'
import type { PolicyEvaluation, RuleFacts, RuleStep } from './evaluate.ts'
import type { Outcome } from './outcomes.ts'

export type PolicyDecision = 'allow' | 'deny' | 'non_identity' | 'bypass'

export interface AccessPolicy extends RuleLists {
  readonly id: string
  readonly name: string
  readonly decision: PolicyDecision
  readonly precedence: number
  readonly session_duration?: string | undefined
}

export interface Rulebook extends RuleFacts {
  /** In order of precedence. */
  readonly policies: readonly AccessPolicy[]
  readonly behaviour: Ask
  /** The organization's effective `strict_service_token_auth`. */
  readonly strict: boolean
}

/** Which question a policy was asked. One policy may be asked several. */
export type Stage =
  | 'credentials'
  | 'non_identity'
  | 'application_token'
  | 'identity'
  | 'service_token'
  | 'login'

/** One line of "why": a policy as a whole, or (with `rule`) one of its rules. */
export interface TrailStep extends Partial<Pick<RuleStep, 'rule' | 'counted_as'>> {
  readonly stage: Stage
  readonly policy?: {
    readonly id: string
    readonly name: string
    readonly decision: PolicyDecision
  }
  readonly outcome: Outcome
  /** A stable code. */
  readonly reason: string
}

export type Trail = readonly TrailStep[]

export type DenyReason =
  | 'credentials_invalid'
  | 'not_authorized'
  | 'blocked_by_policy'
  | 'blocked_before_login'
  | 'identity_not_admitted'
  | 'no_policy'
  | 'no_interactive_policy'
  | 'requirements_failed'

/** `non_identity`: such a policy let the request in without a service token, by address or certificate. */
export type PassedBy =
  | 'bypass'
  | 'service_token'
  | 'non_identity'
  | 'application_token'
  | 'identity'

export interface Passed {
  readonly kind: 'pass'
  readonly by: PassedBy
  readonly policy: AccessPolicy
  readonly trail: Trail
}

interface LoginOffered {
  readonly kind: 'login'
  /** The first that a login could meet. */
  readonly policy: AccessPolicy
  readonly trail: Trail
}

export interface Denied {
  readonly kind: 'deny'
  readonly reason: DenyReason
  /** The deny policy, where one blocked. */
  readonly policy?: AccessPolicy
  readonly trail: Trail
}

export type Verdict = Passed | LoginOffered | Denied

export function deny(trail: Trail, reason: DenyReason, policy?: AccessPolicy): Denied {
  return policy === undefined
    ? { kind: 'deny', reason, trail }
    : { kind: 'deny', reason, policy, trail }
}

/** The trail's lines about one policy and its rules. */
export function stepsOf(
  policy: AccessPolicy,
  evaluation: PolicyEvaluation,
  { stage, reason }: { readonly stage: Stage; readonly reason?: string },
): readonly TrailStep[] {
  const { id, name, decision } = policy
  const considered = { stage, policy: { id, name, decision } }
  const whole = {
    ...considered,
    outcome: evaluation.outcome,
    reason: reason ?? reasonOf(decision, evaluation),
  }
  return [whole, ...evaluation.rules.map((step) => ({ ...considered, ...step }))]
}

/** The list to blame is the one that came out worst, as the whole did. */
function reasonOf(
  decision: PolicyDecision,
  { outcome, include, require }: PolicyEvaluation,
): string {
  if (outcome === 'match') return decision === 'deny' ? 'blocks' : 'admits'
  if (outcome === 'needs_identity') return 'login_needed'
  if (include === outcome) return 'include_not_met'
  return require === outcome ? 'require_not_met' : 'exclude_met'
}
