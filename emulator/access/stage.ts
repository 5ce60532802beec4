/** What a stage of a decision is: a check of what was sent, or one question put to the policies. */
import type { OutcomeReading, PolicyEvaluation } from './evaluate.ts'
import type { AccessPolicy, PolicyDecision, Rulebook } from './policy.ts'
import type { Subject } from './subject.ts'
import type { DenyReason, PassedBy, StageName, Trail } from './verdict.ts'

/** Whether an application lets a subject in: what it goes by, and who asks. */
export interface Question {
  readonly rulebook: Rulebook
  readonly subject: Subject
}

/** Looks at no policy. What it finds is noted in the trail. */
export interface CheckStage {
  readonly name: StageName
  /** What is wrong with the request; undefined where nothing is. */
  readonly finds: (question: Question) => string | undefined
  /** Why the request is denied if something was found; the next stage where absent. */
  readonly denies?: DenyReason
}

/** Asks the policies in order of precedence, until a match gives a verdict or leads to the next stage. */
export interface PolicyStage {
  readonly name: StageName
  /** Who the policies are asked about; undefined where the stage does not apply. */
  readonly asks: (question: Question) => Subject | undefined
  /** The policies that are looked at, by their decision. */
  readonly policies: { readonly [D in PolicyDecision]?: PolicyRole }
  /** Why the request is denied if no policy matched; the next stage where undefined. */
  readonly otherwise?: (question: Question) => DenyReason | undefined
}

export type Stage = CheckStage | PolicyStage

/** The part that the policies of one decision play. */
export interface PolicyRole {
  /** What the outcomes of its rules count as. */
  readonly reading: OutcomeReading
  /** The outcome from which on a policy counts as a match; `match` where absent. */
  readonly from?: 'needs_identity'
  readonly match: Ruling | ((matched: Matched) => Ruling)
  /** Leaves a policy out. */
  readonly skips?: (policy: AccessPolicy, question: Question) => boolean
}

export interface Matched {
  readonly question: Question
  /** As the stage asks about them. */
  readonly subject: Subject
  readonly policy: AccessPolicy
  readonly evaluation: PolicyEvaluation
}

/** What a match means: a verdict, or where to go on. With `noted`, the trail gives this reason instead of that of the lists. */
export type Ruling =
  | { readonly kind: 'pass'; readonly by: PassedBy; readonly noted?: undefined }
  | { readonly kind: 'login'; readonly noted: string }
  | { readonly kind: 'deny'; readonly reason: DenyReason; readonly noted?: undefined }
  | { readonly kind: 'next_policy'; readonly noted: string }
  | { readonly kind: 'next_stage'; readonly noted?: undefined }

export const pass = (by: PassedBy): Ruling => ({ kind: 'pass', by })
export const denied = (reason: DenyReason): Ruling => ({ kind: 'deny', reason })
export const login = (noted: string): Ruling => ({ kind: 'login', noted })
export const nextPolicy = (noted: string): Ruling => ({ kind: 'next_policy', noted })
export const nextStage: Ruling = { kind: 'next_stage' }

export interface Order {
  readonly stages: readonly Stage[]
  /** Why the request is denied where no stage decided. */
  readonly otherwise: (question: Question, trail: Trail) => DenyReason
}
