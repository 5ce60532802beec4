/** Unfinished TLS handshakes cost little and are soon dropped. */
import { once } from 'node:events'
import type { Socket } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { frame, frameTypes, headerBlock, pseudoHeaders, rawHttp2, sendRaw } from './raw-http2.ts'
import { connect, exchange, helloOf, openServer, received, secureTo } from './server.ts'

const good = 'GET / HTTP/1.1\r\nHost: app.example.com\r\nConnection: close\r\n\r\n'

/** A connection that has received the server's part of the handshake and sends nothing more. */
async function halfWay(port: number, hello: Buffer): Promise<Socket> {
  const socket = connect(port)
  socket.write(hello)
  await once(socket, 'data')
  return socket
}

test('a client that disconnects after its ClientHello is dropped at once', async () => {
  const listening = await openServer(undefined, { limits: { handshakeMs: 60_000, connections: 3 } })
  const hello = await helloOf()
  const left = await Promise.all([1, 2, 3].map(() => halfWay(listening.port, hello)))
  await Promise.all(
    left.map((socket) => {
      socket.end()
      return received(socket)
    }),
  )
  expect(await exchange(listening.port, good)).toContain('200 OK')
})

test('a client that sends its ClientHello byte by byte is disconnected', async () => {
  const listening = await openServer(undefined, { limits: { handshakeMs: 100 } })
  const socket = connect(listening.port)
  socket.write(Buffer.from([0x16, 3, 1, 0x20, 0, 1, 0, 0x1f, 0xfc, 3, 3]))
  const drip = setInterval(() => socket.write(Buffer.alloc(1)), 5)
  onTestFinished(() => clearInterval(drip))
  expect((await received(socket)).length).toBe(0)
})

test('with too many handshakes the oldest is closed', async () => {
  const listening = await openServer(undefined, { limits: { handshakes: 3 } })
  const hello = await helloOf()
  const begun = []
  for (let count = 0; count < 3; count++) begun.push(await halfWay(listening.port, hello))
  const [oldest, ...others] = begun
  if (oldest === undefined) throw new Error('none was begun')
  const gone = received(oldest)
  const served = await secureTo(listening, 'app.example.com')
  await gone
  served.end(good)
  expect((await received(served)).toString()).toContain('200 OK')
  // The handshake that has ended does not count.
  await halfWay(listening.port, hello)
  expect(others.map(({ destroyed }) => destroyed)).toEqual([false, false])
})

test('a TLS client that half-closes still gets its response', async () => {
  const listening = await openServer()
  const socket = await secureTo(listening, 'app.example.com')
  socket.end(good)
  expect((await received(socket)).toString()).toContain('200 OK')
})

test.each([
  ['nothing', () => undefined],
  ['pings', () => frame(frameTypes.ping, 0, 0, Buffer.alloc(8))],
  ['settings', () => frame(frameTypes.settings, 0, 0)],
])('a client of HTTP/2 that sends %s and no request is let go', async (_, next) => {
  const listening = await openServer(undefined, { limits: { idleMs: 100 } })
  const client = await rawHttp2(listening)
  const drip = setInterval(() => client.socket.write(next() ?? ''), 5)
  onTestFinished(() => clearInterval(drip))
  expect(await client.fate()).toBe('closed')
})

test('an HTTP/2 client that never ends its headers is disconnected', async () => {
  const listening = await openServer(undefined, { limits: { idleMs: 100 } })
  const client = await rawHttp2(listening)
  // HEADERS without END_HEADERS, then CONTINUATION without it, again and again.
  client.socket.write(frame(frameTypes.headers, 0, 1, headerBlock(pseudoHeaders)))
  let count = 0
  const drip = setInterval(() => {
    count += 1
    client.socket.write(frame(9, 0, 1, headerBlock([[`x-${count}`, 'y']])))
  }, 20)
  onTestFinished(() => clearInterval(drip))
  expect(await client.fate()).toBe('closed')
})

test('an HTTP/2 client that waits for a response is not idle', async () => {
  let answer = () => {}
  const listening = await openServer(
    (request, response) => {
      request.resume()
      answer = () => response.end()
      setTimeout(answer, 150)
    },
    { limits: { idleMs: 50 } },
  )
  const client = await rawHttp2(listening)
  sendRaw(client, pseudoHeaders)
  expect(await client.fate()).toBe('answered')
})
