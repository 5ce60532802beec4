/** One request to an HTTP/2 origin and its answer: streams and trailers in both directions, and either side may cancel. */
import type { IncomingMessage } from 'node:http'
import type { ClientHttp2Stream, OutgoingHttpHeaders } from 'node:http2'
import {
  hopByHop,
  joinedHeaders,
  pairsOf,
  type RawHeaders,
} from '../../../contracts/http/headers.ts'
import { type Exchange, isUpload, type Pipe, repeatable } from './connection.ts'
import { type OriginFailure, originFailureOf, writeFailure } from './failures.ts'
import { clientHeaders, originHeaders, originTrailers } from './forwarded.ts'
import type { Http2Connection } from './http2.ts'
import type { SentSoFar } from './watch.ts'

/** RFC 9113 6.2 and 7. Written here, because the module that has them is loaded for the first HTTP/2 origin only. */
const endStreamFlag = 0x1
const noError = 0x0
const cancelled = 0x8

/** A class for the reason that `http1.ts` gives: a literal with getters would keep each exchange in memory. */
class Http2Exchange implements SentSoFar {
  /** Bytes of the upload. */
  received = 0
  readonly connecting = false
  readonly destroy: () => void
  readonly #stream: ClientHttp2Stream

  constructor(stream: ClientHttp2Stream, destroy: () => void) {
    this.#stream = stream
    this.destroy = destroy
  }

  get socket() {
    return this
  }

  get bytesWritten(): number {
    return this.received - this.#stream.writableLength
  }

  get writableNeedDrain(): boolean {
    return this.#stream.writableNeedDrain
  }
}

/** @param again sends the request again; called if the connection was closing and the request can be repeated */
export function sendOverHttp2(
  pipe: Pipe,
  exchange: Exchange,
  connection: Http2Connection,
  again: (() => void) | undefined,
): void {
  const { request, response, forward } = exchange
  const upload = isUpload(request) ? request : undefined
  let settled = false
  const fail = (failure: OriginFailure, error?: Error) => {
    if (settled) return
    settled = true
    if (!response.destroyed) pipe.failed(failure, forward, error)
    writeFailure(failure, request, response, forward)
  }

  const trailing = request.headers['transfer-encoding'] !== undefined
  let stream: ClientHttp2Stream
  try {
    stream = connection.request(requestHeaders(exchange), {
      endStream: upload === undefined,
      waitForTrailers: trailing,
    })
  } catch (error) {
    fail(originFailureOf(error))
    return
  }
  const cancel = () => {
    if (!stream.destroyed) stream.close(cancelled)
  }
  const sent = new Http2Exchange(stream, cancel)
  const watched = pipe.watch.start({
    sent,
    upload,
    expired(failure) {
      fail(failure)
      cancel()
    },
  })

  stream.on('response', (_: object, flags: number, raw: readonly string[]) => {
    watched.answered()
    settled = true
    if (!writeAnswer(exchange, stream, raw, (flags & endStreamFlag) !== 0)) {
      settled = false
      fail('unknown_answer')
      cancel()
    }
  })
  stream.on('error', (error) => {
    if (settled || response.destroyed) return
    const isRepeatable = again !== undefined && upload === undefined && repeatable(request)
    if (isRepeatable && originFailureOf(error) === 'unknown_answer') {
      settled = true
      again()
      return
    }
    fail(originFailureOf(error), error)
  })
  stream.on('close', () => {
    watched.closed()
    fail('unknown_answer')
    // Unread, the rest of an upload would block the client's connection.
    upload?.unpipe(stream)
    if (upload !== undefined && !upload.readableEnded) upload.resume()
  })
  response.on('close', () => {
    if (!response.writableFinished) cancel()
  })
  if (upload === undefined) return
  upload.on('close', () => {
    if (!upload.complete) cancel()
  })
  upload.on('data', (chunk: Buffer) => {
    sent.received += chunk.length
  })
  stream.on('wantTrailers', () => {
    stream.sendTrailers(joinedHeaders(originTrailers(upload.rawTrailers, forward)))
  })
  upload.pipe(stream)
}

function requestHeaders({ request, forward, url }: Exchange): OutgoingHttpHeaders {
  const raw = pairsOf(originHeaders(request.rawHeaders, forward)).filter(
    ([name]) => name.toLowerCase() !== 'host',
  )
  return {
    ':method': request.method ?? 'GET',
    ':path': forward.path,
    ':scheme': url.protocol.slice(0, -1),
    ':authority': forward.host,
    // Node rejects a list for most headers.
    ...joinedHeaders(raw),
    // The only value that HTTP/2 allows (RFC 9113 8.2.2). gRPC servers refuse a call without it.
    ...(acceptsTrailers(request) && { te: 'trailers' }),
  }
}

function acceptsTrailers({ headers }: IncomingMessage): boolean {
  return /(?:^|,)\s*trailers\s*(?:$|[,;])/i.test(String(headers.te ?? ''))
}

const withoutLength: ReadonlySet<string> = new Set([...hopByHop, 'content-length'])
const withTrailer: ReadonlySet<string> = new Set(
  [...withoutLength].filter((name) => name !== 'trailer'),
)

/** The answer's headers in HTTP/1.1 form: an answer with trailers is chunked, and so has no length. */
function answerHeaders(
  { request, forward }: Exchange,
  status: number,
  pairs: readonly [string, string][],
  isWhole: boolean,
): RawHeaders {
  const bodiless = request.method === 'HEAD' || status === 204 || status === 304
  const has = (wanted: string) => pairs.some(([name]) => name === wanted)
  const announced = !bodiless && !isWhole && has('trailer') && request.httpVersion !== '1.0'
  const without = announced ? withTrailer : status === 204 ? withoutLength : hopByHop
  const headers = clientHeaders(pairs.flat(), forward, without)
  if (isWhole && !bodiless && !has('content-length')) headers.push('content-length', '0')
  return headers
}

/** Returns whether the head of the origin's answer could be written at all. */
function writeAnswer(
  exchange: Exchange,
  stream: ClientHttp2Stream,
  raw: readonly string[],
  isWhole: boolean,
): boolean {
  const { response } = exchange
  const all = pairsOf(raw)
  const status = Number(all.find(([name]) => name === ':status')?.[1])
  const pairs = all.filter(([name]) => !name.startsWith(':'))
  response.sendDate = false
  try {
    response.writeHead(status, answerHeaders(exchange, status, pairs, isWhole))
  } catch {
    return false
  }
  stream.on('trailers', (_: object, __: number, trailers: readonly string[]) => {
    response.addTrailers(pairsOf(trailers))
  })
  stream.on('end', () => {
    // After a reset, the stream ends as if its body were complete.
    if (stream.rstCode === noError) response.end()
    else response.destroy()
  })
  stream.on('close', () => {
    if (!stream.readableEnded) response.destroy()
  })
  stream.pipe(response, { end: false })
  // Sends the head with the first piece of the body if that has already arrived, otherwise immediately.
  process.nextTick(() => {
    if (stream.readableLength === 0 && !isWhole && !response.destroyed) response.flushHeaders()
  })
  return true
}
