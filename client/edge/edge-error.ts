/** The error for a request that the edge did not let in. */
import { AccessError, type ErrorParts, inRay, withoutQuery } from '../transport/errors.ts'
import type { MetaClaims } from './meta.ts'

/**
 * `login_redirect`: redirected to the login page, see `meta.service_token_status`. `credentials_invalid`: 401.
 * `not_authorized`: 403. `not_protected`: the URL is open without credentials. `exchange_absent`: the exchange endpoint
 * was required but does not exist. `aud_refused`: the exchange refused the AUD tag. `unexpected`: anything else.
 */
export type EdgeFailureCode =
  | 'login_redirect'
  | 'credentials_invalid'
  | 'not_authorized'
  | 'not_protected'
  | 'exchange_absent'
  | 'aud_refused'
  | 'unexpected'

/** The edge did not let the pair in, or nothing protects the URL. */
export class AccessEdgeError extends AccessError {
  override readonly name = 'AccessEdgeError'
  readonly code: EdgeFailureCode
  /** Without its query. */
  readonly url: string
  readonly status: number
  readonly ray: string | undefined
  /** All rays of the attempt, in order. */
  readonly rays: readonly string[]
  /** The claims of the login redirect, unverified. */
  readonly meta: MetaClaims | undefined
  /** What was tried and with what result, one sentence per step. */
  readonly trail: readonly string[]

  constructor(
    code: EdgeFailureCode,
    parts: ErrorParts,
    answer: {
      readonly url: string
      readonly status: number
      readonly ray: string | undefined
      readonly meta?: MetaClaims | undefined
    },
    tried: { readonly rays: readonly string[]; readonly why: readonly string[] } = {
      rays: answer.ray === undefined ? [] : [answer.ray],
      why: [],
    },
  ) {
    super({ ...parts, what: `${parts.what}${inRay(answer.ray)}.` })
    this.code = code
    this.url = withoutQuery(answer.url)
    this.status = answer.status
    this.ray = answer.ray
    this.rays = [...tried.rays]
    this.meta = answer.meta
    this.trail = [...tried.why]
  }
}
