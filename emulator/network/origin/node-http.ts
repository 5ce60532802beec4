/**
 * Requests with content, and upgrades, to HTTP/1.1 origins, by Node's own client: undici sends no trailers, and cuts an upload
 * once it is answered; of an upgrade it does not tell the reason phrase.
 */
import http, { type ClientRequest, type IncomingMessage } from 'node:http'
import type { LookupFunction } from 'node:net'
import { once } from '../../../contracts/declaration/endpoint.ts'
import { pairsOf, type RawHeaders } from '../../../contracts/http/headers.ts'
import { endpointOf } from '../endpoint.ts'
import { pipeAnswer } from './answer.ts'
import {
  Delivery,
  type Exchange,
  isUpload,
  type NodeRequests,
  type Pipe,
  repeatable,
} from './exchange.ts'
import { originFailureOf } from './failures.ts'
import { type Forward, originHeaders, originTrailers } from './forwarded.ts'
import { idleMs, maxHeaderSize, mostConnections, mostIdle } from './limits.ts'

export function createNodeRequests(lookup?: LookupFunction): NodeRequests {
  const settings = {
    keepAlive: true,
    maxSockets: mostConnections,
    maxFreeSockets: mostIdle,
    timeout: idleMs,
    ...(lookup && { lookup }),
  }
  const agents: http.Agent[] = []
  const kept = <A extends http.Agent>(agent: A): A => {
    agents.push(agent)
    return agent
  }
  const plain = once(() => ({ request: http.request, agent: kept(new http.Agent(settings)) }))
  // Loaded for the first https origin: TLS costs a start some milliseconds, and most origins are local.
  const secure = once(() => {
    const https = process.getBuiltinModule('node:https')
    return { request: https.request, agent: kept(new https.Agent(settings)) }
  })
  return {
    open(url, asked, isAlone = false) {
      const { request, agent } = url.protocol === 'https:' ? secure() : plain()
      return request({
        ...asked,
        ...endpointOf(url),
        agent: isAlone ? false : agent,
        maxHeaderSize,
        ...(isAlone && lookup && { lookup }),
      })
    },
    close() {
      for (const agent of agents) agent.destroy()
    },
  }
}

/** Adds to `headers` how the body is framed, as the client framed it. */
function frame(headers: RawHeaders, { headers: sent }: IncomingMessage): void {
  const coding = sent['transfer-encoding']
  if (coding !== undefined) headers.push('Transfer-Encoding', coding)
  // Node would frame an absent body as an empty chunked one.
  else if (sent['content-length'] === undefined) headers.push('Content-Length', '0')
}

export function sendByNode(pipe: Pipe, exchange: Exchange): void {
  const { request, response, forward, url } = exchange
  const upload = isUpload(request) ? request : undefined
  const headers = originHeaders(request.rawHeaders, forward)
  frame(headers, request)
  const asked = { method: request.method ?? 'GET', path: forward.path, headers }
  const delivery = new Delivery(pipe, exchange)
  let sent: ClientRequest | undefined

  const attempt = () => {
    const current = pipe.requests.open(url, asked)
    sent = current
    const watched = pipe.watch.start({
      sent: current,
      upload,
      expired(failure) {
        delivery.fail(failure)
        current.destroy()
      },
    })
    current.on('response', (answer) => {
      watched.answered()
      const head = {
        status: answer.statusCode ?? 0,
        reason: answer.statusMessage ?? '',
        rawHeaders: answer.rawHeaders,
        mayTrail: answer.headers['transfer-encoding'] !== undefined,
      }
      if (!delivery.begin(head)) {
        answer.on('error', () => {})
        current.destroy()
        return
      }
      answer.on('end', () => {
        if (answer.rawTrailers.length > 0) response.addTrailers(pairsOf(answer.rawTrailers))
      })
      pipeAnswer(answer, response, () => !answer.complete)
    })
    current.on('error', (error) => {
      if (delivery.isSettled) return
      const failure = originFailureOf(error)
      const isStale = current.reusedSocket && !upload && repeatable(request)
      if (isStale && failure === 'unknown_answer') attempt()
      else delivery.fail(failure, error)
    })
    current.on('close', () => {
      watched.closed()
      if (current !== sent) return
      // An unrequested 101 closes the request without an error or an answer.
      delivery.fail('unknown_answer')
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
    delivery.fail(originFailureOf(error))
  }
}

function sendBody(upload: IncomingMessage, sent: ClientRequest, forward: Forward): void {
  upload.on('end', () => {
    if (upload.rawTrailers.length === 0 || sent.destroyed) return
    sent.addTrailers(originTrailers(upload.rawTrailers, forward))
  })
  upload.pipe(sent)
  // As with the answer's head: a client may wait for an answer before it sends the first byte of the body.
  process.nextTick(() => {
    if (upload.readableLength === 0 && !upload.complete && !sent.destroyed) sent.flushHeaders()
  })
}

/** Ends a request that was answered early once its client leaves: the origin would wait for the rest of the upload. */
function endWithUpload(upload: IncomingMessage, sent: ClientRequest): void {
  if (upload.complete || sent.closed) return
  const { socket } = upload
  const left = () => {
    if (!upload.complete) sent.destroy()
  }
  if (socket.destroyed) left()
  // Once it is answered, Node closes an HTTP/1.1 request no more; a stream of HTTP/2 may end before its socket.
  upload.once('close', left)
  socket.once('close', left)
  sent.once('close', () => socket.off('close', left))
}

/** Discards the rest of an upload once the origin is gone: unread, it would block the client's connection. */
function drain(upload: IncomingMessage, sent: ClientRequest): void {
  upload.unpipe(sent)
  if (!upload.readableEnded) upload.resume()
}
