/** Verifies application tokens at an origin, with the keys of its team (edge-origin-assertion). */
import { errors, type JWTPayload, jwtVerify } from 'jose'
import { readCompactJws } from '../../contracts/compact-jws.ts'
import { cookieNames, edge, headerNames } from '../../contracts/edge/endpoints.ts'
import { cookieValues } from '../../contracts/http/cookies.ts'
import { systemClock, timestampOf } from '../clock.ts'
import { AccessTokenError, AccessUsageError, type TokenFailureCode } from '../errors.ts'
import { teamDomain } from '../team.ts'
import { createTeamKeys } from './keys.ts'
import { checkOptions, isRequestLike } from './options.ts'

export interface VerifierOptions {
  /** Team name or domain. One of `team` and `issuer` is needed. */
  readonly team?: string | undefined
  /** `https://<team>.cloudflareaccess.com`; a slash at its end does not count. */
  readonly issuer?: string | undefined
  /** AUD tag of the application, or several of them. */
  readonly audience: string | readonly string[]
  /** For an emulator give `targetFrom(…).fetch`; default the global one. */
  readonly fetch?: typeof fetch | undefined
  /** Default `<issuer>/cdn-cgi/access/certs`. */
  readonly certsUrl?: string | URL | undefined
  /** Seconds by which clocks may differ, default 0. */
  readonly clockTolerance?: number | undefined
  /** Milliseconds since the epoch, default the system's clock. */
  readonly now?: (() => number) | undefined
  /** Milliseconds between two fetches for a `kid` that is not known, default 30000. */
  readonly cooldown?: number | undefined
  /** Milliseconds after which the keys are fetched again, default 600000 (ten minutes). */
  readonly maxAge?: number | undefined
  /**
   * Milliseconds beyond `maxAge` for which known keys still count while the key set cannot be reached, default 86400000
   * (a day); 0 for not at all.
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

/** Who a verified token stands for. */
export type VerifiedToken =
  | (Verified & { readonly kind: 'service_token'; readonly common_name: string })
  | (Verified & { readonly kind: 'identity'; readonly email: string; readonly sub: string })

export interface Verifier {
  /**
   * Takes a token, or a request that carries one as `Cf-Access-Jwt-Assertion` or, without that header, as the cookie
   * `CF_Authorization`. Throws `AccessTokenError`, whose `code` says why it must not be trusted, and `TypeError` where it
   * is given neither.
   */
  verifyToken(given: string | Pick<Request, 'headers'>): Promise<VerifiedToken>
}

/**
 * Makes the check that an origin owes itself: RS256 by the keys of the team, issuer, audience, expiry.
 * The keys are fetched on first use, kept, and fetched anew when a token names a key that is not among them,
 * so a rotation needs no restart. While they cannot be fetched, those that are known serve on, for `staleIfError`.
 * Throws `TypeError` at once where an option has the wrong type.
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
    async verifyToken(given) {
      const token = tokenFrom(given)
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
        throw error instanceof AccessTokenError ? error : told(error)
      }
    },
  }
}

/** What no key could mend is refused before a key is fetched. */
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

function tokenFrom(given: unknown): string {
  if (typeof given === 'string') return given
  if (isRequestLike(given)) return tokenIn(given.headers)
  throw new TypeError(
    'verifyToken takes a token as a string, or a Request; for another kind of request, give the value of its header Cf-Access-Jwt-Assertion.',
  )
}

/** Access gives the origin both; only the header is always its own, a cookie may be left from elsewhere. */
function tokenIn(headers: Headers): string {
  const [cookie] = cookieValues([headers.get('cookie') ?? ''], cookieNames.authorization)
  const token = headers.get(headerNames.assertion) ?? cookie
  if (token) return token
  throw new AccessTokenError('absent', {
    what: 'The request carries no application token.',
    why: 'It did not come through Access, or a bypass policy let it in.',
    todo: 'Refuse it.',
  })
}

function verified(payload: JWTPayload, iss: string): VerifiedToken {
  const { aud, exp, type, common_name, email, sub } = payload
  // The same keys sign global sessions and login redirects, which open no application.
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
  malformed: 'It is no JWT in its canonical encoding.',
  algorithm_differs: 'It is not signed with RS256.',
  key_unknown: 'None of the keys of the team has its kid.',
  keys_unavailable: 'The keys of the team could not be fetched.',
  signature_bad: 'Its signature does not fit.',
  issuer_differs: 'Another team issued it.',
  audience_differs: 'It is for another application.',
  expired: 'It has expired.',
  not_yet_valid: 'It is not valid yet.',
  not_an_application_token: 'It names neither a person nor a service token of this application.',
}

function refusal(code: TokenFailureCode, cause?: unknown): AccessTokenError {
  const todo =
    code === 'keys_unavailable'
      ? 'Check the name of the team and the network.'
      : 'Refuse the request.'
  const told = { what: 'The token is not accepted.', why: reasons[code], todo }
  return new AccessTokenError(code, told, { cause })
}

function told(error: unknown): AccessTokenError {
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
