/** The connections from the edge to origins: kept alive, and bounded for each origin. */

import http, { type ClientRequest, type IncomingMessage, type ServerResponse } from 'node:http'
import type { LookupFunction, Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { once } from '../../../contracts/declaration/endpoint.ts'
import type { RawHeaders } from '../../../contracts/http/headers.ts'
import type { OriginFailure } from './failures.ts'
import type { Forward } from './forwarded.ts'
import type { Http1Origins } from './http1.ts'
import type { Http2Origins } from './http2.ts'
import { idleMs, maxHeaderSize, mostConnections, mostIdle } from './limits.ts'
import type { Watch } from './watch.ts'

/** What one proxy shares between its requests. */
export interface Pipe {
  /** For requests with a body, upgrades, and origins over TLS. */
  readonly connections: OriginConnections
  readonly http1: Http1Origins
  /** Made for the first origin that may speak HTTP/2. */
  http2(): Http2Origins
  readonly watch: Watch
  /** The clients' sockets of upgraded connections. */
  readonly tunnels: Set<Duplex>
  failed(failure: OriginFailure, forward: Forward, error?: Error): void
}

/** A request that goes to an origin of its own, and the response that waits for it. */
export interface Exchange {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly forward: Forward
  readonly url: URL
}

/** An upgrade that the gate has let through: what Node's event of that name hands over. */
export interface Upgrade {
  readonly request: IncomingMessage
  readonly socket: Duplex
  readonly head: Buffer
  readonly forward: Forward
}

export interface OriginConnections {
  /** Opens a request; the caller writes and ends it. @throws if the path or a header cannot be sent */
  request(url: URL, method: string, path: string, headers: RawHeaders): ClientRequest
  /** The same on a connection of its own, which an upgrade takes over. */
  requestAlone(url: URL, method: string, path: string, headers: RawHeaders): ClientRequest
  /** Ends every connection, idle or not. */
  close(): void
}

/**
 * The agent's own `timeout` option would add and remove a listener for every request. Set on the socket when it first becomes
 * idle, the timeout stays there; the agent listens for it and closes a socket only while it is unused.
 */
function keepingIdle<A extends http.Agent>(agent: A): A {
  agent.keepSocketAlive = (socket: Socket) => {
    if (socket.timeout !== idleMs) socket.setTimeout(idleMs)
    socket.unref()
    return true
  }
  return agent
}

export function createOriginConnections(lookup?: LookupFunction): OriginConnections {
  const settings = {
    keepAlive: true,
    maxSockets: mostConnections,
    maxFreeSockets: mostIdle,
    ...(lookup && { lookup }),
  }
  const plain = keepingIdle(new http.Agent(settings))
  // Loaded for the first https origin: TLS costs a start some milliseconds, and most origins are local.
  const https = once(() => process.getBuiltinModule('node:https'))
  let secure: http.Agent | undefined
  const secureAgent = () => {
    secure ??= keepingIdle(new (https().Agent)(settings))
    return secure
  }
  const open = (
    { protocol, hostname, port }: URL,
    asked: { readonly method: string; readonly path: string; readonly headers: RawHeaders },
    alone: boolean,
  ) => {
    const tls = protocol === 'https:'
    // Node copies the options of every request: the fewer there are the faster.
    const options: http.RequestOptions = {
      method: asked.method,
      path: asked.path,
      headers: asked.headers,
      // IPv6 addresses have brackets in a URL, but not in a socket's options.
      host: hostname.startsWith('[') ? hostname.slice(1, -1) : hostname,
      port,
      agent: alone ? false : tls ? secureAgent() : plain,
      maxHeaderSize,
    }
    if (alone && lookup) options.lookup = lookup
    return tls ? https().request(options) : http.request(options)
  }
  return {
    request: (url, method, path, headers) => open(url, { method, path, headers }, false),
    requestAlone: (url, method, path, headers) => open(url, { method, path, headers }, true),
    close() {
      plain.destroy()
      secure?.destroy()
    },
  }
}

export const isUpload = ({ headers }: IncomingMessage): boolean =>
  headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0

/** Methods for which Node would frame an absent body as an empty chunked one. */
const expectsBody = (method: string) =>
  !['GET', 'HEAD', 'DELETE', 'OPTIONS', 'TRACE'].includes(method)

/** Adds to `headers` how the body is framed, as the client framed it. */
export function frame(headers: RawHeaders, { headers: sent, method }: IncomingMessage): void {
  const coding = sent['transfer-encoding']
  if (coding !== undefined) headers.push('Transfer-Encoding', coding)
  else if (sent['content-length'] === undefined && expectsBody(method ?? 'GET')) {
    headers.push('Content-Length', '0')
  }
}

/** Whether a request can be sent again when a kept-alive connection turns out to be closed: idempotent, and unread. */
export const repeatable = ({ method = '' }: IncomingMessage): boolean =>
  ['GET', 'HEAD', 'OPTIONS', 'TRACE', 'PUT', 'DELETE'].includes(method)

/** For the log: no path, no header, nothing secret. */
export const originOf = ({ origin }: Forward): string =>
  origin.kind === 'builtin' ? 'built-in' : `${origin.url.protocol}//${origin.url.host}`
