/** What a decision comes to: the verdict, and the trail that says why. */
import type { DenyReason, TrailReason } from '../../contracts/reasons/table.ts'
import type { PolicyEvaluation, RuleStep } from './evaluate.ts'
import type { Outcome } from './outcomes.ts'
import type { AccessPolicy, PolicyDecision } from './policy.ts'

/** The stage at which a policy was evaluated. A policy may be evaluated at several. */
export type StageName =
  | 'credentials'
  | 'non_identity'
  | 'application_token'
  | 'identity'
  | 'service_token'
  | 'login'

/** A step of the trail: a policy as a whole, or (with `rule`) one of its rules. */
export interface TrailStep extends Partial<Pick<RuleStep, 'rule' | 'counted_as'>> {
  readonly stage: StageName
  readonly policy?: {
    readonly id: string
    readonly name: string
    readonly decision: PolicyDecision
  }
  readonly outcome: Outcome
  readonly reason: TrailReason
}

export type Trail = readonly TrailStep[]

/**
 * `non_identity`: such a policy let the request in without a service token, by address or certificate. `linked_app_token`: it
 * did so for the holder of a token of another application.
 */
export type PassedBy =
  | 'bypass'
  | 'service_token'
  | 'linked_app_token'
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
  /** The first policy that a login could satisfy. */
  readonly policy: AccessPolicy
  readonly trail: Trail
}

export interface Denied {
  readonly kind: 'deny'
  readonly reason: DenyReason
  /** The Block policy that applied, if any. */
  readonly policy?: AccessPolicy
  readonly trail: Trail
}

export type Verdict = Passed | LoginOffered | Denied

export function deny(trail: Trail, reason: DenyReason, policy?: AccessPolicy): Denied {
  return policy === undefined
    ? { kind: 'deny', reason, trail }
    : { kind: 'deny', reason, policy, trail }
}

/** The trail's steps for a policy and its rules. */
export function stepsOf(
  { id, name, decision }: AccessPolicy,
  evaluation: PolicyEvaluation,
  { stage, reason }: { readonly stage: StageName; readonly reason: TrailReason | undefined },
): readonly TrailStep[] {
  const policy = { id, name, decision }
  const { outcome, rules } = evaluation
  const whole = { stage, policy, outcome, reason: reason ?? reasonOf(decision, evaluation) }
  // Written out: spreading is several times slower, and every decision comes by here.
  const ofRules = rules.map(({ rule, outcome, reason, counted_as }) =>
    counted_as === undefined
      ? { stage, policy, rule, outcome, reason }
      : { stage, policy, rule, outcome, reason, counted_as },
  )
  return [whole, ...ofRules]
}

/** The list responsible is the one with the same outcome as the whole policy. */
function reasonOf(
  decision: PolicyDecision,
  { outcome, include, require }: PolicyEvaluation,
): TrailReason {
  if (outcome === 'match') return decision === 'deny' ? 'blocks' : 'admits'
  if (outcome === 'needs_identity') return 'login_needed'
  if (include === outcome) return 'include_not_met'
  return require === outcome ? 'require_not_met' : 'exclude_met'
}
