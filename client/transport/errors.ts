/**
 * The errors of the client, as one family.
 * Each message says what happened, why, and what to do; none contains a secret, a token or a query string.
 */
import type { Drift } from '../api/drift.ts'
import type { MetaClaims } from '../token/meta.ts'

/** The three parts of an error message. */
export interface ErrorParts {
  readonly what: string
  readonly why?: string
  readonly todo: string
}

/** The base class of all errors of the client; `code` tells them apart. */
export abstract class AccessError extends Error {
  abstract readonly code: string

  constructor({ what, why, todo }: ErrorParts, options?: ErrorOptions) {
    super([what, why, todo].filter((part) => part !== undefined && part !== '').join(' '), options)
  }
}

/** An option is missing or malformed, so nothing was sent. */
export class AccessUsageError extends AccessError {
  override readonly name = 'AccessUsageError'
  readonly code = 'usage'
}

/** Nothing answered: a wrong host or port, or a network problem. */
export class AccessConnectionError extends AccessError {
  override readonly name = 'AccessConnectionError'
  readonly code = 'unreachable'
}

interface ApiRefusalParts {
  readonly operation: string
  readonly status: number
  /** Error codes in the envelope, including chains (`10000`, `12130`); empty if the body is not an envelope. */
  readonly codes: readonly number[]
  readonly messages: readonly string[]
  readonly ray: string | undefined
  readonly retryAfter: number | undefined
  /** Permission groups any one of which the operation accepts. */
  readonly permissionGroups?: readonly string[]
}

/** The Cloudflare API refused the call: an envelope with `success: false`, or a status of 400 or above. */
export class AccessApiError extends AccessError implements ApiRefusalParts {
  override readonly name = 'AccessApiError'
  readonly code = 'api_refused'
  readonly operation: string
  readonly status: number
  readonly codes: readonly number[]
  readonly messages: readonly string[]
  readonly ray: string | undefined
  /** Seconds to wait before retrying, as the API asks. */
  readonly retryAfter: number | undefined

  constructor(refusal: ApiRefusalParts) {
    const first = refusal.messages[0] ?? 'the body is not an envelope of the Cloudflare API'
    const code = refusal.codes[0] === undefined ? '' : ` (code ${refusal.codes[0]})`
    super({
      what: `${refusal.operation} was refused with status ${refusal.status}${inRay(refusal.ray)}:`,
      why: `${first}${code}.`,
      todo: adviceFor(refusal),
    })
    this.operation = refusal.operation
    this.status = refusal.status
    this.codes = refusal.codes
    this.messages = refusal.messages
    this.ray = refusal.ray
    this.retryAfter = refusal.retryAfter
  }
}

function adviceFor({ status, retryAfter, permissionGroups = [] }: ApiRefusalParts): string {
  if (status === 429) return `Try again in ${retryAfter ?? 'a few'} seconds.`
  if (status >= 500 && status !== 501) return 'Try again later.'
  if (status === 501) return 'Use the real API for this operation.'
  if (status === 401 || status === 403) {
    const groups = permissionGroups.map((name) => `"${name}"`).join(' or ')
    const needed = groups === '' ? 'its permissions' : `that it has ${groups}`
    return `Check the API token, ${needed}, and that it covers this account or zone.`
  }
  return status === 404 ? 'Check the id and the account.' : 'Check what was sent.'
}

/** The API call succeeded, but the answer differs from its contract. */
export class ContractMismatch extends AccessError {
  override readonly name = 'ContractMismatch'
  readonly code = 'contract_mismatch'
  readonly operation: string
  readonly status: number
  readonly ray: string | undefined
  /** One `path: problem` for each difference. */
  readonly problems: readonly string[]
  readonly drift: readonly Drift[]

  constructor(found: {
    readonly operation: string
    readonly status: number
    readonly ray: string | undefined
    readonly problems: readonly string[]
    readonly drift: readonly Drift[]
  }) {
    super({
      what: `${found.operation} returned ${found.status}${inRay(found.ray)}, but not according to its contract:`,
      why: `${found.problems.slice(0, 3).join('; ')}.`,
      todo: 'Update this package, or report the difference along with the ray.',
    })
    this.operation = found.operation
    this.status = found.status
    this.ray = found.ray
    this.problems = found.problems
    this.drift = found.drift
  }
}

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

/**
 * `login_needed`: no login is kept, or the kept one is over. `nothing_to_log_in`: the URL asks no person to log in.
 * `refused`: the login was refused. `registration_refused`: no client may register. `timed_out`: no login in time.
 * `store_unusable`: kept logins cannot be read or written safely. `unexpected`: anything else.
 */
export type LoginFailureCode =
  | 'login_needed'
  | 'nothing_to_log_in'
  | 'refused'
  | 'registration_refused'
  | 'timed_out'
  | 'store_unusable'
  | 'unexpected'

/** A person is not signed in, or could not be. */
export class AccessLoginError extends AccessError {
  override readonly name = 'AccessLoginError'
  readonly code: LoginFailureCode

  constructor(code: LoginFailureCode, parts: ErrorParts, options?: ErrorOptions) {
    super(parts, options)
    this.code = code
  }
}

/** Why `verifyToken` did not accept a JWT. */
export type TokenFailureCode =
  | 'absent'
  | 'malformed'
  | 'algorithm_differs'
  | 'key_unknown'
  | 'keys_unavailable'
  | 'signature_bad'
  | 'issuer_differs'
  | 'audience_differs'
  | 'expired'
  | 'not_yet_valid'
  | 'not_an_application_token'

/** A JWT that must not be trusted. */
export class AccessTokenError extends AccessError {
  override readonly name = 'AccessTokenError'
  readonly code: TokenFailureCode

  constructor(code: TokenFailureCode, parts: ErrorParts, options?: ErrorOptions) {
    super(parts, options)
    this.code = code
  }
}

/** A URL for use in messages: without its query, which can contain a token. */
export function withoutQuery(url: string | URL): string {
  const { origin, pathname } = new URL(url)
  return origin + pathname
}

function inRay(ray: string | undefined): string {
  return ray === undefined ? '' : ` (ray ${ray})`
}
