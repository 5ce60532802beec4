/** Verifies application tokens at an origin with the keys of the team (edge-origin-assertion). */
import { errors, type JWTPayload, jwtVerify } from 'jose'
import { readCompactJws } from '../../contracts/edge/compact-jws.ts'
import { cookieNames, edge, headerNames } from '../../contracts/edge/endpoints.ts'
import { cookieValues } from '../../contracts/http/cookies.ts'
import { teamDomain } from '../target/team.ts'
import { systemClock, timestampOf } from '../transport/clock.ts'
import { AccessTokenError, AccessUsageError, type TokenFailureCode } from '../transport/errors.ts'
import { createTeamKeys } from './keys.ts'
import { checkOptions, isRequestLike } from './options.ts'

export interface VerifierOptions {
  /** Team name or domain. Either `team` or `issuer` is required. */
  readonly team?: string | undefined
  /** `https://<team>.cloudflareaccess.com`; a trailing slash is ignored. */
  readonly issuer?: string | undefined
  /** AUD tag of the application, or several of them. */
  readonly audience: string | readonly string[]
  /** Default: the global `fetch`. For an emulator pass `targetFrom(…).fetch`. */
  readonly fetch?: typeof fetch | undefined
  /** Default `<issuer>/cdn-cgi/access/certs`. */
  readonly certsUrl?: string | URL | undefined
  /** Allowed clock difference in seconds, default 0. */
  readonly clockTolerance?: number | undefined
  /** The current time in milliseconds since the epoch; default: the system clock. */
  readonly now?: (() => number) | undefined
  /** Minimum milliseconds between fetches caused by unknown `kid`s, default 30000. */
  readonly cooldown?: number | undefined
  /** Milliseconds after which the keys are refetched, default 600000 (ten minutes). */
  readonly maxAge?: number | undefined
  /**
   * How many milliseconds beyond `maxAge` the cached keys remain in use while the key set cannot be reached, default
   * 86400000 (a day); 0 means not at all.
   */
  readonly staleIfError?: number | undefined
}

interface Verified {
  readonly aud: readonly string[]
  readonly iss: string
  /** RFC 3339, seconds. */
  readonly expires_at: string
  readonly claims: JWTPayload
}

/** The caller that a verified token identifies. */
export type VerifiedToken =
  | (Verified & { readonly kind: 'service_token'; readonly common_name: string })
  | (Verified & { readonly kind: 'identity'; readonly email: string; readonly sub: string })

export interface Verifier {
  /**
   * Verifies a token, or the one in a request: the `Cf-Access-Jwt-Assertion` header or, without it, the
   * `CF_Authorization` cookie.
   * @throws AccessTokenError whose `code` says why the token must not be trusted
   * @throws TypeError if the argument is neither a string nor a request
   */
  verifyToken(input: string | Pick<Request, 'headers'>): Promise<VerifiedToken>
}

/**
 * Creates the check that every origin behind Access should make: RS256 signature by the team's keys, issuer, audience,
 * expiry. The keys are fetched on first use, cached, and refetched when a token names an unknown key, so a key rotation
 * needs no restart. While they cannot be fetched, the cached keys stay in use for `staleIfError`.
 * @throws TypeError if an option is unknown or has the wrong type
 * @throws AccessUsageError if the audience is empty, or neither team nor issuer is given
 *
 * @example
 * const { verifyToken } = createVerifier({ team: 'example', audience: '<AUD tag>' })
 * const caller = await verifyToken(request) // a Request, or the token itself
 * if (caller.kind === 'service_token') console.log(caller.common_name)
 */
export function createVerifier(options: VerifierOptions): Verifier {
  checkOptions(options)
  const issuer = issuerFrom(options)
  const audience = [options.audience].flat()
  if (audience.length === 0 || audience.includes('')) {
    throw new AccessUsageError({
      what: 'The audience is empty.',
      why: 'A token of any application of the team would be accepted.',
      todo: 'Give the AUD tag of the application.',
    })
  }
  const { now = systemClock.now, clockTolerance = 0 } = options
  const url = new URL(options.certsUrl ?? edge.certs.path, issuer)
  const keys = createTeamKeys({ ...options, url, now })
  return {
    async verifyToken(input) {
      const token = tokenFrom(input)
      checkForm(token, issuer)
      try {
        const { payload } = await jwtVerify(token, keys, {
          algorithms: ['RS256'],
          issuer,
          audience,
          clockTolerance,
          currentDate: new Date(now()),
          requiredClaims: ['exp'],
        })
        return verified(payload, issuer)
      } catch (error) {
        throw error instanceof AccessTokenError ? error : tokenError(error)
      }
    },
  }
}

/** Refuses tokens that no key could verify, before any key is fetched. */
function checkForm(token: string, issuer: string): void {
  const read = readCompactJws(token)
  if (read === undefined) throw refusal('malformed')
  const { alg, kid } = read.header
  if (alg !== 'RS256') throw refusal('algorithm_differs')
  if (typeof kid !== 'string' || kid === '') throw refusal('key_unknown')
  if (read.payload.iss !== issuer) throw refusal('issuer_differs')
}

function issuerFrom({ team, issuer }: VerifierOptions): string {
  if (issuer !== undefined) return issuer.replace(/\/+$/, '')
  if (team !== undefined) return `https://${teamDomain(team)}`
  throw new AccessUsageError({
    what: 'Neither team nor issuer is given.',
    todo: 'Give the team name or domain.',
  })
}

function tokenFrom(input: unknown): string {
  if (typeof input === 'string') return input
  if (isRequestLike(input)) return tokenIn(input.headers)
  throw new TypeError(
    'verifyToken takes a token as a string, or a Request. For another kind of request, pass the value of its Cf-Access-Jwt-Assertion header.',
  )
}

/** Access sends the origin both, but only the header is always its own; a cookie may be left over from elsewhere. */
function tokenIn(headers: Headers): string {
  const [cookie] = cookieValues([headers.get('cookie') ?? ''], cookieNames.authorization)
  const token = headers.get(headerNames.assertion) ?? cookie
  if (token) return token
  throw new AccessTokenError('absent', {
    what: 'The request carries no application token.',
    why: 'It did not come through Access, or a Bypass policy let it in.',
    todo: 'Refuse it.',
  })
}

function verified(payload: JWTPayload, iss: string): VerifiedToken {
  const { aud, exp, type, common_name, email, sub } = payload
  // The same keys also sign global sessions and login redirects, which do not grant access to an application.
  if (type !== undefined && type !== 'app') throw refusal('not_an_application_token')
  const common = {
    aud: [aud ?? []].flat(),
    iss,
    expires_at: timestampOf(exp ?? 0),
    claims: payload,
  }
  if (typeof email === 'string' && email !== '') {
    return { ...common, kind: 'identity', email, sub: sub ?? '' }
  }
  if (typeof common_name === 'string' && common_name !== '') {
    return { ...common, kind: 'service_token', common_name }
  }
  throw refusal('not_an_application_token')
}

const reasons: Readonly<Record<TokenFailureCode, string>> = {
  absent: 'There is none.',
  malformed: 'It is not a JWT in canonical encoding.',
  algorithm_differs: 'It is not signed with RS256.',
  key_unknown: 'None of the team’s keys has its kid.',
  keys_unavailable: 'The team’s keys could not be fetched.',
  signature_bad: 'Its signature does not match.',
  issuer_differs: 'Another team issued it.',
  audience_differs: 'It is for another application.',
  expired: 'It has expired.',
  not_yet_valid: 'It is not valid yet.',
  not_an_application_token: 'It identifies neither a person nor a service token.',
}

function refusal(code: TokenFailureCode, cause?: unknown): AccessTokenError {
  const todo =
    code === 'keys_unavailable' ? 'Check the team name and the network.' : 'Refuse the request.'
  const parts = { what: 'The token is not accepted.', why: reasons[code], todo }
  return new AccessTokenError(code, parts, { cause })
}

function tokenError(error: unknown): AccessTokenError {
  if (error instanceof errors.JWTExpired) return refusal('expired', error)
  if (error instanceof errors.JWTClaimValidationFailed) {
    const codes: Readonly<Record<string, TokenFailureCode>> = {
      iss: 'issuer_differs',
      aud: 'audience_differs',
      nbf: 'not_yet_valid',
    }
    return refusal(codes[error.claim] ?? 'malformed', error)
  }
  const table: readonly (readonly [new (...args: never[]) => Error, TokenFailureCode])[] = [
    [errors.JWSSignatureVerificationFailed, 'signature_bad'],
    [errors.JWKSNoMatchingKey, 'key_unknown'],
    [errors.JWKSMultipleMatchingKeys, 'key_unknown'],
    [errors.JOSEAlgNotAllowed, 'algorithm_differs'],
    [errors.JOSENotSupported, 'algorithm_differs'],
    [errors.JWSInvalid, 'malformed'],
    [errors.JWTInvalid, 'malformed'],
  ]
  const row = table.find(([type]) => error instanceof type)
  return refusal(row?.[1] ?? 'keys_unavailable', error)
}
