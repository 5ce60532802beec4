/** Requests and answers that either side cuts, at every step, over both versions of HTTP: the other side learns of it. */
import { once } from 'node:events'
import http2, { type IncomingHttpHeaders } from 'node:http2'
import type { Socket } from 'node:net'
import { describe, expect, onTestFinished, test } from 'vitest'
import { createProxy } from '../../emulator/network/origin/proxy.ts'
import { type Listening, rawOrigin } from './origin/pipe.ts'
import { connect, http2To, openServer, secureTo } from './server.ts'

const host = 'app.example.com'

/** A server that forwards everything to an origin, which gets each connection with the first bytes on it. */
async function forwarding(speak: (socket: Socket, head: string) => void) {
  const origin = await rawOrigin(speak)
  const proxy = createProxy({ timeouts: { connect: 4_000, response: 4_000 } })
  onTestFinished(() => proxy.close())
  const server = await openServer((request, response) =>
    proxy.forward(request, response, {
      origin: { kind: 'url', url: origin.url },
      path: request.url ?? '/',
      ray: '8f00b204e9800998-TXL',
      host,
      clientIp: '203.0.113.7',
      country: 'DE',
      stripPair: true,
    }),
  )
  return { server, origin }
}

interface Outcome {
  readonly status: number | undefined
  readonly body: string
  /** Whether the client could take what it got for the whole answer. */
  readonly isWhole: boolean
}

type Server = Awaited<ReturnType<typeof openServer>>

async function outcomeOverHttp1({ port }: Server): Promise<Outcome> {
  const socket = connect(port)
  socket.write(`GET / HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`)
  let text = ''
  socket.on('data', (bytes) => {
    text += bytes.toString('latin1')
  })
  await new Promise((resolve) => socket.once('close', resolve).once('end', () => socket.end()))
  const [head = '', ...rest] = text.split('\r\n\r\n')
  const body = rest.join('\r\n\r\n')
  const length = /^content-length: (\d+)/im.exec(head)?.[1]
  const isWhole = length === undefined ? text.endsWith('0\r\n\r\n') : body.length === Number(length)
  const status = /^HTTP\/1\.1 (\d+)/.exec(head)?.[1]
  return { status: status === undefined ? undefined : Number(status), body, isWhole }
}

async function outcomeOverHttp2(server: Server): Promise<Outcome> {
  const session = await http2To(server, host)
  const stream = session.request({ ':authority': host })
  let status: number | undefined
  let body = ''
  stream.on('response', (headers: IncomingHttpHeaders) => {
    status = Number(headers[':status'])
  })
  stream.on('data', (piece) => {
    body += piece
  })
  stream.on('error', () => {})
  await new Promise((resolve) => stream.once('close', resolve))
  return { status, body, isWhole: stream.rstCode === http2.constants.NGHTTP2_NO_ERROR }
}

const outcomes = { 'HTTP/1.1': outcomeOverHttp1, 'HTTP/2': outcomeOverHttp2 } as const

const chunked = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n'
const beginnings = [
  ['before the head', '', 520],
  ['in the head', 'HTTP/1.1 200 OK\r\nX-A: ', 520],
  ['after the head', 'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n', 200],
  ['in the body', 'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\npart', 200],
  ['in a chunk', `${chunked}9\r\npart`, 200],
  ['before the last chunk', `${chunked}4\r\npart\r\n`, 200],
  ['before the trailers', `${chunked}4\r\npart\r\n0\r\n`, 200],
  ['in the trailers', `${chunked}4\r\npart\r\n0\r\nX-Sum: `, 200],
] as const

describe.each(['HTTP/1.1', 'HTTP/2'] as const)('to a client of %s', (version) => {
  describe.each(['resetAndDestroy', 'end', 'destroy'] as const)('an origin’s %s', (cut) => {
    test.each(beginnings)('%s is no whole answer', async (_, bytes, status) => {
      const { server, origin } = await forwarding((socket) => {
        if (bytes === '') socket[cut]()
        else socket.write(bytes, () => socket[cut]())
      })
      const outcome = await outcomes[version](server)
      // A reset may overtake what was sent before it.
      const isLost = cut === 'resetAndDestroy' && outcome.status === 520
      if (!isLost) expect(outcome.status).toBe(status)
      expect(outcome.isWhole).toBe(outcome.status === 520)
      await origin.empty()
    })
  })
})

/** What has happened when the client leaves: the origin has the request, or the client a part of the answer. */
const moments = [
  ['before the head', '', 'GET'],
  ['after the head', 'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n', 'GET'],
  ['in the body', 'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\npart', 'GET'],
  ['before the trailers', `${chunked}4\r\npart\r\n0\r\n`, 'GET'],
  ['in its upload', '', 'POST'],
  ['in its upload, with the head there', 'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n', 'POST'],
  [
    'in its upload, with the answer there',
    'HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\npart',
    'POST',
  ],
] as const

/** An origin that answers with `bytes`, and what to wait for before the client leaves. */
async function answering(bytes: string) {
  let asked = () => {}
  const arrived = new Promise<void>((resolve) => (asked = resolve))
  const made = await forwarding((socket) => {
    socket.write(bytes)
    asked()
  })
  return { ...made, arrived }
}

async function isLeft({ origin }: { readonly origin: Listening }): Promise<void> {
  await origin.empty()
  expect([origin.sockets.size, origin.opened()]).toEqual([0, 1])
}

describe('a client that leaves', () => {
  test.each(
    moments.flatMap((moment) =>
      (['destroy', 'resetAndDestroy'] as const).map((cut) => [...moment, cut] as const),
    ),
  )('%s, over HTTP/1.1: the origin’s connection ends', async (_, bytes, method, cut) => {
    const made = await answering(bytes)
    const socket = connect(made.server.port)
    const body = method === 'POST' ? 'Content-Length: 9\r\n\r\npart' : '\r\n'
    socket.write(`${method} / HTTP/1.1\r\nHost: ${host}\r\n${body}`)
    await (bytes === '' ? made.arrived : once(socket, 'data'))
    socket[cut]()
    await isLeft(made)
  })

  test.each(
    moments.flatMap((moment) =>
      (['its stream', 'its session', 'its socket', 'its half of the socket'] as const).map(
        (what) => [...moment, what] as const,
      ),
    ),
  )('%s, over HTTP/2: the origin’s connection ends', async (_, bytes, method, what) => {
    const made = await answering(bytes)
    const socket = await secureTo(made.server, host, { ALPNProtocols: ['h2'] })
    const session = http2.connect(`https://${host}`, { createConnection: () => socket })
    session.on('error', () => {})
    const stream = session.request(
      { ':authority': host, ':method': method },
      { endStream: method === 'GET' },
    )
    stream.on('error', () => {})
    if (method === 'POST') stream.write('part')
    await (bytes === '' ? made.arrived : once(stream, 'response'))
    if (what === 'its stream') stream.close(http2.constants.NGHTTP2_CANCEL)
    else if (what === 'its session') session.destroy()
    else if (what === 'its socket') socket.destroy()
    else socket.end()
    await isLeft(made)
  })
})
