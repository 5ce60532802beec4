/** An edge that is only the pipe, origins made for one test, and a client that sees raw bytes. */
import { once } from 'node:events'
import http, { type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http'
import net, { type AddressInfo, type Server, type Socket } from 'node:net'
import { text } from 'node:stream/consumers'
import { onTestFinished } from 'vitest'
import type { Forward } from '../../../emulator/network/origin/forwarded.ts'
import {
  createProxy,
  type OriginProxy,
  type ProxyOptions,
} from '../../../emulator/network/origin/proxy.ts'

export const ray = '8f00b204e9800998-TXL'
export const date = 'Thu, 01 Jan 2026 00:00:00 GMT'

/** Long enough never to be reached, short enough for a broken test to fail. */
const patient = { connect: 4_000, response: 4_000 }

export interface Listening {
  readonly url: URL
  readonly port: number
  readonly sockets: ReadonlySet<Socket>
  /** How many connections it has accepted. */
  opened(): number
  /** Resolves when no connection is left. */
  empty(): Promise<void>
}

export async function listening(server: Server): Promise<Listening> {
  const sockets = new Set<Socket>()
  let left = () => {}
  let opened = 0
  server.on('connection', (socket: Socket) => {
    opened += 1
    sockets.add(socket)
    socket.on('error', () => {})
    socket.once('close', () => {
      sockets.delete(socket)
      left()
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy()
    if (!server.listening) return
    server.close()
    await once(server, 'close')
  })
  const { port } = server.address() as AddressInfo
  const empty = () =>
    new Promise<void>((resolve) => {
      left = () => {
        if (sockets.size === 0) resolve()
      }
      left()
    })
  const url = new URL(`http://127.0.0.1:${port}`)
  return { url, port, sockets, opened: () => opened, empty }
}

export const httpOrigin = (handler: RequestListener) => listening(http.createServer(handler))

/** A raw origin: `speak` gets each connection after its first bytes. */
export const rawOrigin = (speak: (socket: Socket, head: string) => void) =>
  listening(
    net.createServer((socket) => {
      socket.on('data', (bytes) => speak(socket, bytes.toString('latin1')))
    }),
  )

/** A port on which nothing listens any more. */
export async function deadOrigin(): Promise<URL> {
  const server = net.createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return new URL(`http://127.0.0.1:${port}`)
}

export interface Edge extends Listening {
  readonly proxy: OriginProxy
  readonly seen: { request: IncomingMessage; response: ServerResponse }[]
}

export async function edgeTo(
  origin: URL | 'builtin',
  over: Partial<Forward> = {},
  options: Partial<ProxyOptions> = {},
): Promise<Edge> {
  const proxy = createProxy({ timeouts: patient, ...options })
  const seen: Edge['seen'] = []
  const forwardOf = ({ url = '/' }: IncomingMessage): Forward => ({
    origin: origin === 'builtin' ? { kind: 'builtin' } : { kind: 'url', url: origin },
    path: url,
    ray,
    host: 'app.example.com',
    clientIp: '203.0.113.7',
    country: 'DE',
    stripPair: true,
    responseHeaders: ['date', date],
    ...over,
  })
  const server = http.createServer((request, response) => {
    seen.push({ request, response })
    proxy.forward(request, response, forwardOf(request))
  })
  server.on('upgrade', (request, socket, head) =>
    proxy.upgrade(request, socket, head, forwardOf(request)),
  )
  const edge = await listening(server)
  onTestFinished(() => proxy.close())
  return { ...edge, proxy, seen }
}

export interface Answer {
  readonly status: number
  readonly reason: string
  readonly raw: readonly string[]
  readonly headers: IncomingMessage['headers']
  readonly body: string
  readonly trailers: readonly string[]
}

/** Headers are a flat list, so that order, casing and repetition are the test's. */
export async function send(
  edge: Listening,
  {
    method = 'GET',
    path = '/',
    headers = [],
    body,
    agent = false,
  }: {
    method?: string
    path?: string
    headers?: string[]
    body?: string | Buffer
    agent?: http.Agent | false
  } = {},
): Promise<Answer> {
  const length = body === undefined ? [] : ['Content-Length', String(Buffer.byteLength(body))]
  const request = http.request({
    host: '127.0.0.1',
    port: edge.port,
    method,
    path,
    agent,
    headers: ['Host', 'localhost', ...length, ...headers],
  })
  request.end(body)
  const [answer] = (await once(request, 'response')) as [IncomingMessage]
  return {
    status: answer.statusCode ?? 0,
    reason: answer.statusMessage ?? '',
    raw: answer.rawHeaders,
    headers: answer.headers,
    body: await text(answer),
    trailers: answer.rawTrailers,
  }
}

/** Opens a connection, sends `bytes`, and returns the socket. */
export async function connect(edge: Listening, bytes = ''): Promise<Socket> {
  const socket = net.connect(edge.port, '127.0.0.1')
  socket.on('error', () => {})
  onTestFinished(() => {
    socket.destroy()
  })
  await once(socket, 'connect')
  socket.write(bytes)
  return socket
}

/** Everything a socket receives up to `end` or until it closes. */
export function reads(socket: Socket, end?: string): Promise<string> {
  return new Promise((resolve) => {
    let said = ''
    const onData = (bytes: Buffer) => {
      said += bytes.toString('latin1')
      if (end !== undefined && said.includes(end)) done()
    }
    const done = () => {
      socket.off('data', onData)
      socket.off('close', done)
      resolve(said)
    }
    socket.on('data', onData)
    socket.once('close', done)
  })
}
