/** What an answer from the edge says: who gave it, and why. */
import {
  accessPrefix,
  cookieNames,
  headerNames,
  protectedResourcePath,
} from '../../contracts/edge/endpoints.ts'
import { readSetCookie, type SetCookie } from '../../contracts/http/cookies.ts'
import { type Target, targetFrom } from '../target.ts'
import { type MetaClaims, metaOf } from '../token/meta.ts'
import { connect } from './connect.ts'

/**
 * `passed`: Access let the request through and says so by its `CF_Authorization` cookie.
 * `login`: a redirect to the login page. `blocked`: 401 or 403 that bears the marks of Access.
 * `not_access`: no trace of Access. A strict organization leaves none on a request that it lets through,
 * so this can be the origin behind Access, an origin without it, or another product in front.
 */
export type EdgeKind = 'passed' | 'login' | 'blocked' | 'not_access'

export interface EdgeAnswer {
  readonly kind: EdgeKind
  readonly url: URL
  readonly status: number
  readonly ray: string | undefined
  /** The `www-authenticate` header. */
  readonly challenge: string | undefined
  /** Of a login redirect. */
  readonly meta: MetaClaims | undefined
  /** Host of the login page: the team domain. */
  readonly team: string | undefined
  /** AUD tag and domain of the application, where the answer names them. */
  readonly aud: string | undefined
  readonly domain: string | undefined
  readonly cookies: readonly SetCookie[]
  /** The JWT that came as `CF_Authorization` cookie. */
  readonly token: string | undefined
  /** The answer itself, its body unread. */
  readonly response: Response
}

export interface EdgeClient {
  /** Sends one request and never follows a redirect. */
  request(url: string | URL, init?: RequestInit): Promise<EdgeAnswer>
}

/** A client of the edge that reads what Access says in its answers. */
export function createEdgeClient({ target = targetFrom() }: { target?: Target } = {}): EdgeClient {
  return {
    async request(url, init = {}) {
      const address = new URL(url)
      const response = await connect(target.fetch, address, { ...init, redirect: 'manual' })
      return readAnswer(response, address)
    },
  }
}

/** What met us, from status and headers alone. */
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

/** Marks by which Access owns a refusal; a firewall or an origin sets none of them (edge-marks). */
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
  // Logging out sets it too, to nothing.
  return cookies.find(({ name, value }) => name === cookieNames.authorization && value !== '')
    ?.value
}
