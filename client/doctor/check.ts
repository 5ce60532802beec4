/** One row of the doctor's table: how a cause shows in what was seen, or what must be seen first. */
import type { ModeId } from '../../contracts/modes/catalogue.ts'
import type { ObservedFacts, ProbeName, RefusedProbe } from './observation.ts'

/**
 * The questions that causes answer. Causes of one question exclude each other; those of two may both be true. The order
 * is that in which a person asks.
 */
export const questions = {
  request: 'what is wrong with the request itself',
  form: 'why the refusal looks as it does',
  gate: 'why the request is not let in, or not kept out',
  exchange: 'why the exchange is not there',
  sign_in: 'why a program gets no token for a person',
  cookie: 'why no token comes back with the answer',
  token: 'why the application token is refused',
  origin: 'why the origin refuses what Access let in',
  certs: 'why tokens cannot be verified',
  api: 'why the API refuses',
} as const
export type CheckTopic = keyof typeof questions

export type CheckResult =
  | { readonly kind: 'no' }
  | { readonly kind: 'ask'; readonly probe: ProbeName }
  | { readonly kind: 'out'; readonly because: string }
  | {
      readonly kind: 'match'
      /** How sure the row is where no other answers the same question, 0 to 1. */
      readonly sure: number
      readonly proof: readonly string[]
      /** In place of the catalogue's. */
      readonly fix?: string | undefined
      /** In place of the row's. */
      readonly about?: CheckTopic
      /** The probe whose refusal this explains, where policies or settings of the account decided it. */
      readonly refused?: RefusedProbe
    }

export interface Check {
  readonly id: ModeId
  readonly about: CheckTopic
  readonly evaluate: (facts: ObservedFacts) => CheckResult
}

export const no: CheckResult = { kind: 'no' }
export const ask = (probe: ProbeName): CheckResult => ({ kind: 'ask', probe })
export const out = (because: string): CheckResult => ({ kind: 'out', because })

export function match(
  sure: number,
  proof: readonly string[],
  more: Pick<Extract<CheckResult, { kind: 'match' }>, 'fix' | 'about' | 'refused'> = {},
): CheckResult {
  return { kind: 'match', sure, proof, ...more }
}
