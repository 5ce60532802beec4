/** A byte-stream origin behind a WebSocket, as cloudflared access tcp, ssh, rdp and smb use it. */
import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import net, { type Socket } from 'node:net'
import { describe, expect, onTestFinished, test } from 'vitest'
import { createWebSocketStream, WebSocket } from 'ws'
import { originAt } from '../../../emulator/instance/options.ts'
import { connect, date, deadOrigin, edgeTo, listening, ray, reads, send } from './pipe.ts'

async function streaming(speak: (socket: Socket) => void) {
  const origin = await listening(net.createServer(speak))
  const over = { origin: originAt(`tcp://127.0.0.1:${origin.port}`) }
  const edge = await edgeTo(origin.url, over)
  const open = () => {
    const client = new WebSocket(`ws://127.0.0.1:${edge.port}/`)
    client.on('error', () => {})
    onTestFinished(() => client.terminate())
    return client
  }
  return { origin, edge, open }
}

const echo = (socket: Socket) => socket.pipe(socket)

describe('bytes', () => {
  test('go both ways in binary frames, of any number and from either side', async () => {
    const { open } = await streaming(echo)
    const client = open()
    const [answer] = (await once(client, 'upgrade')) as [IncomingMessage]
    expect(answer.headers).toMatchObject({ server: 'cloudflare', 'cf-ray': ray, date })
    const sent = Buffer.alloc(3 * 1024 * 1024, 'bytes ')
    const stream = createWebSocketStream(client)
    stream.write(sent)
    const pieces: Buffer[] = []
    let length = 0
    for await (const piece of stream) {
      pieces.push(piece)
      length += piece.length
      if (length >= sent.length) break
    }
    expect(Buffer.concat(pieces).equals(sent)).toBe(true)
  })

  test('that the origin says first come, and text is bytes too', async () => {
    const { open } = await streaming((socket) => {
      socket.write('SSH-2.0-x')
      echo(socket)
    })
    const client = open()
    const [greeting, isBinary] = (await once(client, 'message')) as [Buffer, boolean]
    expect([greeting.toString(), isBinary]).toEqual(['SSH-2.0-x', true])
    client.send('as text')
    const [said] = (await once(client, 'message')) as [Buffer]
    expect(said.toString()).toBe('as text')
  })

  test('end for one side when the other ends, and for both with the proxy', async () => {
    const { origin, edge, open } = await streaming(echo)
    const first = open()
    await once(first, 'open')
    first.close()
    await Promise.all([origin.empty(), edge.empty()])
    const second = open()
    await once(second, 'open')
    for (const socket of origin.sockets) socket.destroy()
    await once(second, 'close')
    const third = open()
    await once(third, 'open')
    await edge.proxy.close()
    await Promise.all([once(third, 'close'), origin.empty()])
  })
})

test('an origin that is not there is no WebSocket', async () => {
  const { port } = await deadOrigin()
  const edge = await edgeTo('builtin', { origin: originAt(`tcp://127.0.0.1:${port}`) })
  const client = new WebSocket(`ws://127.0.0.1:${edge.port}/`)
  client.on('error', () => {})
  const [, answer] = (await once(client, 'unexpected-response')) as [unknown, IncomingMessage]
  expect([answer.statusCode, answer.headers['cf-error-type']]).toEqual([521, '521'])
  client.terminate()
})

test('a plain request gets advice', async () => {
  const { edge } = await streaming(echo)
  const { status, body } = await send(edge)
  expect([status, body]).toEqual([501, expect.stringContaining('cloudflared access tcp')])
})

test('an invalid handshake is refused, and leaves no connection to the origin', async () => {
  const { edge, origin } = await streaming(echo)
  const bad = 'GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n'
  const socket = await connect(edge, bad)
  expect(await reads(socket, 'error code: 400')).toMatch(/^HTTP\/1.1 400 /)
  await origin.empty()
})

test.each([
  ['tcp://127.0.0.1:5432', '5432'],
  ['ssh://127.0.0.1', '22'],
  ['ssh://127.0.0.1:2222', '2222'],
  ['rdp://[::1]', '3389'],
  ['smb://files.internal', '445'],
])('%s is such an origin', (url, port) => {
  expect(originAt(url)).toMatchObject({ kind: 'tcp', url: { port } })
})

test('tcp:// needs its port', () => {
  expect(() => originAt('tcp://127.0.0.1')).toThrow('names no port')
})
