/** An HTTP/2 stream as an HTTP/1.1 request, which is what every later part knows. */
import { IncomingMessage, METHODS } from 'node:http'
import { constants, type IncomingHttpHeaders, type ServerHttp2Stream } from 'node:http2'
import type { Socket } from 'node:net'
import { joinedHeaders, pairsOf } from '../../../contracts/http/headers.ts'

export interface RequestHead {
  readonly method: string
  readonly path: string
  /** `Host` first. Names in lower case, as HTTP/2 sends them. */
  readonly rawHeaders: string[]
}

/** Methods whose requests have no body unless their headers say so. */
const bodiless: ReadonlySet<string> = new Set(['DELETE', 'GET', 'HEAD', 'OPTIONS', 'TRACE'])

/**
 * Undefined if it is not clear what the request is for.
 *
 * @param raw names and values alternating, as in the `stream` event
 * @param mayHaveBody whether the stream goes on after the headers
 */
export function readHead(raw: readonly string[], mayHaveBody: boolean): RequestHead | undefined {
  const rawHeaders = ['host', '']
  let method: string | undefined
  let path: string | undefined
  let authority: string | undefined
  let host: string | undefined
  let cookies: string | undefined
  let isSized = false
  for (let at = 0; at < raw.length; at += 2) {
    const name = raw[at] ?? ''
    const value = raw[at + 1] ?? ''
    // As Node's own client writes it.
    if (name === ':method') method = value.toUpperCase()
    else if (name === ':path') path = value
    else if (name === ':authority') authority = value
    else if (name === 'host') host = value
    // HTTP/2 may split Cookie into several fields; for HTTP/1.1 they are joined again (RFC 9113 8.2.3).
    else if (name === 'cookie') cookies = cookies === undefined ? value : `${cookies}; ${value}`
    else if (!name.startsWith(':')) {
      rawHeaders.push(name, value)
      isSized ||= name === 'content-length'
    }
  }
  authority ??= host
  if (method === undefined || path === undefined || authority === undefined) return undefined
  if (host !== undefined && host !== authority) return undefined
  // Origin form only: anything else would be treated as a request to the proxy.
  if (!path.startsWith('/') && path !== '*') return undefined
  rawHeaders[1] = authority
  if (cookies !== undefined) rawHeaders.push('cookie', cookies)
  if (mayHaveBody && !isSized) rawHeaders.push('transfer-encoding', 'chunked')
  if (!mayHaveBody && !isSized && !bodiless.has(method)) rawHeaders.push('content-length', '0')
  return { method, path, rawHeaders }
}

const methods: ReadonlySet<string> = new Set(METHODS)

/** What Node's HTTP/1.1 parser would call it; undefined if it would accept the request line. */
export function problemOf({ method, path }: RequestHead): string | undefined {
  if (!methods.has(method)) return 'HPE_INVALID_METHOD'
  return /[^\x21-\x7e]/.test(path) ? 'HPE_INVALID_URL' : undefined
}

/** Headers of which Node keeps the first; it joins several of any other name. */
const single: ReadonlySet<string> = new Set([
  ...['age', 'authorization', 'content-length', 'content-type', 'etag', 'expires', 'from', 'host'],
  ...['if-modified-since', 'if-unmodified-since', 'last-modified', 'location', 'max-forwards'],
  ...['proxy-authorization', 'referer', 'retry-after', 'server', 'user-agent'],
])

function headersOf(raw: readonly string[]): IncomingHttpHeaders {
  const headers: IncomingHttpHeaders = {}
  for (let at = 0; at < raw.length; at += 2) {
    const name = raw[at] ?? ''
    const value = raw[at + 1] ?? ''
    const before = headers[name]
    if (name === 'set-cookie') headers[name] = [...(headers[name] ?? []), value]
    else if (before === undefined) headers[name] = value
    else if (!single.has(name)) headers[name] = `${before}, ${value}`
  }
  return headers
}

export class Http2Request extends IncomingMessage {
  readonly #stream: ServerHttp2Stream
  #isRead = false

  /** @param socket that of the session, which all its requests share */
  constructor(stream: ServerHttp2Stream, head: RequestHead, socket: Socket) {
    super(socket)
    this.#stream = stream
    this.method = head.method
    this.url = head.path
    this.rawHeaders = head.rawHeaders
    this.headers = headersOf(head.rawHeaders)
    this.httpVersion = '1.1'
    this.httpVersionMajor = 1
    this.httpVersionMinor = 1
    if (stream.endAfterHeaders) {
      this.complete = true
      this.push(null)
      return
    }
    stream.on('trailers', (_: object, __: number, raw: string[]) => {
      this.rawTrailers = raw
      this.trailers = joinedHeaders(pairsOf(raw))
    })
    // Before `end`, which would make the body look complete.
    stream.once('aborted', () => this.abort())
  }

  override _read(): void {
    const stream = this.#stream
    if (this.#isRead) {
      stream.resume()
      return
    }
    this.#isRead = true
    stream.on('data', (chunk: Buffer) => {
      if (!this.push(chunk)) stream.pause()
    })
    stream.on('end', () => {
      // After a reset, the stream ends as if its body were complete.
      if (this.destroyed || stream.rstCode !== constants.NGHTTP2_NO_ERROR) return
      this.complete = true
      this.push(null)
    })
  }

  /** As Node's own does, but for the stream instead of the socket. */
  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    if (!this.readableEnded || !this.complete) {
      this.aborted = true
      this.emit('aborted')
      reset(this.#stream)
    }
    process.nextTick(callback, this.listenerCount('error') > 0 ? error : null)
  }

  /** The client left before the exchange was complete. */
  abort(): void {
    if (this.destroyed) return
    this.destroy(Object.assign(new Error('aborted'), { code: 'ECONNRESET' }))
  }
}

/** Not `close`, which would first end the stream: the client could take what it has received for the whole answer. */
export function reset(stream: ServerHttp2Stream): void {
  if (!stream.destroyed && !stream.closed) stream.destroy(new Error('The stream was reset.'))
}
