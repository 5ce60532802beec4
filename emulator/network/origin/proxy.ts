/** The proxy from the edge to an origin: streams in both directions, and when one side closes, so does the other. */
import type { ClientRequest, IncomingMessage, ServerResponse } from 'node:http'
import type { LookupFunction } from 'node:net'
import type { Duplex } from 'node:stream'
import { once } from '../../../contracts/declaration/endpoint.ts'
import { pairsOf } from '../../../contracts/http/headers.ts'
import { writeAnswerHead } from './answer-to-client.ts'
import { answerAsBuiltinOrigin } from './builtin.ts'
import {
  createOriginConnections,
  type Exchange,
  frame,
  isUpload,
  originOf,
  type Pipe,
  repeatable,
} from './connection.ts'
import { type OriginFailure, originFailureOf, writeFailure } from './failures.ts'
import { type Forward, originHeaders } from './forwarded.ts'
import { createHttp1Origins } from './http1.ts'
import { sendWithoutBody } from './http1-exchange.ts'
import { createHttp2Origins, type Http2Origins, type RemoteOrigin } from './http2.ts'
import { sendOverHttp2 } from './http2-exchange.ts'
import { upgradeThrough } from './upgrade.ts'
import { drain, endWithUpload, sendBody } from './upload.ts'
import { createWatch, type Timeouts } from './watch.ts'

export interface ProxyLog {
  warn(fields: object, message: string): void
}

export interface ProxyOptions {
  readonly timeouts: Timeouts
  readonly logger?: ProxyLog
  /** Resolves the names of origins; the system's resolver if not given. */
  readonly lookup?: LookupFunction
}

export interface OriginProxy {
  /** Forwards the origin's answer to `response`. Never throws: a failure becomes an answer or a closed socket. */
  forward(request: IncomingMessage, response: ServerResponse, forward: Forward): void
  /** The same for an HTTP/1.1 upgrade, with `socket` and `head` from Node's `upgrade` event. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer, forward: Forward): void
  /** Aborts all exchanges and closes every connection. */
  close(): Promise<void>
}

export function createProxy({ timeouts, logger, lookup }: ProxyOptions): OriginProxy {
  let http2: Http2Origins | undefined
  const pipe: Pipe = {
    connections: createOriginConnections(lookup),
    http1: createHttp1Origins(lookup),
    http2: once(() => {
      http2 = createHttp2Origins(timeouts, lookup)
      return http2
    }),
    watch: createWatch(timeouts),
    tunnels: new Set(),
    failed(failure, forward, error) {
      forward.failed?.(`origin_${failure}`)
      const code = error && 'code' in error ? error.code : undefined
      const fields = { failure, host: forward.host, origin: originOf(forward), ray: forward.ray }
      logger?.warn({ ...fields, code }, `no answer from the origin: ${failure}`)
    },
  }
  return {
    forward(request, response, forward) {
      const { origin } = forward
      if (origin.kind === 'builtin') {
        answerAsBuiltinOrigin(request, response, forward)
        return
      }
      if (origin.kind === 'tcp') {
        pipe.failed('tcp_without_upgrade', forward)
        writeFailure('tcp_without_upgrade', request, response, forward)
        return
      }
      const exchange = { request, response, forward, url: origin.url }
      if (origin.kind === 'h2c' || origin.url.protocol !== 'http:') {
        negotiate(pipe, exchange, { kind: origin.kind, url: origin.url })
      } else if (isUpload(request)) {
        send(pipe, exchange)
      } else {
        sendWithoutBody(pipe, exchange)
      }
    },
    upgrade: (request, socket, head, forward) =>
      upgradeThrough(pipe, { request, socket, head, forward }),
    async close() {
      for (const tunnel of pipe.tunnels) tunnel.destroy()
      pipe.watch.close()
      pipe.connections.close()
      pipe.http1.close()
      http2?.close()
    },
  }
}

/** The most connections that one request opens: an origin may close each of them at once. */
const mostConnections = 50

/** Sends over the protocol that the origin speaks. Only the first request has to wait until that is known. */
function negotiate(
  pipe: Pipe,
  exchange: Exchange,
  origin: RemoteOrigin,
  left = mostConnections,
): void {
  const { request, response, forward } = exchange
  const fail = (failure: OriginFailure, error?: Error) => {
    if (!response.destroyed) pipe.failed(failure, forward, error)
    writeFailure(failure, request, response, forward)
  }
  const reached = pipe.http2().reach(origin)
  if (reached === 'http/1.1') send(pipe, exchange)
  else if ('request' in reached) {
    const again = left > 1 ? () => negotiate(pipe, exchange, origin, 1) : undefined
    sendOverHttp2(pipe, exchange, reached, again)
  } else {
    reached.then(
      () => {
        if (response.destroyed) return
        if (left > 0) negotiate(pipe, exchange, origin, left - 1)
        else fail('unknown_answer')
      },
      (error: Error) => fail(originFailureOf(error), error),
    )
  }
}

function send(pipe: Pipe, exchange: Exchange): void {
  const { request, response, forward, url } = exchange
  const upload = isUpload(request) ? request : undefined
  const headers = originHeaders(request.rawHeaders, forward)
  frame(headers, request)
  let sent: ClientRequest | undefined
  let settled = false

  const fail = (failure: OriginFailure, error?: Error) => {
    if (settled) return
    settled = true
    if (!response.destroyed) pipe.failed(failure, forward, error)
    if (url.protocol === 'https:') pipe.http2().forget(url)
    writeFailure(failure, request, response, forward)
  }

  const attempt = () => {
    const current = pipe.connections.request(url, request.method ?? 'GET', forward.path, headers)
    sent = current
    const watched = pipe.watch.start({
      sent: current,
      upload,
      expired(failure) {
        fail(failure)
        current.destroy()
      },
    })
    current.on('response', (answer) => {
      watched.answered()
      settled = true
      if (!writeAnswer(exchange, answer)) {
        settled = false
        fail('unknown_answer')
        current.destroy()
      }
    })
    current.on('error', (error) => {
      if (settled || response.destroyed) return
      const stale = current.reusedSocket && !upload && repeatable(request)
      if (stale && originFailureOf(error) === 'unknown_answer') {
        attempt()
        return
      }
      fail(originFailureOf(error), error)
    })
    current.on('close', () => {
      watched.closed()
      if (current !== sent) return
      // An unrequested 101 closes the request without an error or an answer.
      fail('unknown_answer')
      if (upload) drain(upload, current)
    })
    if (upload) sendBody(upload, current, forward)
    else current.end()
  }

  response.on('close', () => {
    if (!response.writableFinished) sent?.destroy()
    else if (upload && sent) endWithUpload(upload, sent)
  })
  try {
    attempt()
  } catch (error) {
    fail(originFailureOf(error))
  }
}

/** Returns whether the head of the origin's answer could be written at all. */
function writeAnswer(exchange: Exchange, answer: IncomingMessage): boolean {
  const { response } = exchange
  // An error here means an incomplete answer; `close` handles it.
  answer.on('error', () => {})
  if (response.destroyed) {
    answer.destroy()
    return true
  }
  const isWritten = writeAnswerHead(exchange, {
    status: answer.statusCode ?? 0,
    reason: answer.statusMessage ?? '',
    rawHeaders: answer.rawHeaders,
    hasTransferEncoding: answer.headers['transfer-encoding'] !== undefined,
  })
  if (!isWritten) return false
  answer.on('end', () => {
    if (answer.rawTrailers.length > 0) response.addTrailers(pairsOf(answer.rawTrailers))
  })
  answer.on('close', () => {
    if (!answer.complete) response.destroy()
  })
  answer.pipe(response)
  // Sends the head with the first piece of the body if that has already arrived, otherwise immediately (SSE).
  process.nextTick(() => {
    if (answer.readableLength === 0 && !answer.complete && !response.destroyed) {
      response.flushHeaders()
    }
  })
  return true
}
