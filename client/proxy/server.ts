/** A proxy on loopback for one application, which adds the token or the pair. */
import { createServer, type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { AccessUsageError } from '../transport/errors.ts'
import { failureOf, type ProxyContext, passOn } from './exchange.ts'
import { type Refusal, refusalOf } from './refusal.ts'
import { passUpgrade } from './upgrade.ts'

export interface LoginProxyOptions extends ProxyContext {
  /** 0: any free port. */
  readonly port: number
  /** Called for each request that was not forwarded or got no response. */
  report(line: string): void
}

export interface LocalProxy {
  readonly url: string
  /** Closes all connections. */
  close(): Promise<void>
}

/** @throws AccessUsageError if the port is taken */
export async function startProxy(options: LoginProxyOptions): Promise<LocalProxy> {
  const { report, dispatcher } = options
  const server = createServer()
  // Uploads may take any amount of time.
  server.requestTimeout = 0
  await new Promise<void>((resolve, reject) => {
    server.once('error', ({ message }) => {
      const todo = 'Choose another with --port, or 0 for any free port.'
      reject(new AccessUsageError({ what: `Port ${options.port}: ${message}.`, todo }))
    })
    server.listen(options.port, '127.0.0.1', resolve)
  })
  const { port } = server.address() as AddressInfo
  const tunnels = new Set<Duplex>()

  const told = (request: IncomingMessage, { status, text }: Refusal) =>
    report(`${status} ${request.method} ${request.url?.split('?')[0]}: ${text}`)

  server.on('request', async (request, response) => {
    const refusal = refusalOf(request, port)
    try {
      if (refusal === undefined) await passOn(options, request, response)
      else {
        told(request, refusal)
        answer(response, refusal)
      }
    } catch (error) {
      // The client has disconnected, or the response broke off after its headers.
      if (response.headersSent || response.destroyed) return void response.destroy()
      const failure = failureOf(error)
      told(request, failure)
      answer(response, failure)
    }
  })

  server.on('upgrade', async (request, socket, head) => {
    tunnels.add(socket)
    socket.once('close', () => tunnels.delete(socket))
    socket.on('error', () => socket.destroy())
    try {
      const refusal = refusalOf(request, port) ?? notWebSocket(request)
      if (refusal === undefined) await passUpgrade(options, request, socket, head)
      else {
        told(request, refusal)
        answerSocket(socket, refusal)
      }
    } catch (error) {
      const failure = failureOf(error)
      told(request, failure)
      answerSocket(socket, failure)
    }
  })

  server.on('connect', (request, socket) => {
    const text = 'This is not a proxy for other hosts: CONNECT is refused.'
    const refusal = { status: 405, code: 'connect_refused', text }
    told(request, refusal)
    answerSocket(socket, refusal)
  })

  return {
    url: `http://127.0.0.1:${port}`,
    async close() {
      const closed = new Promise((resolve) => server.close(resolve))
      server.closeAllConnections()
      for (const socket of tunnels) socket.destroy()
      await Promise.all([closed, dispatcher.destroy()])
    },
  }
}

function notWebSocket({ headers, method }: IncomingMessage): Refusal | undefined {
  if (method === 'GET' && headers.upgrade?.toLowerCase() === 'websocket') return undefined
  return { status: 501, code: 'upgrade_refused', text: 'The only supported upgrade is WebSocket.' }
}

/** The header `access-client-error` distinguishes it from the application's responses. */
function headersOf({ code, text }: Refusal) {
  return {
    'content-type': 'text/plain; charset=utf-8',
    'content-length': String(Buffer.byteLength(`${text}\n`)),
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    'access-client-error': code,
    connection: 'close',
  }
}

function answer(response: ServerResponse, refusal: Refusal): void {
  response.writeHead(refusal.status, headersOf(refusal))
  response.end(`${refusal.text}\n`)
}

function answerSocket(socket: Duplex, refusal: Refusal): void {
  const { status, text } = refusal
  const lines = Object.entries(headersOf(refusal)).map(([name, value]) => `${name}: ${value}\r\n`)
  socket.on('error', () => socket.destroy())
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines.join('')}\r\n${text}\n`)
}
