/** Interprets answers from the edge: who gave them, and why. */
import {
  accessPrefix,
  cookieNames,
  headerNames,
  protectedResourcePath,
} from '../../contracts/edge/endpoints.ts'
import { readSetCookie, type SetCookie } from '../../contracts/http/cookies.ts'
import { type Target, targetFrom } from '../target/target.ts'
import { connect } from '../transport/connect.ts'
import { type MetaClaims, metaOf } from './meta.ts'

/**
 * `passed`: Access let the request through, as its `CF_Authorization` cookie shows.
 * `login`: a redirect to the login page. `blocked`: a 401 or 403 with the marks of Access.
 * `not_access`: no trace of Access. A strict organization leaves none on a request that it lets through, so this can be
 * the origin behind Access, an origin without Access, or another product in front.
 */
export type EdgeKind = 'passed' | 'login' | 'blocked' | 'not_access'

export interface EdgeAnswer {
  readonly kind: EdgeKind
  readonly url: URL
  readonly status: number
  readonly ray: string | undefined
  /** The `www-authenticate` header. */
  readonly challenge: string | undefined
  /** Claims of the `meta` parameter in a login redirect. */
  readonly meta: MetaClaims | undefined
  /** Host of the login page: the team domain. */
  readonly team: string | undefined
  /** AUD tag of the application, if the answer names it. */
  readonly aud: string | undefined
  /** Domain of the application, if the answer names it. */
  readonly domain: string | undefined
  readonly cookies: readonly SetCookie[]
  /** The JWT set as the `CF_Authorization` cookie. */
  readonly token: string | undefined
  /** The answer itself, with its body unread. */
  readonly response: Response
}

export interface EdgeClient {
  /**
   * Sends one request and never follows a redirect.
   * @throws AccessConnectionError if nothing answers
   */
  request(url: string | URL, init?: RequestInit): Promise<EdgeAnswer>
}

/**
 * Creates a client that sends requests to the edge and interprets the answers; it adds no credentials.
 *
 * @example
 * const edge = createEdgeClient({ target: targetFrom() })
 * const { kind, meta, ray } = await edge.request('https://app.example.com/')
 */
export function createEdgeClient({ target = targetFrom() }: { target?: Target } = {}): EdgeClient {
  return {
    async request(url, init = {}) {
      const address = new URL(url)
      const response = await connect(target.fetch, address, { ...init, redirect: 'manual' })
      return readAnswer(response, address)
    },
  }
}

/** Classifies an answer from its status and headers alone. */
export function classify(response: Response): EdgeKind {
  if (loginPage(response) !== undefined) return 'login'
  const { status } = response
  if ((status === 401 || status === 403) && isMarked(response.headers)) return 'blocked'
  return issuedToken(cookiesIn(response.headers)) === undefined ? 'not_access' : 'passed'
}

export function readAnswer(response: Response, url: URL): EdgeAnswer {
  const { headers, status } = response
  const login = loginPage(response)
  const cookies = cookiesIn(headers)
  const meta = metaOf(login)
  return {
    kind: classify(response),
    url,
    status,
    ray: headers.get(headerNames.ray) ?? undefined,
    challenge: headers.get('www-authenticate') ?? undefined,
    meta,
    team: login?.host,
    aud: headers.get(headerNames.aud) ?? login?.searchParams.get('kid') ?? meta?.aud,
    domain: headers.get(headerNames.domain) ?? undefined,
    cookies,
    token: issuedToken(cookies),
    response,
  }
}

function loginPage({ status, headers }: Response): URL | undefined {
  const location = headers.get('location')
  if (status < 300 || status > 399 || location === null || !URL.canParse(location)) return undefined
  const url = new URL(location)
  return url.pathname.startsWith(`${accessPrefix}login`) ? url : undefined
}

/** Headers that mark a refusal as Access's; a firewall or an origin sets none of them (edge-marks). */
function isMarked(headers: Headers): boolean {
  const challenge = headers.get('www-authenticate') ?? ''
  return (
    [headerNames.aud, headerNames.domain, headerNames.error].some((name) => headers.has(name)) ||
    /^cloudflare-access\b/i.test(challenge) ||
    challenge.includes(protectedResourcePath)
  )
}

function cookiesIn(headers: Headers): SetCookie[] {
  return headers.getSetCookie().map(readSetCookie)
}

function issuedToken(cookies: readonly SetCookie[]): string | undefined {
  // Logging out sets it too, to an empty value.
  return cookies.find(({ name, value }) => name === cookieNames.authorization && value !== '')
    ?.value
}
