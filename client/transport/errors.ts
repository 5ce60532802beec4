/**
 * The errors of the client, as one family.
 * Each message says what happened, why, and what to do; none contains a secret, a token or a query string.
 */
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

/** ` (ray …)`, after what an answer said. */
export function inRay(ray: string | undefined): string {
  return ray === undefined ? '' : ` (ray ${ray})`
}
