/** Determines which host a request is for, from its target, its Host header and its connection. */
import type { IncomingMessage } from 'node:http'
import { valuesOf } from '../../contracts/http/headers.ts'
import type { TlsClientFacts } from '../crypto/mtls/client.ts'
import type { Reply } from '../http/reply.ts'
import {
  type Authority,
  hostKind,
  isLocalName,
  isUnderLocalhost,
  readAuthority,
  type ServedNames,
  withoutLocalhost,
} from './hosts.ts'
import type { ProxyTarget } from './proxy/proxy-target.ts'
import { noHost, notAnAuthority, otherHost, twoHosts, unclearEnd } from './refusals.ts'

/** What is known about a connection beyond plain HTTP. */
export interface ConnectionInfo {
  readonly tls: boolean
  /** The server name in the ClientHello. */
  readonly sni?: string | undefined
  /** What a TLS client said of itself. */
  readonly client?: TlsClientFacts | undefined
  /** The host of the CONNECT tunnel that it is in. */
  readonly tunnel?: string | undefined
}

/** The address of a browser that uses `NAME.localhost`, and should stay there. */
export interface LocalhostAddress {
  readonly scheme: 'http' | 'https'
  /** As the browser sees it: empty, or `:7788`. */
  readonly port: string
}

export type RequestTarget =
  | {
      readonly kind: 'served'
      readonly host: string
      /** Whether the client used the emulator as a proxy, instead of connecting to the host. */
      readonly proxied: boolean
      readonly local: LocalhostAddress | undefined
      /** Undefined on plain HTTP. */
      readonly tls?: TlsClientFacts | undefined
    }
  | Exclude<ProxyTarget, { readonly kind: 'served' }>

export interface RequestTargetOptions {
  readonly names: ServedNames
  /** Decides on an absolute-form request for another machine. */
  readonly proxied: (authority: Authority, remoteAddress: string | undefined) => ProxyTarget
}

const absoluteForm = /^https?:\/\/([^/?#]*)(.*)$/is

/**
 * Reads the host of a request. The absolute form takes precedence over `Host` (RFC 9112 3.2.2), and neither may differ from
 * the name that the connection was opened for. Rewrites an absolute form to origin form.
 */
export function readRequestTarget(
  request: IncomingMessage,
  connection: ConnectionInfo | undefined,
  options: RequestTargetOptions,
): RequestTarget {
  // Node silently keeps the first one; RFC 9112 3.2 requires a 400.
  if (valuesOf(request.rawHeaders, 'host').length > 1) return refused(twoHosts)
  if (hasUnclearEnd(request)) return refused(unclearEnd)
  let proxied = connection?.tunnel !== undefined
  const absolute = request.url?.startsWith('/') ? undefined : absoluteForm.exec(request.url ?? '/')
  if (absolute) {
    const [, text = '', rest = ''] = absolute
    const authority = readAuthority(text)
    if (authority === undefined) return refused(notAnAuthority)
    request.url = rest.startsWith('/') ? rest : `/${rest}`
    request.headers.host = text
    if (mayBeProxy(connection) && !isOwn(authority, request, options.names)) {
      const target = options.proxied(authority, request.socket.remoteAddress)
      if (target.kind !== 'served') return target
      proxied = true
    }
  }
  const text = request.headers.host ?? ''
  if (text === '' && request.httpVersion === '1.1') return refused(noHost)
  // An origin might read a different host in it than the policies were evaluated for.
  const authority = readAuthority(text)
  if (text !== '' && authority === undefined) return refused(notAnAuthority)
  if (connection !== undefined && !(absolute && mayBeProxy(connection))) {
    const name = authority?.name ?? ''
    for (const opened of [connection.tunnel, connection.sni]) {
      if (opened !== undefined && opened !== name) return refused(otherHost(text, opened))
    }
  }
  const host = withoutLocalhost(authority?.name ?? '')
  const local = text.includes('ocalhost') ? localhostAddress(text, connection) : undefined
  const tls = connection?.tls ? (connection.client ?? {}) : undefined
  return { kind: 'served', host, proxied, tls, local }
}

function refused(reply: Reply): RequestTarget {
  return { kind: 'refused', reply }
}

/** Whether the connection was opened to the emulator itself, and not to one of the names it serves. */
export function mayBeProxy(connection: ConnectionInfo | undefined): boolean {
  return (
    connection?.tunnel === undefined &&
    (connection?.sni === undefined || isLocalName(connection.sni))
  )
}

/** Whether the absolute form names this very server: a client may use it without meaning a proxy. */
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
  connection: ConnectionInfo | undefined,
): LocalhostAddress | undefined {
  const authority = readAuthority(text)
  if (authority === undefined || !isUnderLocalhost(authority.name)) return undefined
  return { scheme: connection?.tls ? 'https' : 'http', port: portOf(authority) }
}

/** The port as written in a URL: empty, or `:7788`. */
export function portOf({ port }: Authority): string {
  return port === undefined ? '' : `:${port}`
}

/**
 * Node's parser reports most of these only after it has emitted the request, and accepts another coding before `chunked`,
 * which would be lost on the way to the origin (RFC 9112 6.1).
 */
function hasUnclearEnd({ headers, httpVersion }: IncomingMessage): boolean {
  const coding = headers['transfer-encoding']
  if (coding === undefined) return false
  const isPlain = coding.trim().toLowerCase() === 'chunked'
  return !isPlain || headers['content-length'] !== undefined || httpVersion === '1.0'
}
