/** One request without a body to an http origin, and its answer: the common case, without Node's HTTP client. */
import { validateHeaderValue } from 'node:http'
import { pairsOf } from '../../../contracts/http/headers.ts'
import { writeAnswerHead } from './answer-to-client.ts'
import { type Exchange, frame, type Pipe, repeatable } from './connection.ts'
import { type OriginFailure, originFailureOf, writeFailure } from './failures.ts'
import { originHeaders } from './forwarded.ts'
import type { Http1Request } from './http1.ts'

export function sendWithoutBody(pipe: Pipe, exchange: Exchange): void {
  const { request, response, forward, url } = exchange
  let sent: Http1Request | undefined
  /** What the client received: at least the head of the origin's response, or the error response. */
  let answer: 'none' | 'begun' | 'failure' = 'none'

  const fail = (failure: OriginFailure, error?: Error) => {
    if (answer !== 'none') return
    answer = 'failure'
    if (!response.destroyed) pipe.failed(failure, forward, error)
    writeFailure(failure, request, response, forward)
  }

  let text: string
  try {
    text = headText(exchange)
  } catch (error) {
    fail(originFailureOf(error))
    return
  }

  const attempt = () => {
    /** The head was written, but is still buffered. */
    let isHeld = false
    let isFull = false
    const current = pipe.http1.send(url, {
      method: request.method ?? 'GET',
      text,
      head(head) {
        watched.answered()
        if (response.destroyed || answer !== 'none') return
        if (writeAnswerHead(exchange, head)) {
          answer = 'begun'
          isHeld = true
        } else {
          fail('unknown_answer')
          current.destroy()
        }
      },
      body(piece) {
        isHeld = false
        if (response.destroyed || response.writableEnded || response.write(piece)) return
        // The pieces that have already arrived still come.
        if (isFull) return
        isFull = true
        current.pause()
        response.once('drain', () => {
          isFull = false
          current.resume()
        })
      },
      caughtUp() {
        // Sends the head with the first piece of the body if that has already arrived, otherwise immediately (SSE).
        if (isHeld && !response.destroyed) response.flushHeaders()
        isHeld = false
      },
      end(rawTrailers) {
        watched.closed()
        if (response.destroyed || response.writableEnded) return
        if (rawTrailers.length > 0) response.addTrailers(pairsOf(rawTrailers))
        response.end()
      },
      failed(error, isReused) {
        watched.closed()
        if (response.destroyed) return
        const failure = originFailureOf(error)
        const isStale = isReused && repeatable(request) && failure === 'unknown_answer'
        if (answer === 'begun') response.destroy()
        else if (answer === 'none' && isStale) attempt()
        else fail(failure, error)
      },
    })
    sent = current
    const watched = pipe.watch.start({
      sent: current,
      upload: undefined,
      expired(failure) {
        fail(failure)
        current.destroy()
      },
    })
  }

  response.on('close', () => {
    if (!response.writableFinished) sent?.destroy()
  })
  attempt()
}

/** Not allowed in the target of a request line. */
const unsendable = /[^\x21-\xff]/

/** The request as Node's client would write it. @throws Error if the path or a header cannot be sent */
function headText({ request, forward }: Exchange): string {
  if (unsendable.test(forward.path)) {
    throw Object.assign(new Error('The path cannot be sent.'), { code: 'ERR_UNESCAPED_CHARACTERS' })
  }
  const headers = originHeaders(request.rawHeaders, forward)
  frame(headers, request)
  headers.push('Connection', 'keep-alive')
  let text = `${request.method} ${forward.path} HTTP/1.1\r\n`
  for (let at = 0; at < headers.length; at += 2) {
    const name = headers[at] ?? ''
    const value = headers[at + 1] ?? ''
    validateHeaderValue(name, value)
    text += `${name}: ${value}\r\n`
  }
  return `${text}\r\n`
}
