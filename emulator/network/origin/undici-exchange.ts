/** One request without content to an HTTP/1.1 origin, and its answer. */
import type { Socket } from 'node:net'
import { pairsOf, valuesOf } from '../../../contracts/http/headers.ts'
import { Delivery, type Exchange, type Pipe, repeatable } from './exchange.ts'
import { disconnected, originFailureOf } from './failures.ts'
import { originHeaders } from './forwarded.ts'
import { OriginHandler } from './undici.ts'
import type { SentSoFar, Watched } from './watch.ts'

/** Methods whose requests have content only if their headers say so. */
const contentless = ['GET', 'HEAD', 'DELETE', 'OPTIONS', 'TRACE'] as const
type ContentlessMethod = (typeof contentless)[number]

/** The method of a request whose headers announce no content, not even an empty one. */
export function contentlessMethod({ request }: Exchange): ContentlessMethod | undefined {
  const { headers } = request
  if (headers['content-length'] !== undefined || headers['transfer-encoding'] !== undefined) {
    return undefined
  }
  return contentless.find((method) => method === request.method)
}

export function sendByUndici(pipe: Pipe, exchange: Exchange, method: ContentlessMethod): void {
  const { request, response, forward, url } = exchange
  const asked = {
    path: forward.path,
    method,
    headers: originHeaders(request.rawHeaders, forward),
    // undici would close the connection of a HEAD.
    reset: false,
    // Not declared: the name in TLS, which is the `Host` header's otherwise.
    servername: url.hostname,
  }
  const delivery = new Delivery(pipe, exchange)
  let sent: UndiciExchange
  const attempt = () => {
    sent = new UndiciExchange(pipe, exchange, delivery, attempt)
    pipe.pools.dispatch(url, asked, sent)
  }
  response.on('close', () => {
    if (!response.writableFinished) sent.destroy()
  })
  attempt()
}

class UndiciExchange extends OriginHandler implements SentSoFar {
  /** Null until the request is on its way. */
  socket: Socket | null = null
  readonly writableNeedDrain = false
  readonly #exchange: Exchange
  readonly #delivery: Delivery
  readonly #again: () => void
  readonly #watched: Watched
  #resume = () => {}
  #isReused = false
  /** The head was written, but is still buffered. */
  #isHeld = false
  #isAnswered = false
  #isOver = false

  constructor(pipe: Pipe, exchange: Exchange, delivery: Delivery, again: () => void) {
    super()
    this.#exchange = exchange
    this.#delivery = delivery
    this.#again = again
    this.#watched = pipe.watch.start({
      sent: this,
      upload: undefined,
      expired: (failure) => {
        delivery.fail(failure)
        this.destroy()
      },
    })
  }

  onConnect(abort: () => void): void {
    if (this.#isOver) {
      abort()
      return
    }
    const { connection } = this
    if (connection === undefined) return
    this.socket = connection.socket
    this.#isReused = connection.isUsed
    connection.isUsed = true
  }

  onHeaders(status: number, raw: readonly Buffer[], resume: () => void, reason: string): boolean {
    if (status < 200) return true
    this.#watched.answered()
    this.#resume = resume
    const rawHeaders = raw.map(textOf)
    const mayTrail = valuesOf(rawHeaders, 'transfer-encoding').length > 0
    if (!this.#delivery.begin({ status, reason, rawHeaders, mayTrail })) {
      this.destroy()
      return true
    }
    this.#isAnswered = true
    this.#isHeld = true
    // undici takes the length in a 304 for that of its body, which it never has.
    if (status === 304) this.#end()
    else process.nextTick(flush, this)
    return true
  }

  onData(piece: Buffer): boolean {
    const { response } = this.#exchange
    this.#isHeld = false
    if (response.destroyed || response.write(piece)) return true
    response.once('drain', this.#resume)
    return false
  }

  onComplete(rawTrailers: readonly (string | Buffer)[] | null): void {
    // After a reset, undici takes a body without a length for complete.
    if (this.socket?.errored) {
      this.onError(disconnected())
      return
    }
    const { response } = this.#exchange
    if (!response.destroyed && rawTrailers !== null && rawTrailers.length > 0) {
      response.addTrailers(pairsOf(rawTrailers.map(textOf)))
    }
    this.#end()
  }

  onError(error: Error): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#watched.closed()
    const { request, response } = this.#exchange
    const failure = originFailureOf(error)
    const isStale = this.#isReused && repeatable(request) && failure === 'unknown_answer'
    if (this.#isAnswered) response.destroy()
    else if (isStale && !this.#delivery.isSettled) this.#again()
    else this.#delivery.fail(failure, error)
  }

  destroy(): void {
    if (this.socket === null) this.onError(disconnected())
    // Not by undici's `abort`, which opens a connection in place of this one.
    else this.socket.destroy(new Error('The request was given up.'))
  }

  /** Sends the head alone if no piece of the body has come with it (SSE). */
  flush(): void {
    const { response } = this.#exchange
    if (this.#isHeld && !response.destroyed) response.flushHeaders()
    this.#isHeld = false
  }

  #end(): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#isHeld = false
    this.#watched.closed()
    const { response } = this.#exchange
    if (!response.destroyed) response.end()
  }
}

/** Declared as text, trailers are bytes too. */
const textOf = (bytes: Buffer | string) =>
  typeof bytes === 'string' ? bytes : bytes.toString('latin1')

const flush = (exchange: UndiciExchange) => exchange.flush()
