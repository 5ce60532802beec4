/** Upgraded connections through the edge: WebSocket clients, and every way an upgrade can fail. */
import { once } from 'node:events'
import http, { type IncomingMessage } from 'node:http'
import net from 'node:net'
import { describe, expect, onTestFinished, test } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import type { Forward } from '../../../emulator/network/origin/forwarded.ts'
import { connect, date, deadOrigin, edgeTo, listening, rawOrigin, ray, reads } from './pipe.ts'

const ask = 'GET /ws HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n'
const agreed = 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n'

async function echoing(over: Partial<Forward> = {}) {
  const server = http.createServer((_, response) => response.end('plain'))
  const sockets = new WebSocketServer({ server })
  const requests: IncomingMessage[] = []
  sockets.on('connection', (socket, request) => {
    requests.push(request)
    socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary }))
  })
  const origin = await listening(server)
  const edge = await edgeTo(origin.url, over)
  const client = new WebSocket(`ws://127.0.0.1:${edge.port}/ws`, ['chat'], {
    headers: { 'cf-access-jwt-assertion': 'forged', cookie: 'a=1' },
  })
  onTestFinished(() => client.terminate())
  const [answer] = (await once(client, 'upgrade')) as [IncomingMessage]
  return { origin, edge, client, answer, requests }
}

describe('a WebSocket', () => {
  test('reaches the origin, which sends back text and bytes', async () => {
    const { client } = await echoing()
    if (client.readyState !== WebSocket.OPEN) await once(client, 'open')
    for (const sent of [Buffer.from('hello'), Buffer.alloc(3 * 1024 * 1024, 7)]) {
      client.send(sent, { binary: sent.length > 5 })
      const [received, isBinary] = (await once(client, 'message')) as [Buffer, boolean]
      expect(received.equals(sent)).toBe(true)
      expect(isBinary).toBe(sent.length > 5)
    }
  })

  test('tells the origin and the client what a request would', async () => {
    const { requests, answer } = await echoing({ assertion: 'a.b.c', cookieToken: 'jwt' })
    expect(requests[0]?.headers).toMatchObject({
      host: 'app.example.com',
      connection: 'Upgrade',
      upgrade: 'websocket',
      'sec-websocket-protocol': 'chat',
      'cf-access-jwt-assertion': 'a.b.c',
      'cf-connecting-ip': '203.0.113.7',
      cookie: 'a=1; CF_Authorization=jwt',
    })
    expect(answer.headers).toMatchObject({
      server: 'cloudflare',
      'cf-ray': ray,
      date,
      'sec-websocket-protocol': 'chat',
    })
  })

  test('ends at the origin when the client goes away, and at the client when the origin does', async () => {
    const first = await echoing()
    first.client.terminate()
    await Promise.all([first.origin.empty(), first.edge.empty()])
    const second = await echoing()
    for (const socket of second.origin.sockets) socket.destroy()
    await Promise.all([once(second.client, 'close'), second.edge.empty()])
  })

  test('ends when the proxy is closed', async () => {
    const { client, edge, origin } = await echoing()
    await edge.proxy.close()
    await Promise.all([once(client, 'close'), origin.empty(), edge.empty()])
  })
})

describe('an upgrade', () => {
  test('to any protocol passes what comes with the two heads', async () => {
    const origin = await rawOrigin((socket, said) => {
      if (said.startsWith('GET')) socket.write(`${agreed}\r\nwelcome `)
      // The rest of the client's bytes may come with its head, or after it.
      socket.write(said.slice(said.indexOf('\r\n\r\n') + 1).trim())
    })
    const edge = await edgeTo(origin.url)
    const socket = await connect(edge, `${ask}early`)
    expect(await reads(socket, 'early')).toMatch(/\r\n\r\nwelcome early$/)
  })

  test('ends when the origin ends, though the client keeps its half open', async () => {
    const origin = await rawOrigin((socket) => void socket.end(`${agreed}\r\nbye`))
    const edge = await edgeTo(origin.url)
    const socket = net.connect({ port: edge.port, host: '127.0.0.1', allowHalfOpen: true })
    onTestFinished(() => void socket.destroy())
    socket.write(ask)
    expect(await reads(socket, 'bye')).toContain(' 101 ')
    await Promise.all([origin.empty(), edge.empty()])
  })

  test('that the origin declines gets the origin’s answer, and the connection ends', async () => {
    const origin = await rawOrigin((socket) => {
      socket.write(
        'HTTP/1.1 426 Upgrade Required\r\nTransfer-Encoding: chunked\r\nX-One: 1\r\n\r\n',
      )
      socket.end('2\r\nno\r\n0\r\n\r\n')
    })
    const edge = await edgeTo(origin.url)
    expect(await reads(await connect(edge, ask))).toBe(
      [
        'HTTP/1.1 426 Upgrade Required',
        'X-One: 1',
        'server: cloudflare',
        `cf-ray: ${ray}`,
        `date: ${date}`,
        'connection: close',
        '',
        'no',
      ].join('\r\n'),
    )
    await Promise.all([origin.empty(), edge.empty()])
  })

  test('that carries a body is not emulated', async () => {
    const edge = await edgeTo(await deadOrigin())
    const socket = await connect(
      edge,
      `${ask.replace('GET', 'POST').trimEnd()}\r\nContent-Length: 2\r\n\r\nok`,
    )
    expect(await reads(socket)).toMatch(/^HTTP\/1\.1 501 .*carries a body/s)
    await edge.empty()
  })

  test('at the built-in origin answers 501 and says what to do', async () => {
    const edge = await edgeTo('builtin')
    expect(await reads(await connect(edge, ask))).toMatch(/^HTTP\/1\.1 501 .*--origin HOST=URL/s)
    await edge.empty()
  })

  test.each<[number, string, () => Promise<{ url: URL; empty?(): Promise<void> }>]>([
    [521, 'refuses the connection', async () => ({ url: await deadOrigin() })],
    [524, 'does not answer', () => rawOrigin(() => {})],
    [520, 'closes without a word', () => rawOrigin((socket) => void socket.end())],
    [520, 'does not speak HTTP', () => rawOrigin((socket) => void socket.end('hello\r\n'))],
  ])('answers %d when the origin %s', async (status, _, make) => {
    const { url, empty } = await make()
    const edge = await edgeTo(url, {}, { timeouts: { connect: 4_000, response: 40 } })
    const said = await reads(await connect(edge, ask))
    expect(said).toContain(`HTTP/1.1 ${status} `)
    expect(said).toContain(`\r\n\r\nerror code: ${status}`)
    await Promise.all([empty?.(), edge.empty()])
  })

  test.each(['destroy', 'end', 'resetAndDestroy'] as const)(
    'ends at the origin when the client leaves before the answer (%s)',
    async (leave) => {
      let arrived = () => {}
      const asked = new Promise<void>((resolve) => {
        arrived = resolve
      })
      const origin = await rawOrigin(() => arrived())
      const edge = await edgeTo(origin.url)
      const socket = await connect(edge, ask)
      await asked
      socket[leave]()
      await Promise.all([origin.empty(), edge.empty()])
    },
  )
})
