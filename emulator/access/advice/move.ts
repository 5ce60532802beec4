/** A change that could let a refused request in: what it says, what it is, and how it is tried on the decision. */
import type { AdviceChange } from '../../../contracts/control/advice.ts'
import type { Rulebook } from '../policy.ts'
import type { Subject } from '../subject.ts'

/** What the decision is asked: on copies, so that nothing is changed by trying. */
export interface AdviceQuestion {
  readonly rulebook: Rulebook
  readonly subject: Subject
}

/** What of the request a move changes: two moves of one dimension contradict each other. */
export type Dimension = 'address' | 'country' | 'certificate' | 'credential' | 'account'

export interface Move {
  readonly dimension: Dimension
  readonly says: string
  readonly changes: readonly AdviceChange[]
  readonly apply: (question: AdviceQuestion) => AdviceQuestion
}

/** Identity providers and service tokens of the account, as far as advice may name them. */
export interface KnownAccount {
  readonly serviceTokens: readonly KnownServiceToken[]
  readonly providers: readonly { readonly id: string; readonly type: string }[]
}

export interface KnownServiceToken {
  readonly id: string
  readonly name: string
  readonly client_id: string
  readonly state: 'live' | 'disabled' | 'expired'
}

export function ofSubject(of: (subject: Subject) => Subject): Move['apply'] {
  return ({ rulebook, subject }) => ({ rulebook, subject: of(subject) })
}

export function ofRulebook(of: (rulebook: Rulebook) => Rulebook): Move['apply'] {
  return ({ rulebook, subject }) => ({ rulebook: of(rulebook), subject })
}
