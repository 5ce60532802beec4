/** A response that is written as in HTTP/1.1 and leaves as an HTTP/2 stream. Node's own class keeps and checks its headers. */
import {
  type IncomingMessage,
  type OutgoingHttpHeader,
  type OutgoingHttpHeaders,
  ServerResponse,
} from 'node:http'
import type { ServerHttp2Stream } from 'node:http2'
import { hopByHop } from '../../../contracts/http/headers.ts'
import { reset } from './http2-request.ts'

type ChunkWritten = (error?: Error | null) => void
type Chunk = string | Uint8Array
type Headers = OutgoingHttpHeaders | OutgoingHttpHeader[]

export class Http2Response extends ServerResponse {
  readonly #stream: ServerHttp2Stream
  /** What `writeHead` was given. */
  #headers: Headers | undefined
  #trailers: OutgoingHttpHeaders = {}
  #isBodiless = false
  #isFull = false
  #isClosed = false

  constructor(request: IncomingMessage, stream: ServerHttp2Stream) {
    super(request)
    this.#stream = stream
    stream.once('finish', () => {
      this.emit('finish')
      this.#close()
    })
    stream.once('close', () => this.#close())
  }

  override writeHead(status: number, reason?: string | Headers, headers?: Headers): this {
    if (typeof reason === 'string') {
      super.writeHead(status, reason, headers)
      this.#headers = headers
    } else {
      super.writeHead(status, reason)
      this.#headers = reason
    }
    return this
  }

  override flushHeaders(): void {
    if (!this.headersSent) this.writeHead(this.statusCode)
    const stream = this.#stream
    if (stream.headersSent || stream.destroyed || stream.closed) return
    const { statusCode: status, chunkedEncoding, sendDate } = this
    const headers = this.#fields(status)
    // An answer without body ends with its headers, as gRPC requires ("Trailers-Only").
    this.#isBodiless =
      this.req.method === 'HEAD' ||
      status === 204 ||
      status === 304 ||
      headers['content-length'] === '0'
    const waitForTrailers = chunkedEncoding && !this.#isBodiless
    const options = { sendDate, waitForTrailers, endStream: this.#isBodiless }
    stream.respond(headers, options)
    if (waitForTrailers) stream.once('wantTrailers', () => stream.sendTrailers(this.#trailers))
  }

  override write(
    chunk: Chunk,
    encoding?: BufferEncoding | ChunkWritten,
    then?: ChunkWritten,
  ): boolean {
    const callback = typeof encoding === 'function' ? encoding : then
    this.flushHeaders()
    if (this.#isBodiless) {
      if (callback !== undefined) process.nextTick(callback)
      return true
    }
    const stream = this.#stream
    const mayGoOn =
      typeof encoding === 'string'
        ? stream.write(chunk, encoding, callback)
        : stream.write(chunk, callback)
    if (mayGoOn || this.#isFull) return mayGoOn
    this.#isFull = true
    stream.once('drain', () => {
      this.#isFull = false
      this.emit('drain')
    })
    return false
  }

  override end(
    last?: Chunk | ChunkWritten | null,
    encoding?: BufferEncoding | ChunkWritten,
    then?: ChunkWritten,
  ) {
    if (this.finished) return this
    const chunk = typeof last === 'function' ? undefined : (last ?? undefined)
    const callback = [last, encoding, then].find((each) => typeof each === 'function')
    if (callback !== undefined) this.once('finish', callback)
    if (!this.headersSent) this.#size(chunk)
    this.flushHeaders()
    this.finished = true
    const stream = this.#stream
    if (this.#isBodiless) return this
    if (chunk === undefined) stream.end()
    else if (typeof encoding === 'string') stream.end(chunk, encoding)
    else stream.end(chunk)
    return this
  }

  override addTrailers(trailers: OutgoingHttpHeaders | readonly [string, string][]): void {
    super.addTrailers(trailers)
    this.#trailers = {}
    const pairs = isList(trailers) ? trailers : Object.entries(trailers)
    for (const [name, value] of pairs) add(this.#trailers, name, value)
  }

  override writeEarlyHints(hints: Record<string, string | string[]>, then?: () => void): void {
    const stream = this.#stream
    if (stream.headersSent || stream.destroyed || stream.closed) return
    const headers: OutgoingHttpHeaders = { ':status': 103 }
    for (const [name, value] of Object.entries(hints)) add(headers, name, value)
    stream.additionalHeaders(headers)
    if (then !== undefined) process.nextTick(then)
  }

  override destroy(): this {
    this.destroyed = true
    reset(this.#stream)
    return this
  }

  #close(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.destroyed = true
    this.emit('close')
  }

  #fields(status: number): OutgoingHttpHeaders {
    const fields: OutgoingHttpHeaders = { ':status': status }
    const set = this.getHeaderNames()
    const given = this.#headers
    // Node has added those that were given to those that were set.
    if (set.length > 0) for (const name of set) add(fields, name, this.getHeader(name))
    else if (Array.isArray(given)) {
      const names = given.flat()
      for (let at = 0; at < names.length; at += 2) add(fields, String(names[at]), names[at + 1])
    } else for (const name in given) add(fields, name, given[name])
    return fields
  }

  /** The length of an answer that is written at once, where it says nothing of its body. */
  #size(body: Chunk | undefined): void {
    const isBodiless =
      this.req.method === 'HEAD' || this.statusCode === 204 || this.statusCode === 304
    if (isBodiless || framing.some((name) => this.hasHeader(name))) return
    this.setHeader('content-length', body === undefined ? 0 : Buffer.byteLength(body))
  }
}

const framing = ['content-length', 'transfer-encoding', 'trailer']

/** Connection-specific headers, which HTTP/2 forbids and peers must reject (RFC 9113 8.2.2). */
const connectionHeaders: ReadonlySet<string> = new Set([...hopByHop, 'http2-settings'])
/** Node refuses a list of most other names. */
const lists: ReadonlySet<string> = new Set(['set-cookie', 'www-authenticate'])

function add(
  fields: OutgoingHttpHeaders,
  name: string,
  value: OutgoingHttpHeader | undefined,
): void {
  const lower = name.toLowerCase()
  if (value === undefined || connectionHeaders.has(lower)) return
  const before = fields[lower]
  if (lists.has(lower)) fields[lower] = [before ?? [], value].flat(2).map(String)
  else {
    const text = Array.isArray(value) ? value.join(', ') : String(value)
    fields[lower] = before === undefined ? text : `${before}, ${text}`
  }
}

function isList(
  trailers: OutgoingHttpHeaders | readonly [string, string][],
): trailers is readonly [string, string][] {
  return Array.isArray(trailers)
}
