/** One row of the doctor's table: how a cause shows in the observations, or which probe is needed first. */
import type { ModeId } from '../../contracts/modes/catalogue.ts'
import type { ObservedFacts, ProbedExchange, ProbeName, RefusedProbe } from './observation.ts'

/**
 * The questions that causes answer, in the order one would ask them. Causes of the same question exclude each other;
 * causes of different questions may both be true.
 */
export const questions = {
  request: 'what is wrong with the request itself',
  form: 'why the refusal looks as it does',
  gate: 'why the request is not let in, or not kept out',
  exchange: 'why the exchange endpoint does not exist',
  sign_in: 'why a program gets no token for a person',
  cookie: 'why the response carries no token',
  token: 'why the application token is refused',
  origin: 'why the origin refuses what Access let in',
  certs: 'why tokens cannot be verified',
  api: 'why the API refuses',
} as const
export type CheckTopic = keyof typeof questions

/** A probe must be sent first. */
export interface ProbeNeeded {
  readonly kind: 'ask'
  readonly probe: ProbeName
}

export type CheckResult =
  | { readonly kind: 'no' }
  | ProbeNeeded
  | { readonly kind: 'out'; readonly because: string }
  | {
      readonly kind: 'match'
      /** Confidence, 0 to 1, if no other row answers the same question. */
      readonly sure: number
      readonly proof: readonly string[]
      /** Replaces the catalogue's fix. */
      readonly fix?: string | undefined
      /** Replaces the row's question. */
      readonly about?: CheckTopic
      /** The probe whose refusal this explains, if policies or settings of the account decided it. */
      readonly refused?: RefusedProbe
    }

export interface Check {
  readonly id: ModeId
  readonly about: CheckTopic
  readonly evaluate: (facts: ObservedFacts) => CheckResult
}

export const no: CheckResult = { kind: 'no' }
export const ask = (probe: ProbeName): ProbeNeeded => ({ kind: 'ask', probe })
export const out = (because: string): CheckResult => ({ kind: 'out', because })

export function match(
  sure: number,
  proof: readonly string[],
  more: Pick<Extract<CheckResult, { kind: 'match' }>, 'fix' | 'about' | 'refused'> = {},
): CheckResult {
  return { kind: 'match', sure, proof, ...more }
}

/** A row about the failing exchange: does not apply if none was handed in. */
export function exchangeCheck(
  id: ModeId,
  about: CheckTopic,
  evaluate: (observed: ProbedExchange, facts: ObservedFacts) => CheckResult,
): Check {
  return {
    id,
    about,
    evaluate: (facts) => (facts.observed === undefined ? no : evaluate(facts.observed, facts)),
  }
}
