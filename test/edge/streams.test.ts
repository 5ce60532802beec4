/** Streaming through the gate: WebSockets, server-sent events, request bodies; and refused connections. */
import { once } from 'node:events'
import http, { type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { describe, expect, onTestFinished, test } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import { profiles } from '../../contracts/behaviours/table.ts'
import { type EdgeFixture, edgeFixture, hosts, pairs } from './applications.ts'

interface Origin {
  readonly url: string
  readonly seen: IncomingMessage[]
}

async function originOf(
  handler: (request: IncomingMessage, response: ServerResponse) => void = (_, response) =>
    response.end('http'),
): Promise<Origin> {
  const seen: IncomingMessage[] = []
  const server = http.createServer((request, response) => {
    seen.push(request)
    handler(request, response)
  })
  const sockets = new WebSocketServer({ server })
  sockets.on('connection', (socket, request) => {
    seen.push(request)
    socket.on('message', (data) => socket.send(`echo ${data}`))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(async () => {
    for (const socket of sockets.clients) socket.terminate()
    server.closeAllConnections()
    server.close()
    await once(server, 'close')
  })
  const { port } = server.address() as AddressInfo
  return { url: `http://127.0.0.1:${port}`, seen }
}

function headersOf(host: string, pair?: { client_id: string; client_secret: string }) {
  return {
    host,
    ...(pair === undefined
      ? {}
      : { 'cf-access-client-id': pair.client_id, 'cf-access-client-secret': pair.client_secret }),
  }
}

/** The status of the handshake, with its headers, and the socket where it succeeds. */
function handshake(edge: EdgeFixture, headers: Readonly<Record<string, string>>) {
  const socket = new WebSocket(`ws://127.0.0.1:${edge.emulator.port}/chat?room=1`, { headers })
  onTestFinished(() => socket.terminate())
  return new Promise<{ status: number; answer: IncomingMessage; socket: WebSocket }>(
    (resolve, reject) => {
      let upgraded: IncomingMessage | undefined
      socket.once('upgrade', (answer) => {
        upgraded = answer
      })
      socket.once('open', () => {
        if (upgraded !== undefined) resolve({ status: 101, answer: upgraded, socket })
      })
      socket.once('unexpected-response', (_request, answer) => {
        resolve({ status: answer.statusCode ?? 0, answer, socket })
      })
      socket.once('error', reject)
    },
  )
}

describe('a WebSocket', () => {
  test.each(profiles)('opens with a pair and carries messages, in profile %s', async (profile) => {
    const origin = await originOf()
    const edge = await edgeFixture({ profile, origins: { [hosts.M]: origin.url } })
    const { status, answer, socket } = await handshake(edge, headersOf(hosts.M, pairs.named))
    expect(status).toBe(101)
    expect(answer.headers['cf-ray']).toMatch(/^[0-9a-f]{16}-/)
    expect(answer.headers['set-cookie'] === undefined).toBe(profile === 'strict')
    socket.send('hello')
    const [said] = (await once(socket, 'message')) as [Buffer]
    expect(said.toString()).toBe('echo hello')
    const [request] = origin.seen
    expect(request?.url).toBe('/chat?room=1')
    expect(request?.headers['cf-access-jwt-assertion']).toMatch(/^ey/)
    expect(request?.headers['cf-access-client-secret']).toBeUndefined()
  })

  test.each([
    ['nobody', undefined],
    ['a bad pair', { ...pairs.named, client_secret: 'wrong' }],
  ])('of %s meets 403 at M and the login at P', async (_who, pair) => {
    const origin = await originOf()
    const origins = { [hosts.M]: origin.url, [hosts.P]: origin.url }
    const edge = await edgeFixture({ profile: 'observed', origins })
    const atM = await handshake(edge, headersOf(hosts.M, pair))
    expect([atM.status, atM.answer.headers['cf-access-domain']]).toEqual([403, hosts.M])
    const atP = await handshake(edge, headersOf(hosts.P, pair))
    expect(atP.status).toBe(302)
    expect(atP.answer.headers.location).toContain('/cdn-cgi/access/login/p.example.com?kid=')
    expect(await text(atP.answer)).toContain('302 Found')
    expect(origin.seen).toEqual([])
  })

  test('opens with a JWT where one is a credential', async () => {
    const origin = await originOf()
    const edge = await edgeFixture({
      profile: 'observed',
      origins: { 'ws.example.com': origin.url },
    })
    const token = await edge.signIn('ada@example.com', hosts.P)
    const refused = await handshake(edge, {
      host: hosts.M,
      cookie: `CF_Authorization=${token}`,
    })
    expect(refused.status).toBe(403)
    const open = await handshake(edge, { host: 'ws.example.com' })
    expect(open.status).toBe(101)
  })

  test('is marked where only the ticket expects the refusal', async () => {
    const edge = await edgeFixture({ profile: 'expected' })
    const { status, answer } = await handshake(edge, headersOf(hosts.T))
    expect(status).toBe(403)
    expect(answer.headers['access-emulator-evidence']).toBe('expected')
  })
})

describe('server-sent events', () => {
  test('arrive one by one while the answer is open', async () => {
    let push = (_event: string) => {}
    const origin = await originOf((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.flushHeaders()
      push = (event) => response.write(`data: ${event}\n\n`)
    })
    const edge = await edgeFixture({ profile: 'observed', origins: { [hosts.M]: origin.url } })
    const request = http.get({
      host: '127.0.0.1',
      port: edge.emulator.port,
      path: '/events',
      agent: false,
      headers: headersOf(hosts.M, pairs.named),
    })
    onTestFinished(() => {
      request.destroy()
    })
    const [answer] = (await once(request, 'response')) as [IncomingMessage]
    expect(answer.headers).toMatchObject({
      'content-type': 'text/event-stream',
      'set-cookie': [expect.stringContaining('CF_Authorization=')],
    })
    answer.setEncoding('utf8')
    for (const event of ['one', 'two']) {
      push(event)
      const [chunk] = (await once(answer, 'data')) as [string]
      expect(chunk).toBe(`data: ${event}\n\n`)
    }
  })
})

test('a refused request with a body never reaches the origin', async () => {
  const origin = await originOf()
  const edge = await edgeFixture({ origins: { [hosts.M]: origin.url } })
  const sending = { method: 'POST', body: 'x'.repeat(100_000) }
  expect((await edge.send(hosts.M, sending)).status).toBe(403)
  const { status, text: said } = await edge.send(hosts.M, { ...sending, pair: pairs.named })
  expect([status, said, origin.seen.length]).toEqual([200, 'http', 1])
})

test('the cookies of the origin and of Access stand beside each other', async () => {
  const origin = await originOf((_request, response) => {
    response.writeHead(201, { 'set-cookie': ['a=b', 'c=d'], server: 'mine', date: 'never' }).end()
  })
  const edge = await edgeFixture({ profile: 'observed', origins: { [hosts.M]: origin.url } })
  const { status, cookies, headers } = await edge.send(hosts.M, { pair: pairs.named })
  expect(status).toBe(201)
  expect(cookies).toEqual(['a=b', 'c=d', expect.stringMatching(/^CF_Authorization=ey/)])
  expect(headers).toMatchObject({ server: 'cloudflare', date: 'Tue, 24 Nov 2026 10:00:00 GMT' })
})
