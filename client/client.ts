/** The client that an application uses: tokens and requests that work in every world. */
import { cookieNames } from '../contracts/edge/endpoints.ts'
import { type Clock, systemClock } from './clock.ts'
import type { Environment } from './environment.ts'
import { AccessEdgeError, withoutQuery } from './errors.ts'
import { applicationUrl, type Target, targetFrom } from './target.ts'
import { type Credentials, pairFrom, pairHeaders } from './token/credentials.ts'
import { loginTold } from './token/implicit.ts'
import { decodeToken, getToken, type Strategy, type TokenResult, type Way } from './token/token.ts'
import { connect } from './transport/connect.ts'
import { type EdgeAnswer, readAnswer } from './transport/edge.ts'
import { nextHop, type Outgoing, outgoing } from './transport/outgoing.ts'

/** One answer that the client met, whatever became of it. */
export interface Met {
  readonly method: string
  /** Without its query. */
  readonly url: string
  readonly status: number
  readonly ray: string | undefined
  readonly kind: EdgeAnswer['kind']
  readonly sent: 'pair' | 'token'
}

export interface AccessClientOptions {
  /** Default `targetFrom()`, which reads the environment. */
  readonly target?: Target | undefined
  /** Default `CF_ACCESS_CLIENT_ID` and `CF_ACCESS_CLIENT_SECRET`. */
  readonly credentials?: Partial<Credentials> | undefined
  /** Of `getToken`; `fetch` has the pair, and takes the token that comes with an answer. */
  readonly strategy?: Strategy | undefined
  readonly aud?: string | undefined
  /** Team name or domain: exchange there. */
  readonly team?: string | undefined
  readonly clock?: Clock | undefined
  /** In place of `process.env`. */
  readonly env?: Environment | undefined
  /** Hears of every answer to `fetch`, those that were retried too. */
  readonly onAnswer?: ((met: Met) => void) | undefined
}

export interface TokenCall {
  readonly aud?: string | undefined
  /** See `TokenOptions.probe`. */
  readonly probe?: boolean | undefined
  /** Whether to ask anew although a token is held. */
  readonly fresh?: boolean | undefined
  readonly signal?: AbortSignal | undefined
}

export interface AccessClient {
  /** A token for the URL, held until 30 seconds before it expires. Errors as `getToken`. */
  getToken(url: string | URL, call?: TokenCall): Promise<TokenResult>
  /**
   * `fetch` for a protected URL. Sends the token it holds for the host, or else the pair: also where a token turns out
   * not to open the host by itself. Redirects are followed on the same origin only; any other is handed back.
   * Throws `AccessEdgeError` where the answer is the login page, and hands 401 and 403 back.
   */
  readonly fetch: typeof globalThis.fetch
}

/** Whether the token opens the host by itself may not be known yet. */
interface HeldToken {
  readonly token: string
  /** Seconds since the epoch. */
  readonly exp: number
  readonly replayable: boolean | undefined
}

/**
 * A client for machines behind Cloudflare Access, the same against an emulator and real Cloudflare.
 *
 * @example
 * const access = createAccessClient({
 *   target: targetFrom({ emulator: 'http://127.0.0.1:7788' }), // leave it out for real Cloudflare
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
  /** By host: how it gives its tokens, and the token held for it. */
  const ways = new Map<string, Way>()
  const held = new Map<string, HeldToken>()
  /** By URL and AUD tag. */
  const results = new Map<string, TokenResult>()

  function hold(host: string, token: string, replayable: boolean | undefined): void {
    const claims = decodeToken(token)
    if (claims !== undefined) held.set(host, { token, exp: claims.exp, replayable })
  }

  /** The token to send alone, where one may open the host. */
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
      // Refused at the edge, so the origin has not seen it, and it may be sent again.
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
  const told = loginTold(withoutQuery(answer.url), answer.meta)
  return new AccessEdgeError('login_redirect', told, { ...answer, url: answer.url.href })
}
