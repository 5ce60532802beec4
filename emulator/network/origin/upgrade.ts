/** An upgraded connection (a WebSocket) between a client and an origin: two sockets that are closed together. */
import type { ClientRequest, IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { hopByHop, type RawHeaders } from '../../../contracts/http/headers.ts'
import { isUpload, type Pipe, type Upgrade } from './exchange.ts'
import { failureAnswer, type OriginFailure, originFailureOf } from './failures.ts'
import { clientHeaders, originHeaders } from './forwarded.ts'
import { streamToTcp } from './tcp.ts'

function headText(status: number, reason: string, headers: RawHeaders): string {
  let text = `HTTP/1.1 ${status} ${reason}\r\n`
  for (let at = 0; at < headers.length; at += 2) text += `${headers[at]}: ${headers[at + 1]}\r\n`
  return `${text}\r\n`
}

/** Writes the rest, then destroys the socket: a client that never closes its side would otherwise hold it forever. */
const endAndLeave = (socket: Duplex) => socket.end(() => socket.destroy())

export function upgradeThrough(pipe: Pipe, upgrade: Upgrade): void {
  const { request, socket, forward } = upgrade
  socket.on('error', () => socket.destroy())
  pipe.tunnels.add(socket)
  socket.once('close', () => pipe.tunnels.delete(socket))
  const fail = (failure: OriginFailure, error?: Error) => {
    if (socket.destroyed) return
    pipe.failed(failure, forward, error)
    writeFailureTo(upgrade, failure)
  }
  if (forward.origin.kind === 'builtin') fail('builtin_upgrade')
  else if (forward.origin.kind === 'h2c') fail('h2c_upgrade')
  else if (isUpload(request)) fail('upgrade_with_body')
  else if (forward.origin.kind === 'tcp') streamToTcp(pipe, upgrade, forward.origin.url, fail)
  else ask(pipe, upgrade, forward.origin.url, fail)
}

function writeFailureTo({ request, socket, forward }: Upgrade, failure: OriginFailure): void {
  const { status, reason, headers, body } = failureAnswer(failure, request, forward)
  headers.push('connection', 'close')
  forward.answered?.(status)
  socket.write(headText(status, reason, headers), 'latin1')
  socket.write(body)
  endAndLeave(socket)
}

function ask(
  pipe: Pipe,
  upgrade: Upgrade,
  url: URL,
  fail: (failure: OriginFailure, error?: Error) => void,
): void {
  const { request, socket, head, forward } = upgrade
  const headers = originHeaders(request.rawHeaders, forward)
  headers.push('Connection', 'Upgrade', 'Upgrade', request.headers.upgrade ?? '')
  let sent: ClientRequest
  try {
    const asked = { method: request.method ?? 'GET', path: forward.path, headers }
    sent = pipe.requests.open(url, asked, true)
  } catch (error) {
    fail(originFailureOf(error))
    return
  }
  let settled = false
  const settle = (then: () => void) => {
    if (settled) return
    settled = true
    watched.answered()
    then()
  }
  if (head.length > 0) socket.unshift(head)
  socket.once('end', () => {
    if (!settled) socket.destroy()
  })
  socket.once('close', () => sent.destroy())

  const watched = pipe.watch.start({
    sent,
    upload: undefined,
    expired(failure) {
      settle(() => fail(failure))
      sent.destroy()
    },
  })
  sent.on('upgrade', (answer, origin, rest) => settle(() => join(upgrade, answer, origin, rest)))
  sent.on('response', (answer) => settle(() => refuse(upgrade, answer)))
  sent.on('error', (error) => settle(() => fail(originFailureOf(error), error)))
  sent.on('close', () => {
    watched.closed()
    settle(() => fail('unknown_answer'))
  })
  sent.end()
}

/** The origin accepted: forwards its 101 to the client, and from then on raw bytes. */
function join(
  { socket, forward }: Upgrade,
  answer: IncomingMessage,
  origin: Duplex,
  head: Buffer,
): void {
  origin.on('error', () => socket.destroy())
  origin.once('close', () => endAndLeave(socket))
  socket.once('close', () => origin.destroy())
  if (socket.destroyed) {
    origin.destroy()
    return
  }
  const headers = clientHeaders(answer.rawHeaders, forward, hopByHop)
  headers.push('connection', 'Upgrade', 'upgrade', answer.headers.upgrade ?? '')
  forward.answered?.(101)
  socket.write(headText(101, answer.statusMessage ?? 'Switching Protocols', headers), 'latin1')
  if (head.length > 0) origin.unshift(head)
  origin.pipe(socket)
  socket.pipe(origin)
}

/** The origin answered something else: forwards that answer unchanged, and closes the connection. */
function refuse({ socket, forward }: Upgrade, answer: IncomingMessage): void {
  answer.on('error', () => {})
  if (socket.destroyed) {
    answer.destroy()
    return
  }
  const headers = clientHeaders(answer.rawHeaders, forward, hopByHop)
  headers.push('connection', 'close')
  forward.answered?.(answer.statusCode ?? 502)
  socket.write(headText(answer.statusCode ?? 502, answer.statusMessage ?? '', headers), 'latin1')
  answer.once('close', () => {
    if (answer.complete) endAndLeave(socket)
    else socket.destroy()
  })
  answer.pipe(socket, { end: false })
  socket.resume()
}
