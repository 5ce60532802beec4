/**
 * Which headers cross the edge: those that the origin receives, and those that the client gets back (edge-origin-request,
 * edge-origin-headers).
 */
import { cookieNames } from '../../../contracts/edge/endpoints.ts'
import { withoutCookies } from '../../../contracts/http/cookies.ts'
import {
  connectionOptions,
  hopByHop,
  pairsOf,
  type RawHeaders,
  valuesOf,
} from '../../../contracts/http/headers.ts'
import type { OriginReason } from '../../../contracts/reasons/table.ts'

/**
 * Where an application's requests are forwarded. `builtin` echoes what an origin would have received; `h2c` speaks HTTP/2
 * without TLS, with prior knowledge, and its `url` begins with `http`; `tcp` takes bytes, sent in the frames of a WebSocket.
 */
export type Origin =
  | { readonly kind: 'builtin' }
  | { readonly kind: 'url' | 'h2c' | 'tcp'; readonly url: URL }

/** A request that the gate let through, with what to add for the origin and the client. */
export interface Forward {
  readonly origin: Origin
  /** Normalised path and query: what was matched is what is sent. */
  readonly path: string
  /** 16 hex digits, a hyphen and the data centre's three letters. */
  readonly ray: string
  /** The only `Host` that the origin receives: the authority that the gate decided on. */
  readonly host: string
  readonly clientIp: string
  /** Two letters, `XX` or `T1`. */
  readonly country: string
  /** The application's JWT. */
  readonly assertion?: string | undefined
  /** The JWT that the origin receives as the cookie `CF_Authorization`. */
  readonly cookieToken?: string | undefined
  /** The person's email address; undefined for service tokens. */
  readonly email?: string | undefined
  /** `true` behind Access; `false` on an unprotected host and on bypass, where the client id and secret reach the origin. */
  readonly stripPair: boolean
  /** The single header that carried the client id and secret as JSON. */
  readonly stripHeader?: string | undefined
  /** The edge's headers about the client's certificate, in place of the client's own. Undefined on plain HTTP. */
  readonly certificateHeaders?: readonly (readonly [string, string])[] | undefined
  /** Verified claims, which the built-in origin echoes. */
  readonly claims?: unknown
  /** Headers for the answer. Each replaces the origin's header of that name, except `set-cookie` and `vary`, which are added. */
  readonly responseHeaders?: Readonly<RawHeaders>
  /** Called if the origin did not answer, with the reason. */
  readonly failed?: (reason: OriginReason) => void
  /** Called with the status of an upgrade, unless the connection ends before there is one. */
  readonly answered?: (status: number) => void
}

/**
 * Request headers that end at the edge. `expect`, because Node has already sent `100 Continue` to the client. Each message is
 * framed again, so the sender of a body adds `transfer-encoding`.
 */
const endsAtEdge: ReadonlySet<string> = new Set([...hopByHop, 'expect'])

/** Headers that the edge itself sets; the client's values are never trusted. */
const spokenByEdge = new Set([
  'cf-connecting-ip',
  'cf-ipcountry',
  'cf-ray',
  'cf-visitor',
  'host',
  'x-forwarded-proto',
  'x-real-ip',
])

const pairHeaders = new Set(['cf-access-client-id', 'cf-access-client-secret'])

/** Access's own cookies. The origin gets a `CF_Authorization` only if the gate provides one. */
const accessCookies: ReadonlySet<string> = new Set([cookieNames.authorization, cookieNames.binding])

/**
 * Names in `Connection` that do not remove a header: `close` and `keep-alive` are about the connection itself, and a body
 * without its length would be read as the next request.
 */
const neverNamed = new Set(['close', 'content-length', 'host', 'keep-alive', 'transfer-encoding'])

const unnamed: ReadonlySet<string> = new Set()

function namedByConnection(raw: readonly string[]): ReadonlySet<string> {
  let named: Set<string> | undefined
  for (let at = 0; at < raw.length; at += 2) {
    const name = raw[at] ?? ''
    if (name.length !== 10 || name.toLowerCase() !== 'connection') continue
    const value = raw[at + 1] ?? ''
    // Nearly every peer sends just one of these.
    if (value === 'keep-alive' || value === 'close') continue
    for (const option of connectionOptions(value)) {
      const lower = option.toLowerCase()
      if (neverNamed.has(lower)) continue
      named ??= new Set()
      named.add(lower)
    }
  }
  return named ?? unnamed
}

/** Whether a header or trailer of the client may reach the origin. */
function passes(lower: string, forward: Forward): boolean {
  // Some origins read `_` as `-` (CGI, WSGI), so a name that becomes one of ours that way is a forgery too.
  const name = lower.includes('_') ? lower.replaceAll('_', '-') : lower
  if (endsAtEdge.has(name) || spokenByEdge.has(name) || name.startsWith('proxy-')) return false
  if (lower === forward.stripHeader?.toLowerCase()) return false
  // Meant for the emulator by a local proxy; no origin behind Cloudflare would see these.
  if (name.startsWith('access-emulator-')) return false
  if (name.startsWith('cf-client-cert-')) return forward.certificateHeaders === undefined
  if (!name.startsWith('cf-access-')) return true
  if (pairHeaders.has(name)) return !forward.stripPair
  return name === 'cf-access-token' && forward.assertion === undefined
}

function originCookies(sent: string, token: string | undefined): string {
  const kept = sent.includes('CF_') ? withoutCookies(sent, accessCookies) : sent
  if (token === undefined) return kept
  const own = `${cookieNames.authorization}=${token}`
  return kept === '' ? own : `${kept}; ${own}`
}

/**
 * The request's headers for the origin: the client's, in their order and casing, then the edge's. `Accept-Encoding` stays the
 * client's. Cloudflare forces `br, gzip` (documented) and decodes for the client; since the emulator does not decode, that
 * would give a client an encoding that it never asked for.
 */
export function originHeaders(raw: readonly string[], forward: Forward): RawHeaders {
  const named = namedByConnection(raw)
  const headers: RawHeaders = ['Host', forward.host]
  let forwardedFor = ''
  let loop = ''
  let cookies = ''
  let cookieAt = -1
  for (let at = 0; at < raw.length; at += 2) {
    const name = raw[at] ?? ''
    const value = raw[at + 1] ?? ''
    const lower = name.toLowerCase()
    if (lower === 'x-forwarded-for') forwardedFor += `${value}, `
    else if (lower === 'cdn-loop') loop += `${value}, `
    else if (!passes(lower, forward) || named.has(lower)) continue
    else if (lower === 'cookie') {
      cookies = cookies === '' ? value : `${cookies}; ${value}`
      if (cookieAt === -1) cookieAt = headers.push(name, '') - 1
    } else headers.push(name, value)
  }

  const cookie = originCookies(cookies, forward.cookieToken)
  if (cookieAt === -1 && cookie !== '') headers.push('Cookie', cookie)
  else if (cookieAt !== -1 && cookie === '') headers.splice(cookieAt - 1, 2)
  else if (cookieAt !== -1) headers[cookieAt] = cookie

  if (forward.assertion !== undefined) headers.push('Cf-Access-Jwt-Assertion', forward.assertion)
  if (forward.email !== undefined) {
    headers.push('Cf-Access-Authenticated-User-Email', forward.email)
  }
  for (const pair of forward.certificateHeaders ?? []) headers.push(...pair)
  headers.push(
    'CF-Connecting-IP',
    forward.clientIp,
    'X-Forwarded-For',
    forwardedFor + forward.clientIp,
    'X-Forwarded-Proto',
    'https',
    'X-Real-IP',
    forward.clientIp,
    'CF-Ray',
    forward.ray,
    'CF-IPCountry',
    forward.country,
    'CF-Visitor',
    '{"scheme":"https"}',
    'CDN-Loop',
    `${loop}cloudflare`,
  )
  return headers
}

/** The client's trailers, under the same rules as headers: some origins merge the two. */
export function originTrailers(raw: readonly string[], forward: Forward): [string, string][] {
  return pairsOf(raw).filter(([name]) => passes(name.toLowerCase(), forward))
}

const addedToOrigins = new Set(['set-cookie', 'vary'])

/** The edge's headers, which are on every answer. */
export function edgeHeaders({ ray, responseHeaders = [] }: Forward): RawHeaders {
  const headers: RawHeaders = []
  if (valuesOf(responseHeaders, 'server').length === 0) headers.push('server', 'cloudflare')
  if (valuesOf(responseHeaders, 'cf-ray').length === 0) headers.push('cf-ray', ray)
  for (const part of responseHeaders) headers.push(part)
  return headers
}

/** The origin's headers for the client, in their order and casing, without those in `without`; then the edge's. */
export function clientHeaders(
  raw: readonly string[],
  forward: Forward,
  without: ReadonlySet<string>,
): RawHeaders {
  const named = namedByConnection(raw)
  const edge = edgeHeaders(forward)
  const replaced = new Set<string>()
  for (let at = 0; at < edge.length; at += 2) {
    const lower = edge[at]?.toLowerCase() ?? ''
    if (!addedToOrigins.has(lower)) replaced.add(lower)
  }
  const headers: RawHeaders = []
  for (let at = 0; at < raw.length; at += 2) {
    const name = raw[at] ?? ''
    const lower = name.toLowerCase()
    if (without.has(lower) || replaced.has(lower) || named.has(lower)) continue
    if (lower.startsWith('proxy-')) continue
    headers.push(name, raw[at + 1] ?? '')
  }
  for (const part of edge) headers.push(part)
  return headers
}
