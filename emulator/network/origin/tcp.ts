/**
 * An origin that does not speak HTTP: the bytes of a TCP connection travel in WebSocket frames, as cloudflared carries them at
 * both ends of a tunnel (edge-tcp-websocket).
 */
import { connect, type Socket } from 'node:net'
import { pipeline } from 'node:stream'
import { once } from '../../../contracts/declaration/endpoint.ts'
import { pairsOf } from '../../../contracts/http/headers.ts'
import { endpointOf } from '../endpoint.ts'
import type { Pipe, Upgrade } from './exchange.ts'
import { type OriginFailure, originFailureOf } from './failures.ts'
import { edgeHeaders, type Forward } from './forwarded.ts'

/** In bytes; more than any client sends in one message, since it is a stream. */
const longestMessage = 64 * 1024 * 1024

/** Loaded on first use: few origins need it. */
const sockets = once(async () => {
  const { WebSocketServer, createWebSocketStream } = await import('ws')
  const options = { noServer: true, clientTracking: false, maxPayload: longestMessage } as const
  return { server: new WebSocketServer(options), createWebSocketStream }
})

/** Connects to the origin before accepting the WebSocket, so that a failure can still be an HTTP answer. */
export function streamToTcp(
  pipe: Pipe,
  upgrade: Upgrade,
  url: URL,
  fail: (failure: OriginFailure, error?: Error) => void,
): void {
  const { socket } = upgrade
  const origin = connect({ ...endpointOf(url), noDelay: true })
  let settled = false
  const settle = (then: () => void) => {
    if (settled) return
    settled = true
    watched.closed()
    then()
  }
  const watched = pipe.watch.start({
    sent: {
      socket: origin,
      writableNeedDrain: false,
      destroy: () => origin.destroy(),
    },
    upload: undefined,
    expired(failure) {
      settle(() => fail(failure))
      origin.destroy()
    },
  })
  socket.once('close', () => {
    settle(() => {})
    origin.destroy()
  })
  origin.on('error', (error) => settle(() => fail(originFailureOf(error), error)))
  origin.once('connect', () => settle(() => void accept(upgrade, origin, fail)))
}

async function accept(
  { request, socket, head, forward }: Upgrade,
  origin: Socket,
  fail: (failure: OriginFailure) => void,
): Promise<void> {
  const { server, createWebSocketStream } = await sockets()
  if (socket.destroyed || origin.destroyed) {
    socket.destroy()
    return
  }
  // The server is shared, and its `headers` event does not say which connection it is for.
  const addHeaders = (lines: string[]) => lines.push(...headerLines(forward))
  server.once('headers', addHeaders)
  const refuse = () => {
    origin.destroy()
    fail('unsendable')
  }
  server.once('wsClientError', refuse)
  server.handleUpgrade(request, socket, head, (client) => {
    forward.answered?.(101)
    const stream = createWebSocketStream(client)
    pipeline(stream, origin, stream, () => {
      client.terminate()
      origin.destroy()
    })
  })
  server.off('headers', addHeaders)
  server.off('wsClientError', refuse)
}

function headerLines(forward: Forward): string[] {
  return pairsOf(edgeHeaders(forward)).map(([name, value]) => `${name}: ${value}`)
}
