/** An origin that is down, slow, broken or missing: each failure has its response, and none leaks a socket. */
import http from 'node:http'
import https from 'node:https'
import type { LookupFunction } from 'node:net'
import { describe, expect, onTestFinished, test } from 'vitest'
import { type OriginFailure, originFailures } from '../../../emulator/network/origin/failures.ts'
import type { ProxyOptions } from '../../../emulator/network/origin/proxy.ts'
import { selfSigned } from './certificate.ts'
import {
  connect,
  date,
  deadOrigin,
  edgeTo,
  httpOrigin,
  listening,
  rawOrigin,
  ray,
  reads,
  send,
} from './pipe.ts'

interface Broken {
  readonly url: URL
  readonly options?: Partial<ProxyOptions>
  empty?(): Promise<void>
}

const soon = { connect: 40, response: 40 }
const far = 4_000
const named = new URL('http://origin.example:8080')

const silent: LookupFunction = () => {}
const unknown: LookupFunction = (hostname, _options, done) => {
  done(Object.assign(new Error(`getaddrinfo ENOTFOUND ${hostname}`), { code: 'ENOTFOUND' }), '')
}

const saying = (answer: string) => () =>
  rawOrigin((socket) => {
    socket.end(answer)
  })

const cases: readonly [string, number, OriginFailure, () => Promise<Broken>][] = [
  ['refuses the connection', 521, 'refused', async () => ({ url: await deadOrigin() })],
  [
    'does not accept the connection in time',
    522,
    'connect_timeout',
    async () => ({ url: named, options: { lookup: silent, timeouts: { ...soon, response: far } } }),
  ],
  [
    'does not answer in time',
    524,
    'response_timeout',
    async () => ({
      // It must read, or it would not notice that the edge has disconnected.
      ...(await httpOrigin((request) => void request.resume())),
      options: { timeouts: { ...soon, connect: far } },
    }),
  ],
  ['closes without a word', 520, 'unknown_answer', saying('')],
  ['closes in the middle of its head', 520, 'unknown_answer', saying('HTTP/1.1 200 OK\r\nA: 1')],
  ['does not speak HTTP', 520, 'unknown_answer', saying('hello\r\n')],
  ['answers with no status', 520, 'unknown_answer', saying('HTTP/1.1 000 x\r\n\r\n')],
  [
    'resets the connection',
    520,
    'unknown_answer',
    () => rawOrigin((socket) => void socket.resetAndDestroy()),
  ],
  [
    'answers with more than 128 KiB of headers',
    520,
    'unknown_answer',
    saying(`HTTP/1.1 200 OK\r\nA: ${'a'.repeat(140_000)}\r\n\r\n`),
  ],
  [
    'switches protocols unasked',
    520,
    'unknown_answer',
    saying('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n'),
  ],
  [
    'has a name that does not resolve',
    530,
    'unresolved',
    async () => ({ url: named, options: { lookup: unknown } }),
  ],
  [
    'has a self-signed certificate',
    526,
    'certificate',
    async () => {
      const origin = await listening(https.createServer(await selfSigned(), () => {}))
      return { ...origin, url: new URL(`https://127.0.0.1:${origin.port}`) }
    },
  ],
  [
    'does not speak TLS',
    525,
    'handshake',
    async () => {
      const origin = await rawOrigin((socket) => void socket.end('HTTP/1.1 400 Bad\r\n\r\n'))
      return { ...origin, url: new URL(`https://127.0.0.1:${origin.port}`) }
    },
  ],
]

describe.each(cases)('an origin that %s', (_, status, failure, make) => {
  test(`answers ${status} with its code, and no origin’s marks`, async () => {
    const logged: object[] = []
    const { url, options, empty } = await make()
    const logger = { warn: (fields: object) => logged.push(fields) }
    const edge = await edgeTo(url, {}, { ...options, logger })
    const answer = await send(edge, { path: '/secret?q=1' })
    expect([answer.status, answer.reason]).toEqual([status, originFailures[failure].reason])
    expect(answer.headers).toEqual({
      'content-type': 'text/plain; charset=UTF-8',
      'content-length': String(answer.body.length),
      'cache-control': 'no-store',
      'cf-error-type': String(originFailures[failure].code),
      server: 'cloudflare',
      'cf-ray': ray,
      date,
      connection: 'close',
    })
    expect(answer.body).toBe(`error code: ${originFailures[failure].code}`)
    expect(logged).toMatchObject([{ failure, host: 'app.example.com', ray }])
    expect(JSON.stringify(logged)).not.toContain('secret')
    await empty?.()
  })

  test('answers an upload too, and leaves the client’s connection usable', async () => {
    const { url, options, empty } = await make()
    const edge = await edgeTo(url, {}, options)
    const agent = new http.Agent({ keepAlive: true, maxSockets: 1 })
    onTestFinished(() => agent.destroy())
    for (const method of ['POST', 'PUT']) {
      const answer = await send(edge, { method, body: Buffer.alloc(300_000), agent })
      expect(answer.status).toBe(status)
    }
    expect(edge.sockets.size).toBe(1)
    await empty?.()
  })
})

test('a browser gets a page, with the ray and without the name of a data centre', async () => {
  const edge = await edgeTo(await deadOrigin(), { host: '<b>.example.com' })
  const { headers, body } = await send(edge, { headers: ['Accept', 'text/html,*/*;q=0.8'] })
  expect(headers['content-type']).toBe('text/html; charset=UTF-8')
  expect(body).toContain('Error 521')
  expect(body).toContain(`Ray ID: ${ray.slice(0, 16)}<`)
  expect(body).not.toContain('<b>')
})

test('HEAD gets the failure’s head alone', async () => {
  const { status, headers, body } = await send(await edgeTo(await deadOrigin()), { method: 'HEAD' })
  expect([status, headers['content-length'], body]).toEqual([521, '15', ''])
})

test('a path that cannot stand on a request line answers 400', async () => {
  const origin = await httpOrigin((_, response) => response.end())
  expect((await send(await edgeTo(origin.url, { path: '/a b' }))).status).toBe(400)
})

test('a slow upload does not count as the origin’s delay', async () => {
  const origin = await httpOrigin((request, response) => {
    if (request.url === '/hang') return
    request.resume()
    request.on('end', () => response.end('received'))
  })
  const edge = await edgeTo(origin.url, {}, { timeouts: { connect: far, response: 30 } })
  const upload = await connect(
    edge,
    'POST /slow HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nhello',
  )
  const said = reads(upload, 'received')
  // Two requests reach the limit in turn, so the upload has waited for twice as long.
  for (const path of ['/hang', '/hang']) expect((await send(edge, { path })).status).toBe(524)
  upload.write('world')
  expect(await said).toContain('200 OK')
})

test('a response that has begun may take longer than the limit', async () => {
  const open: http.ServerResponse[] = []
  const origin = await httpOrigin((request, response) => {
    if (request.url === '/hang') return
    response.write('first')
    open.push(response)
  })
  const edge = await edgeTo(origin.url, {}, { timeouts: { connect: far, response: 30 } })
  const socket = await connect(edge, 'GET / HTTP/1.1\r\nHost: x\r\n\r\n')
  await reads(socket, 'first')
  for (const path of ['/hang', '/hang']) expect((await send(edge, { path })).status).toBe(524)
  const last = reads(socket, 'last')
  open[0]?.end('last')
  expect(await last).toContain('last')
})
