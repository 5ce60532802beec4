/** How a request came to the door, and which host it therefore asks for. */
import type { IncomingMessage } from 'node:http'
import { valuesOf } from '../../contracts/http/headers.ts'
import type { Reply } from '../http/reply.ts'
import {
  type Authority,
  hostKind,
  hostOf,
  isLocalName,
  isUnderLocalhost,
  readAuthority,
  type ServedNames,
  withoutLocalhost,
} from './hosts.ts'
import type { ProxyTarget } from './proxy/proxy-target.ts'
import { noHost, notAnAuthority, otherHost, twoHosts, unclearEnd } from './refusals.ts'

/** What is known of a connection that is more than plain HTTP. */
export interface ConnectionInfo {
  readonly tls: boolean
  /** The name in the ClientHello. */
  readonly sni?: string | undefined
  /** The name of the CONNECT around it. */
  readonly tunnel?: string | undefined
}

/** A browser that came to `NAME.localhost`, and is to stay there. */
export interface LocalhostAddress {
  readonly scheme: 'http' | 'https'
  /** As the browser sees it; empty, or `:7788`. */
  readonly port: string
}

export type RequestTarget =
  | {
      readonly kind: 'served'
      readonly host: string
      /** Whether the client came to the proxy, and not to the host itself. */
      readonly proxied: boolean
      readonly local?: LocalhostAddress
    }
  | Exclude<ProxyTarget, { readonly kind: 'served' }>

export interface RequestTargetOptions {
  readonly names: ServedNames
  /** What becomes of an absolute-form request for another machine. */
  readonly proxied: (authority: Authority, remoteAddress: string | undefined) => ProxyTarget
}

const absoluteForm = /^https?:\/\/([^/?#]*)(.*)$/is

/**
 * Reads whom a request asks for: the absolute form before `Host` (RFC 9112 3.2.2), and neither may differ from the name
 * for which the connection was opened. An absolute form is put back into origin form.
 */
export function readRequestTarget(
  request: IncomingMessage,
  way: ConnectionInfo | undefined,
  options: RequestTargetOptions,
): RequestTarget {
  // Node keeps the first and says nothing (RFC 9112 3.2 wants 400).
  if (valuesOf(request.rawHeaders, 'host').length > 1) return refused(twoHosts)
  if (hasUnclearEnd(request)) return refused(unclearEnd)
  let proxied = way?.tunnel !== undefined
  const absolute = request.url?.startsWith('/') ? undefined : absoluteForm.exec(request.url ?? '/')
  if (absolute) {
    const [, text = '', rest = ''] = absolute
    const authority = readAuthority(text)
    if (authority === undefined) return refused(notAnAuthority)
    request.url = rest.startsWith('/') ? rest : `/${rest}`
    request.headers.host = text
    if (mayBeProxy(way) && !isOwn(authority, request, options.names)) {
      const target = options.proxied(authority, request.socket.remoteAddress)
      if (target.kind !== 'served') return target
      proxied = true
    }
  }
  const text = request.headers.host ?? ''
  if (text === '' && request.httpVersion === '1.1') return refused(noHost)
  // An origin may read another name in it than the one that was decided on.
  if (text !== '' && readAuthority(text) === undefined) return refused(notAnAuthority)
  if (way !== undefined && !(absolute && mayBeProxy(way))) {
    const { name = '' } = readAuthority(text) ?? {}
    for (const opened of [way.tunnel, way.sni]) {
      if (opened !== undefined && opened !== name) return refused(otherHost(text, opened))
    }
  }
  const host = hostOf(text)
  const local = text.includes('ocalhost') ? localhostAddress(text, way) : undefined
  return { kind: 'served', host, proxied, ...(local === undefined ? {} : { local }) }
}

function refused(reply: Reply): RequestTarget {
  return { kind: 'refused', reply }
}

/** Whether the connection was opened for the emulator as such, and not for one of the names that it serves. */
export function mayBeProxy(way: ConnectionInfo | undefined): boolean {
  return way?.tunnel === undefined && (way?.sni === undefined || isLocalName(way.sni))
}

/** Whether the absolute form names this very port: a client may write it so without meaning a proxy. */
function isOwn(
  { name, port = 80 }: Authority,
  { socket }: IncomingMessage,
  names: ServedNames,
): boolean {
  if (port !== socket.localPort) return false
  if (isLocalName(name) || names.apiHosts.has(name)) return true
  return isUnderLocalhost(name) && hostKind(withoutLocalhost(name), names) !== 'nowhere'
}

function localhostAddress(
  text: string,
  way: ConnectionInfo | undefined,
): LocalhostAddress | undefined {
  const authority = readAuthority(text)
  if (authority === undefined || !isUnderLocalhost(authority.name)) return undefined
  return { scheme: way?.tls ? 'https' : 'http', port: portOf(authority) }
}

/** As it stands in an address: empty, or `:7788`. */
export function portOf({ port }: Authority): string {
  return port === undefined ? '' : `:${port}`
}

/**
 * Node's parser reports most of these only after it has handed the request on, and takes a coding before `chunked`, which
 * an origin would be sent without (RFC 9112 6.1).
 */
function hasUnclearEnd({ headers, httpVersion }: IncomingMessage): boolean {
  const coding = headers['transfer-encoding']
  if (coding === undefined) return false
  const isPlain = coding.trim().toLowerCase() === 'chunked'
  return !isPlain || headers['content-length'] !== undefined || httpVersion === '1.0'
}
