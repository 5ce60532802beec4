/** The client for applications: tokens and requests that work against an emulator and real Cloudflare alike. */
import { cookieNames } from '../../contracts/edge/endpoints.ts'
import { type EdgeAnswer, readAnswer } from '../edge/edge.ts'
import { AccessEdgeError } from '../edge/edge-error.ts'
import { type Credentials, pairFrom, pairHeaders } from '../target/credentials.ts'
import { applicationUrl, type Target, targetFrom } from '../target/target.ts'
import { type Clock, systemClock } from '../transport/clock.ts'
import { connect } from '../transport/connect.ts'
import type { Environment } from '../transport/environment.ts'
import { withoutQuery } from '../transport/errors.ts'
import { nextHop, type Outgoing, outgoing } from '../transport/outgoing.ts'
import { loginTold } from './implicit.ts'
import { decodeToken, getToken, type Strategy, type TokenResult, type Way } from './token.ts'

/** One answer that the client received, including those that it retried or followed. */
export interface Met {
  readonly method: string
  /** Without its query. */
  readonly url: string
  readonly status: number
  readonly ray: string | undefined
  readonly kind: EdgeAnswer['kind']
  readonly sent: 'pair' | 'token' | 'login'
}

export interface AccessClientOptions {
  /** Default `targetFrom()`, which reads the environment. */
  readonly target?: Target | undefined
  /** Default `CF_ACCESS_CLIENT_ID` and `CF_ACCESS_CLIENT_SECRET`. */
  readonly credentials?: Partial<Credentials> | undefined
  /** For `getToken` only; `fetch` sends the pair and reuses the token that an answer sets. */
  readonly strategy?: Strategy | undefined
  readonly aud?: string | undefined
  /** Team name or team domain; if given, the exchange takes place there. */
  readonly team?: string | undefined
  readonly clock?: Clock | undefined
  /** Default `process.env`. */
  readonly env?: Environment | undefined
  /** Called for every answer that `fetch` receives, including those that it retries. */
  readonly onAnswer?: ((met: Met) => void) | undefined
}

export interface TokenCall {
  readonly aud?: string | undefined
  /** See `TokenOptions.probe`. */
  readonly probe?: boolean | undefined
  /** Whether to get a new token even if one is cached. */
  readonly fresh?: boolean | undefined
  readonly signal?: AbortSignal | undefined
}

export interface AccessClient {
  /**
   * Gets a token for the URL and caches it until 30 seconds before it expires.
   * @throws the same errors as the function `getToken`
   */
  getToken(url: string | URL, call?: TokenCall): Promise<TokenResult>
  /**
   * `fetch` for a protected URL. Sends the cached token for the host, or the pair if there is none or the host does not
   * accept the token alone. Follows same-origin redirects and returns any other redirect, as well as 401 and 403.
   * @throws AccessEdgeError if the answer is a redirect to the login page
   * @throws AccessConnectionError if nothing answers
   * @throws AccessUsageError if the URL is malformed or would carry the secret in clear text
   */
  readonly fetch: typeof globalThis.fetch
}

interface HeldToken {
  readonly token: string
  /** Seconds since the epoch. */
  readonly exp: number
  /** Whether the host accepts the token alone; undefined while that is not known. */
  readonly replayable: boolean | undefined
}

/**
 * Creates a client for machines that call applications behind Cloudflare Access, or behind an emulator of it.
 * @throws AccessUsageError if the credentials are missing or the target is unknown
 *
 * @example
 * const access = createAccessClient({
 *   target: targetFrom({ emulator: 'http://127.0.0.1:7788' }), // omit for real Cloudflare
 *   credentials: { client_id: '<id>.access', client_secret: '<secret>' },
 * })
 * const response = await access.fetch('https://app.example.com/reports')
 * const token = await access.getToken('https://app.example.com/')
 * if (token.kind === 'token') console.log(token.expires_at, token.strategy)
 */
export function createAccessClient(options: AccessClientOptions = {}): AccessClient {
  const { env, clock = systemClock, strategy = 'auto', onAnswer } = options
  const target = options.target ?? targetFrom({ env })
  const pair = pairFrom(options.credentials, env)
  /** By host: how it issues tokens, and the cached token. */
  const ways = new Map<string, Way>()
  const held = new Map<string, HeldToken>()
  /** By URL and AUD tag. */
  const results = new Map<string, TokenResult>()

  function hold(host: string, token: string, replayable: boolean | undefined): void {
    const claims = decodeToken(token)
    if (claims !== undefined) held.set(host, { token, exp: claims.exp, replayable })
  }

  /** The cached token, if the host may accept it alone. */
  function heldFor(host: string): string | undefined {
    const known = held.get(host)
    if (known === undefined || known.replayable === false) return undefined
    return isFresh(known.exp, clock.now()) ? known.token : undefined
  }

  async function send(request: Outgoing, token: string | undefined): Promise<EdgeAnswer> {
    const { url, init } = request
    const headers = new Headers(init.headers)
    if (token === undefined) {
      for (const [name, value] of Object.entries(pairHeaders(pair))) headers.set(name, value)
    } else {
      const cookies = [headers.get('cookie'), `${cookieNames.authorization}=${token}`]
      headers.set('cookie', cookies.filter(Boolean).join('; '))
    }
    const response = await connect(target.fetch, url, { ...init, headers, redirect: 'manual' })
    const answer = readAnswer(response, url)
    const { status, ray, kind } = answer
    const sent = token === undefined ? 'pair' : 'token'
    onAnswer?.({ method: init.method, url: withoutQuery(url), status, ray, kind, sent })
    return answer
  }

  async function pass(request: Outgoing): Promise<EdgeAnswer> {
    const { host } = request.url
    const token = request.isRepeatable ? heldFor(host) : undefined
    const answer = await send(request, token)
    if (token !== undefined && isRefused(answer)) {
      // The edge refused it, so the origin has not seen it and it is safe to send again.
      await answer.response.body?.cancel()
      hold(host, token, false)
      return await send(request, undefined)
    }
    if (token !== undefined) hold(host, token, true)
    const refused = held.get(host)
    const isKnownUseless = refused?.replayable === false && isFresh(refused.exp, clock.now())
    if (answer.token !== undefined && !isKnownUseless) hold(host, answer.token, undefined)
    return answer
  }

  async function accessFetch(input: FetchInput, init?: RequestInit): Promise<Response> {
    let request = outgoing(input, init)
    applicationUrl(request.url, target)
    for (let hops = 0; ; hops += 1) {
      const answer = await pass(request)
      if (answer.kind === 'login') throw await loginError(answer)
      const next = hops < 20 ? nextHop(request, answer.response) : undefined
      if (next === undefined) return answer.response
      await answer.response.body?.cancel()
      request = next
    }
  }

  return {
    fetch: accessFetch,
    async getToken(url, call = {}) {
      const { aud = options.aud, probe, fresh = false, signal } = call
      const { team } = options
      const key = `${withoutQuery(applicationUrl(url, target))} ${aud ?? ''}`
      const known = results.get(key)
      const isEnough = known?.kind === 'token' && (!probe || known.replayable !== undefined)
      if (!fresh && isEnough && isFresh(known.claims.exp, clock.now())) return known
      const how = { credentials: pair, target, strategy, aud, team, probe, ways, signal }
      const result = await getToken(url, how)
      if (result.kind === 'token') {
        results.set(key, result)
        hold(new URL(url).host, result.token, result.replayable)
      }
      return result
    },
  }
}

const marginSeconds = 30

/** Whether a token may still be used: until 30 seconds before it expires. */
function isFresh(exp: number, nowMs: number): boolean {
  return nowMs < (exp - marginSeconds) * 1000
}

type FetchInput = Parameters<typeof globalThis.fetch>[0]

function isRefused({ kind }: EdgeAnswer): boolean {
  return kind === 'login' || kind === 'blocked'
}

async function loginError(answer: EdgeAnswer): Promise<AccessEdgeError> {
  await answer.response.body?.cancel()
  const parts = loginTold(withoutQuery(answer.url), answer.meta)
  return new AccessEdgeError('login_redirect', parts, { ...answer, url: answer.url.href })
}
