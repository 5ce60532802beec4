/** Bridges HTTP/2 streams to the HTTP/1.1 server in memory: Express 5 cannot speak HTTP/2, and no later code needs to. */
import {
  Agent,
  type ClientRequest,
  type IncomingMessage,
  type Server,
  request as send,
} from 'node:http'
import {
  constants,
  type IncomingHttpHeaders,
  type OutgoingHttpHeaders,
  type ServerHttp2Stream,
} from 'node:http2'
import { type Duplex, duplexPair } from 'node:stream'
import { hopByHop, joinedHeaders, pairsOf } from '../../../contracts/http/headers.ts'
import type { Reply } from '../../http/reply.ts'
import { notAnAuthority } from '../refusals.ts'

const { NGHTTP2_INTERNAL_ERROR, NGHTTP2_NO_ERROR } = constants

export interface BridgeOptions {
  readonly http: Server
  readonly maxHeaderSize: number
  /** The client's address and port, as the server will see them. */
  readonly peer: {
    readonly remoteAddress: string | undefined
    readonly localPort: number | undefined
  }
  /** Called with the server's end of each connection, before the server gets it. */
  readonly arrived: (socket: Duplex) => void
  /** Called with the answer to a request that HTTP/1.1 cannot carry, which the server never sees. */
  readonly refused: (reply: Reply) => void
}

/** Connects one HTTP/2 session to the server. */
export interface Http2Bridge {
  /** @param raw names and values alternating, pseudo-headers first, as in the `stream` event */
  carry(stream: ServerHttp2Stream, raw: readonly string[]): void
  close(): void
}

export function createBridge(options: BridgeOptions): Http2Bridge {
  const { http, maxHeaderSize, peer, arrived, refused } = options
  const agent = new InMemory(() => {
    const [near, far] = duplexPair()
    far.on('error', () => {})
    near.on('error', () => {})
    near.once('close', () => far.destroy())
    far.once('close', () => near.destroy())
    Object.assign(far, peer)
    arrived(far)
    http.emit('connection', far)
    return Object.assign(near, kept)
  })
  return {
    carry: (stream, raw) => carry(stream, raw, { agent, maxHeaderSize, refused }),
    close: () => agent.destroy(),
  }
}

/** The agent calls `ref` on a socket that it reuses. */
const kept = { ref() {} }

/** The connections of one client, reused for later streams: opening one costs more than a request on it. */
class InMemory extends Agent {
  override createConnection: () => Duplex

  constructor(connect: () => Duplex) {
    super({ keepAlive: true })
    this.createConnection = connect
  }

  // There is no real socket to keep alive or to unref.
  override keepSocketAlive(): boolean {
    return true
  }
}

function carry(
  stream: ServerHttp2Stream,
  raw: readonly string[],
  through: Pick<BridgeOptions, 'maxHeaderSize' | 'refused'> & { readonly agent: Agent },
): void {
  stream.on('error', () => {})
  const request = readRequest(stream, raw)
  if (request === undefined) {
    refuse(stream, through)
    return
  }
  let sent: ClientRequest
  try {
    const { agent, maxHeaderSize } = through
    sent = send({ ...request, agent, maxHeaderSize })
  } catch {
    // A path or method that HTTP/1.1 cannot carry.
    refuse(stream, through)
    return
  }
  stream.once('close', () => sent.destroy())
  sent.on('error', () => reset(stream))
  sent.on('information', ({ statusCode, rawHeaders }) => {
    if (stream.headersSent || stream.destroyed || statusCode === 101) return
    stream.additionalHeaders({ ':status': statusCode, ...answerHeaders(rawHeaders) })
  })
  sent.on('response', (answer) => respond(stream, request.method, answer))
  if (stream.endAfterHeaders) {
    // Reads the end of the stream, so that it can close.
    stream.resume()
    sent.end()
    return
  }
  stream.on('trailers', (_: IncomingHttpHeaders, __: number, trailers: readonly string[]) => {
    if (!sent.destroyed) sent.addTrailers(pairsOf(trailers))
  })
  // Before `end`, which would make the body look complete.
  stream.once('aborted', () => sent.destroy())
  stream.pipe(sent)
  sent.flushHeaders()
}

interface StreamRequest {
  readonly method: string
  readonly path: string
  readonly headers: string[]
}

/** For all other methods, Node would announce a body in HTTP/1.1. */
const bodiless = new Set(['DELETE', 'GET', 'HEAD', 'OPTIONS', 'TRACE'])

function readRequest(stream: ServerHttp2Stream, raw: readonly string[]): StreamRequest | undefined {
  const pseudo = new Map<string, string>()
  const headers: string[] = []
  const cookies: string[] = []
  let host: string | undefined
  let isSized = false
  for (const [name, value] of pairsOf(raw)) {
    if (name.startsWith(':')) pseudo.set(name, value)
    else if (name === 'host') host = value
    // HTTP/2 may split Cookie into several fields; for HTTP/1.1 they are joined again (RFC 9113 8.2.3).
    else if (name === 'cookie') cookies.push(value)
    else headers.push(name, value)
    if (name === 'content-length') isSized = true
  }
  const method = pseudo.get(':method')
  const path = pseudo.get(':path')
  const authority = pseudo.get(':authority') ?? host
  if (method === undefined || path === undefined || authority === undefined) return undefined
  if (host !== undefined && host !== authority) return undefined
  // Origin form only: anything else would be treated as a request to the proxy.
  if (!path.startsWith('/') && path !== '*') return undefined
  if (cookies.length > 0) headers.push('cookie', cookies.join('; '))
  if (!stream.endAfterHeaders && !isSized) headers.push('transfer-encoding', 'chunked')
  if (stream.endAfterHeaders && !isSized && !bodiless.has(method)) {
    headers.push('content-length', '0')
  }
  return { method, path, headers: ['host', authority, ...headers] }
}

/** `Date` comes from the World. A separate constant, because the type declarations lack this option. */
const withoutDate = { sendDate: false }

function respond(stream: ServerHttp2Stream, method: string, answer: IncomingMessage): void {
  answer.on('error', () => {})
  if (stream.destroyed || stream.closed) {
    answer.destroy()
    return
  }
  const status = answer.statusCode ?? 500
  // An answer without body ends with its headers, as gRPC requires ("Trailers-Only").
  const isEmpty =
    method === 'HEAD' ||
    status === 204 ||
    status === 304 ||
    answer.headers['content-length'] === '0'
  const trailing = !isEmpty && answer.headers['transfer-encoding'] !== undefined
  const options = { ...withoutDate, waitForTrailers: trailing, endStream: isEmpty }
  stream.respond({ ':status': status, ...answerHeaders(answer.rawHeaders) }, options)
  if (trailing) {
    stream.once('wantTrailers', () => stream.sendTrailers(answerHeaders(answer.rawTrailers)))
  }
  answer.on('close', () => {
    if (!answer.complete) reset(stream)
  })
  if (isEmpty) answer.resume()
  else answer.pipe(stream)
  stream.once('finish', () => leave(stream))
}

/** How long a client may continue a request that has already been answered. */
const lingerMs = 1_000

/** Closes the stream late: a client that gets a reset right after the answer may discard it unread. */
function leave(stream: ServerHttp2Stream): void {
  if (stream.readableEnded || stream.destroyed) return
  stream.unpipe()
  stream.resume()
  const wait = setTimeout(() => stream.close(NGHTTP2_NO_ERROR), lingerMs).unref()
  stream.once('close', () => clearTimeout(wait))
}

/** Connection-specific headers, which HTTP/2 forbids and peers must reject (RFC 9113 8.2.2). */
const connectionHeaders: ReadonlySet<string> = new Set([...hopByHop, 'http2-settings'])
/** Node refuses a list of most other names. */
const lists: ReadonlySet<string> = new Set(['set-cookie', 'www-authenticate'])

function answerHeaders(raw: readonly string[]): OutgoingHttpHeaders {
  const kept = pairsOf(raw).filter(([name]) => !connectionHeaders.has(name.toLowerCase()))
  return joinedHeaders(kept, lists)
}

function reset(stream: ServerHttp2Stream): void {
  if (!stream.destroyed && !stream.closed) stream.close(NGHTTP2_INTERNAL_ERROR)
}

function refuse(stream: ServerHttp2Stream, { refused }: Pick<BridgeOptions, 'refused'>): void {
  refused(notAnAuthority)
  const { status, headers, body } = notAnAuthority
  stream.respond({ ':status': status, ...headers }, { ...withoutDate, endStream: false })
  stream.end(body)
}
