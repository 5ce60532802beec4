/** Terminates TLS, with a certificate per name, and serves HTTP/1.1 or HTTP/2. Loaded on the first ClientHello. */
import type { Server } from 'node:http'
import { performServerHandshake, type ServerHttp2Session, type ServerHttp2Stream } from 'node:http2'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { createSecureContext, createServer, type SecureContext, type TLSSocket } from 'node:tls'
import { once } from '../../../contracts/declaration/endpoint.ts'
import type { World } from '../../world/world.ts'
import type { Limits } from '../limits.ts'
import type { TlsClient } from '../listener.ts'
import type { ConnectionInfo } from '../request-target.ts'
import { type Ca, type LeafCertificate, openCa } from './ca.ts'
import { type StreamOptions, serveStream } from './http2.ts'

export interface TlsOptions {
  readonly world: Pick<World, 'wallNow'>
  readonly stateHome: string | undefined
  readonly limits: Limits
  readonly maxHeaderSize: number
  /** Serves the requests of every connection. */
  readonly http: Server
  readonly connections: WeakMap<Duplex, ConnectionInfo>
  readonly refused: StreamOptions['refused']
  /** Those that are open. */
  readonly sessions: Set<ServerHttp2Session>
  /** The CAs, as PEM, that issue certificates to clients of a server name; without any, none is asked for. */
  readonly clientAuthorities: (sni: string) => readonly string[]
}

/** Takes a connection whose ClientHello was read. @throws Error if the authority cannot be read or created */
export type TlsEndpoint = (hello: TlsClient, settled: () => void) => Promise<void>

interface Arriving {
  readonly connection: ConnectionInfo
  readonly settled: () => void
}

/** Without a server name, the client connected by IP address. */
const nameless = 'localhost'

export function createTlsEndpoint(options: TlsOptions): TlsEndpoint {
  const { limits, http, connections, maxHeaderSize } = options
  const certificates = createCertificates(options)
  /** Connections whose handshake is in progress, by `keyOf`. */
  const arriving = new Map<string, Arriving>()
  let current: LeafCertificate | undefined

  /** A client that is asked for a certificate may go without one, and none is refused here: the edge verifies. */
  const asking = { requestCert: true, rejectUnauthorized: false }

  const makeServer = (asks: boolean) => {
    const server = createServer(
      {
        ...(asks ? asking : {}),
        ALPNProtocols: ['h2', 'http/1.1'],
        SNICallback(name, done) {
          const plain = name.toLowerCase().replace(/\.$/, '')
          certificates
            .of(plain)
            .then(({ context, askingContext }) =>
              asks ? askingContext(options.clientAuthorities(plain)) : context,
            )
            .then(
              (context) => done(null, context),
              (error: Error) => done(error),
            )
        },
      },
      (socket) => {
        const { connection: known, settled } = arriving.get(keyOf(socket)) ?? {
          connection: { tls: true },
        }
        settled?.()
        const certificate = asks ? socket.getPeerX509Certificate() : undefined
        const connection = { ...known, client: { certificate } }
        socket.on('error', () => socket.destroy())
        if (socket.alpnProtocol === 'h2') {
          serveHttp2(socket, connection)
        } else {
          connections.set(socket, connection)
          // An HTTP/1.1 client may half-close and wait for the answer.
          socket.allowHalfOpen = true
          http.emit('connection', socket)
        }
      },
    )
    server.on('tlsClientError', (_, socket) => socket.destroy())
    return server
  }
  const server = makeServer(false)
  const askingServer = once(() => makeServer(true))

  const serveHttp2 = (socket: TLSSocket, connection: ConnectionInfo) => {
    const session = performServerHandshake(socket, {
      // Browsers send each cookie as a separate field.
      maxHeaderListPairs: 1000,
      settings: {
        maxConcurrentStreams: 128,
        // A single field is limited to 64 KB, which is fixed in Node's nghttp2.
        maxHeaderListSize: maxHeaderSize,
        initialWindowSize: 1024 * 1024,
      },
    })
    connections.set(socket, connection)
    session.on('error', () => session.destroy())
    options.sessions.add(session)
    let streams = 0
    // Not the session's own timeout, which a ping or part of a header block would reset.
    const idle = setTimeout(() => {
      if (streams === 0) session.close()
    }, limits.idleMs).unref()
    session.once('close', () => {
      clearTimeout(idle)
      options.sessions.delete(session)
    })
    // A client may disconnect with just an end, and a half-closed HTTP/2 connection is useless.
    socket.once('end', () => session.destroy())
    session.on(
      'stream',
      (stream: ServerHttp2Stream, _: object, __: number, raw: readonly string[]) => {
        streams += 1
        stream.once('close', () => {
          streams -= 1
          if (streams === 0) idle.refresh()
        })
        serveStream(stream, raw, socket, options)
      },
    )
  }

  return async ({ socket, sni, tunnel }, settled) => {
    const certificate = await certificates.of(sni ?? nameless)
    if (socket.destroyed) return
    if (sni === undefined && certificate.leaf !== current) {
      current = certificate.leaf
      server.setSecureContext({ cert: current.certPem, key: current.keyPem })
    }
    // The server emits events with a different socket, which wraps this one and has the same addresses.
    const key = keyOf(socket)
    arriving.set(key, { connection: { tls: true, sni, tunnel }, settled })
    // A client that closes during the handshake expects no answer.
    socket.allowHalfOpen = false
    socket.once('close', () => arriving.delete(key))
    const asks = sni !== undefined && options.clientAuthorities(sni).length > 0
    const to = asks ? askingServer() : server
    to.emit('connection', socket)
  }
}

function keyOf({ remoteAddress, remotePort, localAddress }: Socket): string {
  return `${remoteAddress} ${remotePort} ${localAddress}`
}

interface Certificate {
  readonly leaf: LeafCertificate
  readonly context: SecureContext
  /** For clients that are asked for a certificate, by CAs that they are told: sessions of others cannot be resumed in it. */
  readonly askingContext: (authorities: readonly string[]) => SecureContext
}

const minute = 60_000
/** How long a certificate is reused: far less than a leaf's lifetime. */
const freshFor = 24 * 60 * minute
const mostNames = 500

function createCertificates({ world, stateHome }: TlsOptions) {
  let opened: { readonly ca: Promise<Ca>; readonly atMs: number } | undefined
  let signers = ''
  const made = new Map<
    string,
    { readonly certificate: Promise<Certificate>; readonly atMs: number }
  >()

  /** Rereads the folder every minute: another process may have renewed or removed the root, or `ca` may have made a new one. */
  const authority = async (nowMs: number): Promise<Ca> => {
    if (opened === undefined || Math.abs(nowMs - opened.atMs) > minute) {
      opened = { ca: openCa({ stateHome, world }), atMs: nowMs }
    }
    try {
      const ca = await opened.ca
      if (ca.signers !== signers) made.clear()
      signers = ca.signers
      return ca
    } catch (error) {
      opened = undefined
      throw error
    }
  }

  const make = async (ca: Ca, name: string): Promise<Certificate> => {
    const leaf = await ca.leafFor(name)
    const files = { cert: leaf.certPem, key: leaf.keyPem }
    let asking: { readonly ca: string; readonly context: SecureContext } | undefined
    return {
      leaf,
      context: createSecureContext(files),
      askingContext(authorities) {
        const ca = authorities.join('\n')
        if (asking?.ca !== ca) {
          // Without the context of its sessions, OpenSSL refuses to resume one that may have a client certificate.
          const options = { ...files, ca, sessionIdContext: 'client certificates' }
          asking = { ca, context: createSecureContext(options) }
        }
        return asking.context
      },
    }
  }

  return {
    async of(name: string): Promise<Certificate> {
      const nowMs = world.wallNow()
      const ca = await authority(nowMs)
      const before = made.get(name)
      if (before !== undefined && Math.abs(nowMs - before.atMs) < freshFor)
        return before.certificate
      const [oldest] = made.keys()
      if (made.size >= mostNames && oldest !== undefined) made.delete(oldest)
      const certificate = make(ca, name)
      made.set(name, { certificate, atMs: nowMs })
      certificate.catch(() => made.delete(name))
      return certificate
    },
  }
}
