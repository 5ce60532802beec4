/** The connections from the edge to origins: kept alive, bounded for each origin, and watched until they answer. */
import http, { type ClientRequest, type IncomingMessage } from 'node:http'
import https from 'node:https'
import type { LookupFunction } from 'node:net'
import type { Forward, RawHeaders } from './forwarded.ts'
import type { OriginFailure } from './origin-failures.ts'

/** Milliseconds of real time. */
export interface Timeouts {
  /** Name, TCP and the wait for a free connection. */
  readonly connect: number
  /** From the whole request sent to the first byte of the answer. The body may then take as long as it likes. */
  readonly response: number
}

/** Documented: no SYN+ACK in 19 s is a 522, no answer in 120 s a 524. */
export const defaultTimeouts: Timeouts = { connect: 19_000, response: 120_000 }

/** The documented limit of an origin's headers, beyond which live answers 520. */
const maxHeaderSize = 128 * 1024

/** Under Node's own 5 s on the other side, so that an idle connection is rarely closed while a request is on its way. */
const idle = 4_000

/** What one proxy shares between its requests. */
export interface Pipe {
  readonly connections: OriginConnections
  readonly timeouts: Timeouts
  /** All that is under way, so that closing the proxy can end it. */
  readonly open: Set<{ destroy(): unknown }>
  failed(failure: OriginFailure, forward: Forward, error?: Error): void
}

export interface OriginConnections {
  /** Opens a request; the caller writes and ends it. @throws if the path or a header cannot be sent */
  request(url: URL, method: string, path: string, headers: RawHeaders): ClientRequest
  /** The same on a connection of its own, which an upgrade takes over. */
  requestAlone(url: URL, method: string, path: string, headers: RawHeaders): ClientRequest
  /** Ends every connection, idle or not. */
  close(): void
}

export function createOriginConnections(lookup?: LookupFunction): OriginConnections {
  const settings = {
    keepAlive: true,
    maxSockets: 256,
    maxFreeSockets: 64,
    timeout: idle,
    ...(lookup && { lookup }),
  }
  const plain = new http.Agent(settings)
  const secure = new https.Agent(settings)
  const open = (
    { protocol, hostname, port }: URL,
    options: { method: string; path: string; headers: RawHeaders; alone: boolean },
  ) => {
    const tls = protocol === 'https:'
    const { alone, ...rest } = options
    const agent = alone ? false : tls ? secure : plain
    // An IPv6 address stands in brackets in a URL, and without them in a socket's options.
    const host = hostname.startsWith('[') ? hostname.slice(1, -1) : hostname
    const target = { ...rest, host, port, agent, maxHeaderSize, ...(alone && lookup && { lookup }) }
    return tls ? https.request(target) : http.request(target)
  }
  return {
    request: (url, method, path, headers) => open(url, { method, path, headers, alone: false }),
    requestAlone: (url, method, path, headers) => open(url, { method, path, headers, alone: true }),
    close() {
      plain.destroy()
      secure.destroy()
    },
  }
}

/**
 * Calls `expired` once if the origin does not connect or answer in time. An upload that moves, or that waits for the
 * client, is not the origin's delay. Ends by itself when the answer begins or the request closes.
 */
export function watch(
  sent: ClientRequest,
  timeouts: Timeouts,
  upload: IncomingMessage | undefined,
  expired: (failure: 'connect_timeout' | 'response_timeout') => void,
): void {
  let timer = setTimeout(() => expired('connect_timeout'), timeouts.connect)
  let written = 0
  const onSilence = () => {
    const total = sent.socket?.bytesWritten ?? 0
    const waitsForClient = upload?.complete === false && !sent.writableNeedDrain
    if (upload && (waitsForClient || total > written)) {
      written = total
      timer.refresh()
      return
    }
    expired('response_timeout')
  }
  const stop = () => clearTimeout(timer)
  const connected = () => {
    if (sent.destroyed) return
    stop()
    timer = setTimeout(onSilence, timeouts.response)
  }
  sent.once('socket', (socket) => {
    if (socket.connecting) socket.once('connect', connected)
    else connected()
  })
  if (upload) {
    sent.once('finish', () => {
      written = sent.socket?.bytesWritten ?? 0
      timer.refresh()
    })
  }
  sent.once('response', stop)
  sent.once('upgrade', stop)
  sent.once('close', stop)
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

/** Safe to send again when a kept connection turns out to be closed: nothing of it was consumed, and it may repeat. */
export const repeatable = ({ method = '' }: IncomingMessage): boolean =>
  ['GET', 'HEAD', 'OPTIONS', 'TRACE', 'PUT', 'DELETE'].includes(method)

/** For the log: no path, no header, nothing secret. */
export const originOf = ({ origin }: Forward): string =>
  origin.kind === 'url' ? origin.url.origin : 'built-in'
