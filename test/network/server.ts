/** A server with one handler, its own state directory, and clients that speak raw bytes, TLS and HTTP/2. */
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import type { IncomingMessage, RequestListener } from 'node:http'
import http2, { type ClientHttp2Session, type IncomingHttpHeaders } from 'node:http2'
import net, { type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Duplex } from 'node:stream'
import { text } from 'node:stream/consumers'
import tls, { type ConnectionOptions, type TLSSocket } from 'node:tls'
import { onTestFinished } from 'vitest'
import { createAccounts } from '../../emulator/account/accounts.ts'
import type { RequestLine } from '../../emulator/http/routes.ts'
import { createRouter, type RouterOptions } from '../../emulator/network/router.ts'
import type { EdgeSurface } from '../../emulator/network/routes.ts'
import { openCa } from '../../emulator/network/tls/ca.ts'
import { createWorld } from '../../emulator/world/world.ts'

/** Names that every test server serves at its edge. */
export const hosts = ['app.example.com', 'other.example.com', 'example.com']

export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'front-'))
  // A certificate that is no longer awaited may still be being written.
  onTestFinished(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }))
  return folder
}

export interface TestServer {
  readonly port: number
  readonly stateHome: string
  readonly warnings: string[]
  /** The root certificate; creates the CA if the server has not yet. */
  ca(): Promise<string>
}

/** What the handler saw, as text: method, host as the server names it, path, and the first lines of its headers. */
export const tell: RequestListener = (request, response) => {
  request.resume()
  request.on('end', () => response.end(`${request.method} ${request.headers.host} ${request.url}`))
}

export async function openServer(
  handler: RequestListener = tell,
  options: Partial<RouterOptions> & { readonly upgrade?: EdgeSurface<RequestLine>['upgrade'] } = {},
): Promise<TestServer> {
  const world = createWorld()
  const stateHome = options.stateHome ?? (await temporaryFolder())
  const warnings: string[] = []
  const note = (_: object, message: string) => warnings.push(message)
  const refuseUpgrade = (_: IncomingMessage, socket: Duplex) => socket.destroy()
  const edge: EdgeSurface<RequestLine> = {
    read: (_kind, { method = 'GET', url = '/' }) => ({ method, path: url }),
    accessPath: handler,
    gate: handler,
    unknownAtTeam: handler,
    hasAccount: () => true,
    hasLauncher: () => true,
    hasManagedOauth: () => true,
    transfer: handler,
    upgrade: options.upgrade ?? refuseUpgrade,
  }
  let rays = 0
  const listening = createRouter(
    { api: handler, control: handler, edge },
    {
      world,
      accounts: createAccounts(),
      names: { apiHosts: new Set(['emulator']), isServedByEdge: (host) => hosts.includes(host) },
      nextRay: () => `${String(++rays).padStart(16, '0')}-EMU`,
      log: { info: () => {}, warn: note, error: note },
      ...options,
      stateHome,
    },
  )
  await listening.listen(0, '127.0.0.1')
  onTestFinished(() => listening.close())
  const { port } = listening.address()
  return {
    port,
    stateHome,
    warnings,
    ca: async () => (await openCa({ stateHome, world })).certPem,
  }
}

export function connect(port: number): Socket {
  const socket = net.connect({ port, host: '127.0.0.1', allowHalfOpen: true })
  socket.on('error', () => {})
  onTestFinished(() => {
    socket.destroy()
  })
  return socket
}

/** Everything the server sends on a raw connection until it closes it. */
export async function exchange(port: number, bytes: string | Buffer): Promise<string> {
  const socket = connect(port)
  socket.write(bytes)
  return (await received(socket)).toString('latin1')
}

export async function received(socket: Socket): Promise<Buffer> {
  const pieces: Buffer[] = []
  socket.on('data', (piece: Buffer) => pieces.push(piece))
  socket.once('end', () => socket.end())
  // A reset closes it too.
  if (!socket.destroyed) await new Promise((closed) => socket.once('close', closed))
  return Buffer.concat(pieces)
}

/** Waits until the data contains `wanted`, and returns all of it. */
export async function until(socket: Duplex, wanted: string): Promise<string> {
  let came = ''
  for await (const piece of socket.iterator({ destroyOnReturn: false })) {
    came += (piece as Buffer).toString('latin1')
    if (came.includes(wanted)) return came
  }
  throw new Error(`The connection ended after: ${came}`)
}

/** Opens a tunnel through the server's proxy. */
export async function tunnel(port: number, authority: string): Promise<Socket> {
  const socket = connect(port)
  socket.write(`CONNECT ${authority} HTTP/1.1\r\nHost: ${authority}\r\n\r\n`)
  const head = await until(socket, '\r\n\r\n')
  if (!head.startsWith('HTTP/1.1 200 ')) throw new Error(head)
  return socket
}

/** A TLS connection for a name, verified against the server's own root. */
export async function secureTo(
  listening: TestServer,
  servername: string | undefined,
  options: ConnectionOptions = {},
): Promise<TLSSocket> {
  const socket = tls.connect({
    ...(options.socket === undefined ? { port: listening.port, host: '127.0.0.1' } : {}),
    ...(servername === undefined ? {} : { servername }),
    ca: await listening.ca(),
    ALPNProtocols: ['http/1.1'],
    ...options,
  })
  onTestFinished(() => {
    socket.destroy()
  })
  await once(socket, 'secureConnect')
  return socket
}

/** The bytes of a valid ClientHello, from a client that talks to a dummy server. */
export async function helloOf(servername: string | null = 'app.example.com'): Promise<Buffer> {
  const server = net.createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  const client = tls.connect({
    port: address.port,
    host: '127.0.0.1',
    ALPNProtocols: ['h2'],
    ...(servername !== null && { servername }),
  })
  client.on('error', () => {})
  const [socket] = (await once(server, 'connection')) as [Socket]
  const [bytes] = (await once(socket, 'data')) as [Buffer]
  client.destroy()
  socket.destroy()
  server.close()
  return bytes
}

export async function http2To(
  listening: TestServer,
  servername: string,
  options: http2.ClientSessionOptions = {},
): Promise<ClientHttp2Session> {
  const socket = await secureTo(listening, servername, { ALPNProtocols: ['h2'] })
  const session = http2.connect(`https://${servername}`, {
    ...options,
    createConnection: () => socket,
  })
  session.on('error', () => {})
  onTestFinished(() => session.destroy())
  return session
}

export interface Answer2 {
  readonly status: number | undefined
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

/** One request on an HTTP/2 session, without a body. */
export async function ask2(
  session: ClientHttp2Session,
  headers: Record<string, string | string[]>,
): Promise<Answer2> {
  const stream = session.request(headers)
  const [answered] = (await once(stream, 'response')) as [IncomingHttpHeaders]
  return { status: Number(answered[':status']), headers: answered, body: await text(stream) }
}

/** Runs a command to its end; failures are returned too. */
export function run(
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<{ readonly code: number; readonly out: string; readonly err: string }> {
  return new Promise((resolve) => {
    execFile(
      command,
      args,
      { env: { PATH: process.env.PATH, ...env }, timeout: 60_000 },
      (error, out, err) => {
        const code = error === null ? 0 : typeof error.code === 'number' ? error.code : -1
        resolve({ code, out, err })
      },
    )
  })
}
