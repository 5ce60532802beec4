/** A change that could let a refused request in: in words, as data, and as a function to try it with. */
import type { AdviceChange } from '../../../contracts/control/advice.ts'
import type { Rulebook } from '../policy.ts'
import type { Subject } from '../subject.ts'

/** The input of a decision. Moves are tried on copies, so nothing changes. */
export interface AdviceQuestion {
  readonly rulebook: Rulebook
  readonly subject: Subject
}

/** What a move changes: two moves of the same dimension would contradict each other. */
export type Dimension = 'address' | 'country' | 'certificate' | 'credential' | 'account'

export interface Move {
  readonly dimension: Dimension
  readonly says: string
  readonly changes: readonly AdviceChange[]
  readonly apply: (question: AdviceQuestion) => AdviceQuestion
}

/** The account's identity providers and service tokens that advice may name. */
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
