/** One port for plain HTTP, TLS and CONNECT. Passes each request on with its target. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { once } from '../../contracts/declaration/endpoint.ts'
import { endWithReply } from '../http/raw.ts'
import { type AnswerMark, type Reply, write } from '../http/reply.ts'
import type { Log } from '../world/log.ts'
import type { World } from '../world/world.ts'
import { declineUpgrade, isWebSocket } from './decline-upgrade.ts'
import { createDrain } from './drain.ts'
import { hostKind, withoutLocalhost } from './hosts.ts'
import { defaultLimits, type Limits, maxHeaderSize } from './limits.ts'
import { createListener } from './listener.ts'
import { handleConnects } from './proxy/connect.ts'
import type { Dial } from './proxy/passthrough.ts'
import { type ProxyRules, proxyTarget } from './proxy/proxy-target.ts'
import { busy, noExpectation, refuseTls, unreadable } from './refusals.ts'
import { type ConnectionInfo, type RequestTarget, readRequestTarget } from './request-target.ts'

export interface EmulatorServerOptions {
  readonly world: Pick<World, 'wallNow'>
  readonly rules: ProxyRules
  /** The CAs, as PEM, of a host's TLS clients, which are asked for a certificate if there are any; by default, none. */
  readonly clientAuthorities?: (host: string) => readonly string[]
  readonly mark: () => AnswerMark
  /** Called with each answer that the server gives itself; without the request if it could not be read. */
  readonly answered?: (reply: Reply, mark: AnswerMark, request: IncomingMessage | undefined) => void
  readonly log: Log
  /** The folder that holds the local CA. Default: `XDG_STATE_HOME`. */
  readonly stateHome?: string | undefined
  readonly limits?: Partial<Limits> | undefined
  /** Connects to hosts of `rules.passthrough`. */
  readonly dial: () => Dial
}

/** A target that was not refused: refused requests never reach a handler. */
export type ServedTarget = Exclude<RequestTarget, { readonly kind: 'refused' }>

/** One that names a host that we serve, or might. */
export type TargetAtHost = Extract<RequestTarget, { readonly kind: 'served' }>

export interface ServerHandlers {
  request(request: IncomingMessage, response: ServerResponse, entry: ServedTarget): void
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer, entry: ServedTarget): void
}

export interface EmulatorServer {
  answer(request: IncomingMessage, response: ServerResponse, reply: Reply): void
  /** @param request the request, if it could be read */
  refuse(socket: Duplex, reply: Reply, request?: IncomingMessage): void
  /** @throws Error with the system's `code` if the port is in use or not permitted */
  listen(port: number, host: string): Promise<void>
  address(): AddressInfo
  /**
   * Goes on serving for `graceMs`, each answer the last on its connection. Then accepts no more, and resolves once what is
   * in progress is answered, or has taken too long.
   */
  drain(graceMs: number): Promise<void>
  /** Ends every connection. */
  close(): Promise<void>
}

export function createEmulatorServer(
  behind: ServerHandlers,
  options: EmulatorServerOptions,
): EmulatorServer {
  const { world, rules, mark, log, stateHome, dial, clientAuthorities = () => [] } = options
  const { names } = rules
  const limits = { ...defaultLimits, ...options.limits }
  const connections = new WeakMap<Duplex, ConnectionInfo>()
  const entering = {
    names,
    proxied: (authority: Parameters<typeof proxyTarget>[0], remoteAddress: string | undefined) =>
      proxyTarget({ port: 80, ...authority }, remoteAddress, rules),
  }
  const marked = (reply: Reply, request: IncomingMessage | undefined): AnswerMark => {
    const at = mark()
    options.answered?.(reply, at, request)
    return at
  }
  const answer = (request: IncomingMessage, response: ServerResponse, reply: Reply) =>
    write(request, response, reply, marked(reply, request))
  const refuse = (socket: Duplex, reply: Reply, request?: IncomingMessage) =>
    endWithReply(socket, reply, marked(reply, request))

  const refused = new WeakSet<Duplex>()

  const http = createServer(
    {
      maxHeaderSize,
      keepAliveTimeout: limits.idleMs,
      headersTimeout: limits.headersMs,
      requestTimeout: limits.requestMs,
      connectionsCheckingInterval: limits.sweepMs,
      // Node's own answer to a missing Host, like that to an Expect below, would carry the wall clock's date.
      requireHostHeader: false,
    },
    (request, response) => {
      // What follows a request of ambiguous length may be part of its body.
      if (refused.has(request.socket)) return
      const entry = readRequestTarget(request, connections.get(request.socket), entering)
      if (entry.kind === 'refused') {
        // The parser continues reading, and may report an error in this same request.
        if (entry.reply.headers.connection === 'close') refused.add(request.socket)
        answer(request, response, entry.reply)
      } else {
        behind.request(request, response, entry)
      }
    },
  )
  const drain = createDrain(http)
  http.on('checkExpectation', (request: IncomingMessage, response: ServerResponse) =>
    answer(request, response, noExpectation),
  )
  http.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    if (!isWebSocket(request)) {
      declineUpgrade(request, socket, head)
      http.emit('connection', socket)
      return
    }
    const entry = readRequestTarget(request, connections.get(socket), entering)
    if (entry.kind === 'refused') refuse(socket, entry.reply, request)
    else behind.upgrade(request, socket, head, entry)
  })
  http.on('clientError', (error: NodeJS.ErrnoException, socket: Duplex) => {
    // Emitted again for each further chunk of a refused request, which is read and discarded.
    if (refused.has(socket)) return
    if (error.code === 'ECONNRESET' || !socket.writable) socket.destroy()
    else refuse(socket, unreadable(error.code))
    refused.add(socket)
  })
  const secure = once(async () => {
    const { createTlsEndpoint: createSecure } = await import('./tls/tls.ts')
    const refused = (reply: Reply) => marked(reply, undefined)
    return createSecure({
      world,
      stateHome,
      limits,
      maxHeaderSize,
      http,
      connections,
      refused,
      sessions: drain.sessions,
      clientAuthorities: (sni) => clientAuthorities(withoutLocalhost(sni)),
    })
  })
  const listener = createListener({
    limits,
    plain(socket, tunnel) {
      if (tunnel !== undefined) connections.set(socket, { tls: false, tunnel })
      http.emit('connection', socket)
    },
    async secure(hello, settled) {
      const { socket, sni } = hello
      if (sni !== undefined && hostKind(withoutLocalhost(sni), names) === 'nowhere') {
        log.warn({ name: sni }, 'refused TLS: the emulator does not serve this name')
        refuseTls(socket, 'unrecognizedName')
        return
      }
      try {
        await (await secure())(hello, settled)
      } catch (error) {
        log.error({ err: error }, 'no certificate: the local CA cannot be read or created')
        refuseTls(socket, 'internalError')
      }
    },
    garbage: (socket) => refuseTls(socket, 'decodeError'),
    busy: (socket) => refuse(socket, busy),
  })
  handleConnects(http, { rules, connections, dial, refuse, enter: listener.enter })

  return {
    answer,
    refuse,
    listen: (port, host) =>
      new Promise((resolve, reject) => {
        listener.server.once('error', reject)
        listener.server.listen(port, host, () => {
          listener.server.off('error', reject)
          // Starts Node's checks for slow and idle connections: this HTTP server itself never listens.
          http.emit('listening')
          resolve()
        })
      }),
    address() {
      const address = listener.server.address()
      if (address === null || typeof address === 'string')
        throw new Error('The server is not listening.')
      return address
    },
    async drain(graceMs) {
      await drain.begin(graceMs)
      listener.server.close()
      await drain.finish(limits.drainMs)
    },
    close: () =>
      new Promise((resolve) => {
        drain.abandon()
        listener.server.close(() => resolve())
        http.close()
        listener.closeAll()
      }),
  }
}
