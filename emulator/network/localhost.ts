/**
 * Keeps a browser on `.localhost`: URLs of served hosts in an answer are rewritten to their `.localhost` names, while the
 * edge and origins see the real names.
 */
import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http'
import { withAttributes } from '../../contracts/http/cookies.ts'
import { isUnderLocalhost, readAuthority, withoutLocalhost } from './hosts.ts'
import { type LocalhostAddress, portOf } from './request-target.ts'

type HeadersInput = OutgoingHttpHeaders | readonly (string | readonly string[])[]

/**
 * Rewrites `Origin` and `Referer` to what a browser at the real name would send: applications use them to tell their own
 * pages from others. A different port means a page that is not ours.
 */
export function restoreRealNames(
  request: IncomingMessage,
  local: LocalhostAddress,
  isServed: (host: string) => boolean,
): void {
  const { headers, rawHeaders } = request
  for (const name of ['origin', 'referer'] as const) {
    const sent = headers[name]
    if (sent !== undefined) headers[name] = realAddress(sent, local, isServed)
  }
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const value = rawHeaders[at + 1] ?? ''
    if (!/^(origin|referer)$/i.test(rawHeaders[at] ?? '')) continue
    rawHeaders[at + 1] = realAddress(value, local, isServed)
  }
}

function realAddress(
  value: string,
  { port }: LocalhostAddress,
  isServed: (host: string) => boolean,
): string {
  const [, text = '', rest = ''] = webAddress.exec(value) ?? []
  const authority = readAuthority(text)
  if (authority === undefined || !isUnderLocalhost(authority.name)) return value
  const name = withoutLocalhost(authority.name)
  return portOf(authority) === port && isServed(name) ? `https://${name}${rest}` : value
}

/** Rewrites `Location`, `Set-Cookie` and `Access-Control-Allow-Origin` when the head of the answer is written. */
export function keepOnLocalhost(
  response: ServerResponse,
  local: LocalhostAddress,
  isServed: (host: string) => boolean,
): void {
  const edit = (name: string, value: string) => {
    const lower = name.toLowerCase()
    if (lower === 'set-cookie') return localCookie(value, local, isServed)
    return addresses.has(lower) ? localAddress(value, local, isServed) : value
  }
  const writeHead = response.writeHead.bind(response)
  // Overrides `writeHead` of this response only: the edge and the origin proxy both call it, in different forms.
  Object.defineProperty(response, 'writeHead', {
    value(status: number, ...rest: readonly (string | HeadersInput | undefined)[]) {
      for (const [name, value] of Object.entries(response.getHeaders())) {
        if (name === 'set-cookie' || addresses.has(name)) {
          response.setHeader(name, edited(name, value, edit))
        }
      }
      const reason = rest.find((each) => typeof each === 'string')
      const given = rest.find((each) => typeof each === 'object')
      const headers = typeof given === 'object' ? editedHeaders(given, edit) : undefined
      return reason === undefined ? writeHead(status, headers) : writeHead(status, reason, headers)
    },
  })
}

/** Response headers that hold one URL. */
const addresses: ReadonlySet<string> = new Set(['location', 'access-control-allow-origin'])

/** Captures the authority and the rest of a URL, which may be scheme-relative. */
const webAddress = /^(?:https?:)?\/\/([^/?#]*)(.*)$/is

type Edit = (name: string, value: string) => string

function edited(name: string, value: OutgoingHttpHeaders[string], edit: Edit): string | string[] {
  if (Array.isArray(value)) return value.map((each) => edit(name, each))
  return edit(name, String(value))
}

function editedHeaders(given: HeadersInput, edit: Edit): OutgoingHttpHeaders | string[] {
  if (isList(given)) {
    const flat = given.flat()
    return flat.map((value, at) => (at % 2 === 0 ? value : edit(flat[at - 1] ?? '', value)))
  }
  return Object.fromEntries(
    Object.entries(given).map(([name, value]) => [
      name,
      value === undefined ? value : edited(name, value, edit),
    ]),
  )
}

function isList(given: HeadersInput): given is readonly (string | readonly string[])[] {
  return Array.isArray(given)
}

function localAddress(
  value: string,
  { scheme, port }: LocalhostAddress,
  isServed: (host: string) => boolean,
): string {
  const [, text = '', rest = ''] = webAddress.exec(value) ?? []
  const authority = readAuthority(text)
  if (authority === undefined || !isServed(authority.name)) return value
  return `${scheme}://${authority.name}.localhost${port}${rest}`
}

/**
 * Rewrites `Domain` to the `.localhost` name. On plain HTTP, removes `Secure` and the attributes that require it, since
 * not every browser treats `http://*.localhost` as secure. `__Secure-` and `__Host-` cookies keep it: browsers reject them
 * without it.
 */
function localCookie(
  value: string,
  { scheme }: LocalhostAddress,
  isServed: (host: string) => boolean,
): string {
  const keepsSecure = scheme === 'https' || /^\s*__(Secure|Host)-/i.test(value)
  return withAttributes(value, (attribute, { name, value: text = '' }) => {
    const lower = name.toLowerCase()
    if (lower === 'domain') return [localDomain(attribute, text, isServed)]
    if (keepsSecure) return [attribute]
    if (lower === 'secure' || lower === 'partitioned') return []
    return lower === 'samesite' && text.toLowerCase() === 'none' ? [' SameSite=Lax'] : [attribute]
  })
}

function localDomain(attribute: string, text: string, isServed: (host: string) => boolean): string {
  const name = text.replace(/^\./, '').toLowerCase()
  // Also a parent domain, such as the zone's name, if any host below it is served.
  return isServed(name) || isServed(`any.${name}`) ? ` Domain=${name}.localhost` : attribute
}
