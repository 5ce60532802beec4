/** HTTP/2 origins with HTTP/1.1 clients: headers, trailers, cancellation, and every way to fail. */
import { once } from 'node:events'
import http, { type IncomingMessage, type ServerResponse } from 'node:http'
import http2, {
  type Http2Server,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2'
import https from 'node:https'
import type { Server } from 'node:net'
import { text } from 'node:stream/consumers'
import { afterEach, describe, expect, onTestFinished, test, vi } from 'vitest'
import type { Origin } from '../../../emulator/network/origin/forwarded.ts'
import type { ProxyOptions } from '../../../emulator/network/origin/proxy.ts'
import { frame, frameTypes } from '../raw-http2.ts'
import { selfSigned } from './certificate.ts'
import { connect, deadOrigin, edgeTo, listening, rawOrigin, reads, send } from './pipe.ts'

type Handler = (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => void

async function h2cOrigin(handler: Handler, settings: http2.Settings = {}) {
  const server = http2.createServer({ settings })
  server.on('stream', handler)
  const sessions = sessionsOf(server)
  return { ...(await listening(server)), sessions }
}

function sessionsOf(server: Http2Server): ServerHttp2Session[] {
  const sessions: ServerHttp2Session[] = []
  server.on('session', (session) => {
    session.on('error', () => {})
    sessions.push(session)
  })
  return sessions
}

const endHeaders = 4
/** `:status: 200`, as HPACK has it. */
const statusOk = 0x88

/** Answers the first request with these frames: Node’s own server ends a body before it resets the stream. */
const framesOrigin = (frames: readonly Buffer[]) => {
  const preface = 24
  let came = ''
  return rawOrigin((socket, bytes) => {
    if (came === '') socket.write(frame(frameTypes.settings, 0, 0))
    came += bytes
    for (let at = preface; at + 9 <= came.length; ) {
      const head = Buffer.from(came.slice(at, at + 9), 'latin1')
      if (head[3] === frameTypes.headers) socket.write(Buffer.concat(frames))
      at += 9 + head.readUIntBE(0, 3)
    }
  })
}

/** An edge before an origin that speaks HTTP/2 by prior knowledge. */
const h2cEdge = (url: URL, options: Partial<ProxyOptions> = {}) =>
  edgeTo(url, { origin: { kind: 'h2c', url } satisfies Origin }, options)

afterEach(() => {
  vi.unstubAllEnvs()
})

describe('a request', () => {
  test('has its pseudo-headers, its own headers in lower case, and none of the connection', async () => {
    let seen: IncomingHttpHeaders = {}
    const origin = await h2cOrigin((stream, headers) => {
      seen = headers
      stream.respond({ ':status': 207, 'set-cookie': ['a=1', 'b=2'], 'x-two': ['1', '2'] })
      stream.end('body')
    })
    const answer = await send(await h2cEdge(origin.url), {
      method: 'PROPFIND',
      path: '/a?b=c',
      headers: [
        'X-One',
        '1',
        'X-One',
        '2',
        'Connection',
        'X-Drop',
        'X-Drop',
        '3',
        'TE',
        'trailers',
      ],
    })
    expect(seen).toMatchObject({
      ':method': 'PROPFIND',
      ':path': '/a?b=c',
      ':scheme': 'http',
      ':authority': 'app.example.com',
      'x-one': '1, 2',
      te: 'trailers',
      'cf-connecting-ip': '203.0.113.7',
    })
    expect(Object.keys(seen)).not.toEqual(expect.arrayContaining(['host']))
    expect(seen).not.toHaveProperty('x-drop')
    expect([answer.status, answer.reason, answer.body]).toEqual([207, 'Multi-Status', 'body'])
    expect(answer.headers['set-cookie']).toEqual(['a=1', 'b=2'])
    expect(answer.headers['x-two']).toBe('1, 2')
  })

  test('carries its body and its trailers, and the answer carries its own', async () => {
    let trailers: IncomingHttpHeaders = {}
    const origin = await h2cOrigin((stream) => {
      stream.on('trailers', (sent) => {
        trailers = sent
      })
      stream.respond({ ':status': 200, trailer: 'x-sum' }, { waitForTrailers: true })
      stream.on('wantTrailers', () => stream.sendTrailers({ 'x-sum': 'of the origin' }))
      stream.pipe(stream)
    })
    const edge = await h2cEdge(origin.url)
    const request = http.request({ port: edge.port, method: 'POST', headers: { Trailer: 'x-sum' } })
    request.write('first, ')
    request.addTrailers({ 'x-sum': 'of the client', 'cf-ray': 'forged' })
    request.end('second')
    const [answer] = (await once(request, 'response')) as [IncomingMessage]
    expect(await text(answer)).toBe('first, second')
    expect(answer.trailers).toEqual({ 'x-sum': 'of the origin' })
    expect(trailers).toMatchObject({ 'x-sum': 'of the client' })
    expect(trailers).not.toHaveProperty('cf-ray')
  })

  test.each([
    ['HEAD', 200, '5'],
    ['GET', 204, undefined],
    ['GET', 304, undefined],
    ['GET', 200, '0'],
  ])('%s answered %i without a body ends at once', async (method, status, length) => {
    const origin = await h2cOrigin((stream) => {
      const head = { ':status': status, ...(method === 'HEAD' && { 'content-length': '5' }) }
      stream.respond(head, { endStream: true })
    })
    const answer = await send(await h2cEdge(origin.url), { method })
    expect([answer.status, answer.body, answer.headers['content-length']]).toEqual([
      status,
      '',
      length,
    ])
  })

  test('shares a connection with others, up to what the origin takes at once', async () => {
    const open: ServerHttp2Stream[] = []
    let arrived = () => {}
    const origin = await h2cOrigin(
      (stream) => {
        open.push(stream)
        arrived()
      },
      { maxConcurrentStreams: 2 },
    )
    const edge = await h2cEdge(origin.url)
    const answers = [1, 2, 3, 4].map(() => send(edge))
    while (open.length < 4) {
      await new Promise<void>((resolve) => {
        arrived = resolve
      })
    }
    expect(origin.sessions).toHaveLength(2)
    for (const stream of open) {
      stream.respond()
      stream.end('done')
    }
    expect((await Promise.all(answers)).map(({ body }) => body)).toEqual(Array(4).fill('done'))
    origin.sessions[0]?.close()
  })

  test('goes over a new connection once the origin has said that it leaves', async () => {
    const origin = await h2cOrigin((stream) => {
      stream.respond()
      stream.end('done')
    })
    const edge = await h2cEdge(origin.url)
    await send(edge)
    const [first] = origin.sessions
    first?.close()
    await once(first as ServerHttp2Session, 'close')
    expect((await send(edge)).body).toBe('done')
    expect(origin.sessions).toHaveLength(2)
  })
})

describe('an https origin', () => {
  test.each([
    ['HTTP/2 where it chooses it', '2.0'],
    ['HTTP/1.1 where it does not', '1.1'],
  ])('is asked over %s', async (_, version) => {
    vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0')
    const versions: string[] = []
    const secured = await selfSigned()
    const server: Server =
      version === '2.0' ? http2.createSecureServer(secured) : https.createServer(secured)
    server.on('request', (request: IncomingMessage, response: ServerResponse) => {
      versions.push(request.httpVersion)
      response.end('done')
    })
    const { port } = await listening(server)
    const edge = await edgeTo(new URL(`https://127.0.0.1:${port}`))
    for (const body of ['done', 'done']) expect((await send(edge)).body).toBe(body)
    expect(versions).toEqual([version, version])
  })
})

describe('given up', () => {
  test('by the client: the stream at the origin is reset with CANCEL', async () => {
    const codes = new Promise<number>((resolve) => {
      void h2cOrigin((stream) => {
        stream.on('error', () => {})
        stream.on('close', () => resolve(stream.rstCode))
        stream.respond()
        stream.write('first')
      }).then(async ({ url }) => {
        const socket = await connect(await h2cEdge(url), 'GET / HTTP/1.1\r\nHost: x\r\n\r\n')
        await reads(socket, 'first')
        socket.destroy()
      })
    })
    expect(await codes).toBe(http2.constants.NGHTTP2_CANCEL)
  })

  test.each([['NGHTTP2_CANCEL'], ['NGHTTP2_INTERNAL_ERROR']] as const)(
    'by the origin with %s within a body: the client’s connection is cut, for the body is not whole',
    async (code) => {
      const reset = Buffer.alloc(4)
      reset.writeUInt32BE(http2.constants[code])
      const origin = await framesOrigin([
        frame(frameTypes.headers, endHeaders, 1, Buffer.from([statusOk])),
        frame(frameTypes.data, 0, 1, Buffer.from('first')),
        frame(frameTypes.reset, 0, 1, reset),
      ])
      const socket = await connect(await h2cEdge(origin.url), 'GET / HTTP/1.1\r\nHost: x\r\n\r\n')
      const said = await reads(socket)
      expect(said).toContain('first')
      expect(said).not.toContain('\r\n0\r\n')
    },
  )
})

const soon = { connect: 4_000, response: 40 }

describe('an origin that', () => {
  test.each<[string, number, () => Promise<{ url: URL }>, Partial<ProxyOptions>?]>([
    ['refuses the connection', 521, async () => ({ url: await deadOrigin() })],
    [
      'does not answer in time',
      524,
      () => h2cOrigin((stream) => void stream.on('error', () => {}).resume()),
      { timeouts: soon },
    ],
    ['never says a word', 524, () => rawOrigin(() => {}), { timeouts: soon }],
    [
      'speaks HTTP/1.1',
      520,
      () => rawOrigin((socket) => void socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')),
    ],
    ['closes without a word', 520, () => rawOrigin((socket) => void socket.end())],
    [
      'resets the stream',
      520,
      () => h2cOrigin((stream) => stream.on('error', () => {}).destroy(new Error('reset'))),
    ],
    ['leaves in the middle', 520, () => h2cOrigin((stream) => stream.session?.destroy())],
  ])('%s is answered by %i, to an upload too', async (_, status, make, options) => {
    const { url } = await make()
    const edge = await h2cEdge(url, options)
    const agent = new http.Agent({ keepAlive: true, maxSockets: 1 })
    onTestFinished(() => agent.destroy())
    const get = await send(edge, { agent })
    expect([get.status, get.body]).toEqual([status, `error code: ${status}`])
    expect((await send(edge, { method: 'POST', body: Buffer.alloc(300_000), agent })).status).toBe(
      status,
    )
    expect(edge.sockets.size).toBe(1)
  })

  test('speaks h2c alone is not asked for a WebSocket, and the answer says why', async () => {
    const origin = await h2cOrigin(() => {})
    const edge = await h2cEdge(origin.url)
    const ask = 'GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n'
    const said = await reads(await connect(edge, ask))
    expect(said).toMatch(/^HTTP\/1\.1 501 .*an h2c origin does not speak/s)
    expect(origin.sessions).toEqual([])
  })
})
