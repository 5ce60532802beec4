/** Gets an application token for a pair, from real Cloudflare or an emulator in any profile. */
import { decodeJwt } from 'jose'
import { cookieNames } from '../../contracts/edge/endpoints.ts'
import type { EdgeAnswer } from '../edge/edge.ts'
import { type Credentials, type Pair, pairFrom } from '../target/credentials.ts'
import { applicationUrl, type Target, targetFrom } from '../target/target.ts'
import { teamDomain } from '../target/team.ts'
import { timestampOf } from '../transport/clock.ts'
import { AccessUsageError, withoutQuery } from '../transport/errors.ts'
import { type Attempt, createAttempt } from './attempt.ts'
import { exchange } from './exchange.ts'
import { implicitExchange } from './implicit.ts'

export const strategies = ['auto', 'service_auth', 'headers'] as const
export type Strategy = (typeof strategies)[number]

/** How a host issues tokens. `exchange`: through the endpoint. `implicit`: the endpoint does not exist. */
export type Way = 'exchange' | 'implicit'

export interface TokenOptions {
  /** Default `CF_ACCESS_CLIENT_ID` and `CF_ACCESS_CLIENT_SECRET`. */
  readonly credentials?: Partial<Credentials> | undefined
  /** Default `targetFrom()`, which reads the environment. */
  readonly target?: Target | undefined
  /** AUD tag, for a host with several applications. */
  readonly aud?: string | undefined
  /** Team name or domain: exchange there (which needs `aud`) instead of on the URL's host. */
  readonly team?: string | undefined
  /**
   * `service_auth`: only `POST /cdn-cgi/access/service/auth`. `headers`: only the implicit exchange, a GET of the URL.
   * `auto` (default): the endpoint, or the headers if it does not exist.
   */
  readonly strategy?: Strategy | undefined
  /**
   * Whether to find out if the URL accepts the token without the pair, by one more GET with the token as cookie.
   * Default: true for `auto`, else false, which leaves `replayable` undefined.
   */
  readonly probe?: boolean | undefined
  /** How each host answered before; `auto` does not try an endpoint again that does not exist. */
  readonly ways?: Map<string, Way> | undefined
  readonly signal?: AbortSignal | undefined
}

/** The claims of a token, unverified. */
export interface DecodedClaims {
  readonly exp: number
  readonly iat?: number
  readonly iss?: string
  readonly aud?: string | string[]
  readonly sub?: string
  readonly common_name?: string
  readonly [claim: string]: unknown
}

interface Taken {
  readonly strategy: Exclude<Strategy, 'auto'>
  /** The reasoning, one sentence per step. */
  readonly why: readonly string[]
  /** Ray of the answer that decided. */
  readonly ray: string | undefined
  /** All rays, in order. */
  readonly rays: readonly string[]
  /** The profile that the answers match, if they reveal it. */
  readonly world: 'expected' | 'observed' | 'strict' | undefined
}

export interface IssuedToken extends Taken {
  readonly kind: 'token'
  readonly token: string
  /** Whether the URL accepts the token without the pair; undefined if not probed. */
  readonly replayable: boolean | undefined
  /** RFC 3339, seconds. */
  readonly expires_at: string
  /** Unverified: verifying is the origin's job, with `createVerifier`. */
  readonly claims: DecodedClaims
}

/** Strict service token authentication: the pair opens the URL, but no token is issued. */
export interface HeadersOnly extends Taken {
  readonly kind: 'headers_only'
  readonly reason: string
}

export type TokenResult = IssuedToken | HeadersOnly

/**
 * Exchanges a pair for an application token. The strategies `auto` and `headers` send a GET to the URL.
 * @throws AccessEdgeError if Access refuses, or nothing protects the URL
 * @throws AccessConnectionError if nothing answers
 * @throws AccessUsageError if an option is missing or malformed
 *
 * @example
 * const result = await getToken('https://app.example.com/', {
 *   credentials: { client_id: '<id>.access', client_secret: '<secret>' },
 * })
 * if (result.kind === 'token') console.log(result.token, result.expires_at)
 * else console.log(result.reason) // send the pair with every request
 */
export async function getToken(
  url: string | URL,
  options: TokenOptions = {},
): Promise<TokenResult> {
  const { target = targetFrom(), strategy = 'auto', ways, aud, signal } = options
  const pair: Pair = pairFrom(options.credentials)
  const team = options.team === undefined ? undefined : teamDomain(options.team)
  if (team !== undefined && aud === undefined && strategy !== 'headers') {
    throw new AccessUsageError({
      what: 'The team domain serves many applications, and no AUD tag says which one you mean.',
      todo: 'Give the AUD tag of the application, or omit the team.',
    })
  }
  const attempt = createAttempt({
    target,
    url: applicationUrl(url, target),
    pair,
    aud,
    team,
    signal,
  })
  const probe = options.probe ?? strategy === 'auto'
  return await ask(attempt, { strategy, probe, ways: ways ?? new Map() })
}

async function ask(
  attempt: Attempt,
  how: { readonly strategy: Strategy; readonly probe: boolean; readonly ways: Map<string, Way> },
): Promise<TokenResult> {
  const host = attempt.team ?? attempt.url.host
  const isKnownAbsent = how.ways.get(host) === 'implicit'
  if (how.strategy === 'auto' && isKnownAbsent) {
    attempt.note(`${host} had no exchange endpoint before.`)
  }
  if (how.strategy === 'service_auth' || (how.strategy === 'auto' && !isKnownAbsent)) {
    const exchanged = await exchange(attempt)
    how.ways.set(host, exchanged.kind === 'token' ? 'exchange' : 'implicit')
    if (exchanged.kind === 'token') {
      return await issue(
        attempt,
        { ...exchanged, strategy: 'service_auth', world: 'expected' },
        how,
      )
    }
    if (how.strategy === 'service_auth') throw absent(attempt, exchanged.met)
  }
  const implied = await implicitExchange(attempt)
  if (implied.kind === 'headers_only') {
    const { reason, met } = implied
    const taken = { strategy: 'headers', world: 'strict', ray: met.ray, ...attempt.trail } as const
    return { kind: 'headers_only', reason, ...taken }
  }
  // An edge with the endpoint sets the cookie as well, so only `auto` can tell the two apart.
  const world = how.strategy === 'auto' ? 'observed' : undefined
  return await issue(attempt, { ...implied, strategy: 'headers', world }, how)
}

async function issue(
  attempt: Attempt,
  got: {
    readonly token: string
    readonly met: EdgeAnswer
    readonly strategy: IssuedToken['strategy']
    readonly world: IssuedToken['world']
  },
  { probe }: { readonly probe: boolean },
): Promise<IssuedToken> {
  const claims = decodeToken(got.token)
  if (claims === undefined) {
    throw attempt.failure(
      'unexpected',
      {
        what: 'The token issued is not a JWT with an expiry',
        todo: 'Report this along with the ray.',
      },
      got.met,
    )
  }
  return {
    kind: 'token',
    token: got.token,
    replayable: probe ? await opensAlone(attempt, got.token) : undefined,
    strategy: got.strategy,
    expires_at: timestampOf(claims.exp),
    claims,
    world: got.world,
    why: attempt.trail.why,
    ray: got.met.ray,
    rays: attempt.trail.rays,
  }
}

async function opensAlone(attempt: Attempt, token: string): Promise<boolean> {
  const headers = { cookie: `${cookieNames.authorization}=${token}` }
  const met = await attempt.request(attempt.url, { headers })
  const opens = met.kind !== 'login' && met.kind !== 'blocked'
  attempt.note(
    `GET ${withoutQuery(attempt.url)} with the token alone returned ${met.status}: it is ${opens ? '' : 'not '}replayable.`,
  )
  return opens
}

function absent(attempt: Attempt, met: EdgeAnswer) {
  return attempt.failure(
    'exchange_absent',
    {
      what: `POST ${withoutQuery(met.url)} returned ${met.status}`,
      why: 'The exchange endpoint does not exist here, just as at real Cloudflare.',
      todo: 'Use the strategy headers or auto, which send the pair to the application and read the cookie it sets.',
    },
    met,
  )
}

/** The claims of a JWT, unverified; undefined if it is malformed or has no expiry. */
export function decodeToken(token: string): DecodedClaims | undefined {
  try {
    const { exp, ...claims } = decodeJwt(token)
    return exp === undefined ? undefined : { ...claims, exp }
  } catch {
    return undefined
  }
}
