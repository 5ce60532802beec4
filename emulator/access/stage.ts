/** The stages of a decision: a check of the request, or one question to the policies. */
import type { DenyReason, TrailReason } from '../../contracts/reasons/table.ts'
import type { OutcomeReading, PolicyEvaluation } from './evaluate.ts'
import type { AccessPolicy, PolicyDecision, Rulebook } from './policy.ts'
import type { LinkedToken, Subject } from './subject.ts'
import type { PassedBy, StageName, Trail } from './verdict.ts'

/** The question to decide: whether these policies let this subject in. */
export interface DecisionInput {
  readonly rulebook: Rulebook
  readonly subject: Subject
  /** Apart from the subject, since most stages take no notice of it. */
  readonly linkedToken?: LinkedToken | undefined
}

/** A stage that evaluates no policy. What it finds is noted in the trail. */
export interface CheckStage {
  readonly name: StageName
  /** What is wrong with the request; undefined if nothing is. */
  readonly finds: (question: DecisionInput) => TrailReason | undefined
  /** The reason to deny the request if something was found; without it, the next stage follows. */
  readonly denies?: DenyReason
}

/** Evaluates policies in order of precedence, until a match gives a verdict or leads to the next stage. */
export interface PolicyStage {
  readonly name: StageName
  /** The subject to evaluate the policies for; undefined if the stage does not apply. */
  readonly asks: (question: DecisionInput) => Subject | undefined
  /** The policies to evaluate, by decision. */
  readonly policies: { readonly [D in PolicyDecision]?: PolicyRole }
  /** The reason to deny the request if no policy matched; without one, the next stage follows. */
  readonly otherwise?: (question: DecisionInput) => DenyReason | undefined
}

export type Stage = CheckStage | PolicyStage

/** How a stage treats policies with a certain decision. */
export interface PolicyRole {
  /** How the outcomes of rules are counted. */
  readonly reading: OutcomeReading
  /** The lowest outcome that counts as a match. Default: `match`. */
  readonly from?: 'needs_identity'
  readonly match: Ruling | ((matched: Matched) => Ruling)
  /** Whether to skip a policy. */
  readonly skips?: (policy: AccessPolicy, question: DecisionInput) => boolean
}

export interface Matched {
  readonly question: DecisionInput
  /** The subject that the stage evaluates policies for. */
  readonly subject: Subject
  readonly policy: AccessPolicy
  readonly evaluation: PolicyEvaluation
}

/** What a match leads to: a verdict, or where to continue. `noted` replaces the reason in the trail. */
export type Ruling =
  | { readonly kind: 'pass'; readonly by: PassedBy; readonly noted?: undefined }
  | { readonly kind: 'login'; readonly noted: TrailReason }
  | { readonly kind: 'deny'; readonly reason: DenyReason; readonly noted?: undefined }
  | { readonly kind: 'next_policy'; readonly noted: TrailReason }
  | { readonly kind: 'next_stage'; readonly noted?: undefined }

export const pass = (by: PassedBy): Ruling => ({ kind: 'pass', by })
export const denied = (reason: DenyReason): Ruling => ({ kind: 'deny', reason })
export const login = (noted: TrailReason): Ruling => ({ kind: 'login', noted })
export const nextPolicy = (noted: TrailReason): Ruling => ({ kind: 'next_policy', noted })
export const nextStage: Ruling = { kind: 'next_stage' }

export interface Order {
  readonly stages: readonly Stage[]
  /** The reason to deny the request if no stage decides. */
  readonly otherwise: (question: DecisionInput, trail: Trail) => DenyReason
}
