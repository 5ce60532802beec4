/** Serves the streams of HTTP/2 sessions with the HTTP/1.1 server's handlers: no later code needs to know HTTP/2. */
import type { IncomingMessage, Server } from 'node:http'
import { constants, type ServerHttp2Stream } from 'node:http2'
import type { Socket } from 'node:net'
import { type AnswerMark, type Reply, write } from '../../http/reply.ts'
import type { Limits } from '../limits.ts'
import { notAnAuthority, unreadable } from '../refusals.ts'
import { Http2Request, problemOf, readHead } from './http2-request.ts'
import { Http2Response } from './http2-response.ts'

export interface StreamOptions {
  /** Its listeners get the requests. */
  readonly http: Server
  readonly limits: Pick<Limits, 'requestMs'>
  /** Called with the answer to a request that the server never sees. */
  readonly refused: (reply: Reply) => AnswerMark
}

/**
 * @param raw names and values alternating, as in the `stream` event
 * @param socket that of the session
 */
export function serveStream(
  stream: ServerHttp2Stream,
  raw: readonly string[],
  socket: Socket,
  options: StreamOptions,
): void {
  stream.on('error', () => {})
  const isWhole = stream.endAfterHeaders
  const head = readHead(raw, !isWhole)
  if (head === undefined) {
    options.refused(notAnAuthority)
    const { status, headers, body } = notAnAuthority
    stream.respond({ ':status': status, ...headers }, withoutDate)
    stream.end(body)
    return
  }
  const request = new Http2Request(stream, head, socket)
  const response = new Http2Response(request, stream)
  const refuse = (code: string) => {
    const reply = unreadable(code)
    const mark = options.refused(reply)
    if (response.headersSent) response.destroy()
    else write(request, response, reply, mark)
  }
  stream.once('close', () => {
    if (!request.complete || !response.writableFinished) request.abort()
  })
  if (!isWhole) {
    const slow = setTimeout(refuse, options.limits.requestMs, 'ERR_HTTP_REQUEST_TIMEOUT').unref()
    request.once('close', () => clearTimeout(slow))
    stream.once('finish', () => leave(stream, request))
  }
  const problem = problemOf(head)
  if (problem !== undefined) refuse(problem)
  else if (meetsExpectation(stream, request)) options.http.emit('request', request, response)
  else options.http.emit('checkExpectation', request, response)
}

/** `Date` comes from the World. A separate constant, because the type declarations lack this option. */
const withoutDate = { sendDate: false, endStream: false }

/** As Node does for HTTP/1.1: asks at once for a body that the client holds back. */
function meetsExpectation(stream: ServerHttp2Stream, { headers }: IncomingMessage): boolean {
  const { expect } = headers
  if (expect === undefined) return true
  if (!/(?:^|\W)100-continue(?:$|\W)/i.test(expect)) return false
  stream.additionalHeaders({ ':status': constants.HTTP_STATUS_CONTINUE })
  return true
}

/** How long a client may continue a request that has already been answered. */
const lingerMs = 1_000

/** Closes the stream late: a client that gets a reset right after the answer may discard it unread. */
function leave(stream: ServerHttp2Stream, request: Http2Request): void {
  if (stream.readableEnded || stream.destroyed) return
  // As Node does for HTTP/1.1, where nothing has begun to read it.
  if (request.readableFlowing === null) request.resume()
  const wait = setTimeout(() => stream.close(constants.NGHTTP2_NO_ERROR), lingerMs).unref()
  stream.once('close', () => clearTimeout(wait))
}
