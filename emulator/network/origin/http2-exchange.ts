/** One request to an HTTP/2 origin and its answer: streams and trailers in both directions, and either side may cancel. */
import { type IncomingMessage, STATUS_CODES } from 'node:http'
import type { ClientHttp2Stream, OutgoingHttpHeaders } from 'node:http2'
import { headerOf, joinedHeaders, pairsOf } from '../../../contracts/http/headers.ts'
import { type AnswerHead, pipeAnswer } from './answer.ts'
import { Delivery, type Exchange, isUpload, type Pipe, repeatable } from './exchange.ts'
import { originFailureOf } from './failures.ts'
import { originHeaders, originTrailers } from './forwarded.ts'
import type { Http2Connection } from './http2.ts'
import type { SentSoFar } from './watch.ts'

/** RFC 9113 6.2 and 7. Written here, because the module that has them is loaded for the first HTTP/2 origin only. */
const endStreamFlag = 0x1
const noError = 0x0
const cancelled = 0x8

/** A class because a literal with a getter has a hidden class of its own, which keeps each exchange in memory until a full collection. */
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
  const delivery = new Delivery(pipe, exchange)
  let isRepeated = false
  const trailing = request.headers['transfer-encoding'] !== undefined
  let stream: ClientHttp2Stream
  try {
    stream = connection.request(requestHeaders(exchange), {
      endStream: upload === undefined,
      waitForTrailers: trailing,
    })
  } catch (error) {
    delivery.fail(originFailureOf(error))
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
      delivery.fail(failure)
      cancel()
    },
  })

  stream.on('response', (_: object, flags: number, raw: readonly string[]) => {
    watched.answered()
    if (!delivery.begin(headOf(raw, (flags & endStreamFlag) !== 0))) {
      cancel()
      return
    }
    stream.on('trailers', (_: object, __: number, trailers: readonly string[]) => {
      response.addTrailers(pairsOf(trailers))
    })
    // After a reset, the stream ends as if its body were complete.
    pipeAnswer(stream, response, () => stream.rstCode !== noError || !stream.readableEnded)
  })
  stream.on('error', (error) => {
    if (delivery.isSettled) return
    const failure = originFailureOf(error)
    isRepeated = upload === undefined && repeatable(request) && failure === 'unknown_answer'
    if (isRepeated && again !== undefined) again()
    else delivery.fail(failure, error)
  })
  stream.on('close', () => {
    watched.closed()
    if (!isRepeated) delivery.fail('unknown_answer')
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

/** The head of the answer, in the form of HTTP/1.1: an answer with trailers is in chunks, and so has no length. */
function headOf(raw: readonly string[], isWhole: boolean): AnswerHead {
  const pairs = pairsOf(raw)
  const status = Number(headerOf(pairs, ':status'))
  return {
    status,
    reason: STATUS_CODES[status] ?? 'unknown',
    rawHeaders: pairs.filter(([name]) => !name.startsWith(':')).flat(),
    mayTrail: !isWhole && headerOf(pairs, 'trailer') !== undefined,
    isEmpty: isWhole && headerOf(pairs, 'content-length') === undefined,
  }
}
