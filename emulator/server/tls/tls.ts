/** TLS at the door: certificates by name, and behind them HTTP/1.1 or HTTP/2. Loaded with the first ClientHello. */
import type { Server } from 'node:http'
import { performServerHandshake, type ServerHttp2Stream } from 'node:http2'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { createSecureContext, createServer, type SecureContext, type TLSSocket } from 'node:tls'
import type { World } from '../../world.ts'
import type { Limits } from '../limits.ts'
import type { TlsClient } from '../listener.ts'
import type { ConnectionInfo } from '../request-target.ts'
import { type Ca, type LeafCertificate, openCa } from './ca.ts'
import { type BridgeOptions, createBridge } from './http2.ts'

export interface TlsOptions {
  readonly world: Pick<World, 'wallNow'>
  readonly stateHome: string | undefined
  readonly limits: Limits
  readonly maxHeaderSize: number
  readonly http: Server
  readonly ways: WeakMap<Duplex, ConnectionInfo>
  readonly refused: BridgeOptions['refused']
}

/** Takes a connection whose ClientHello is read. @throws Error where the authority cannot be read or made */
export type TlsEndpoint = (hello: TlsClient, settled: () => void) => Promise<void>

interface Arriving {
  readonly way: ConnectionInfo
  readonly settled: () => void
}

/** Who names no host came by address. */
const nameless = 'localhost'

export function createTlsEndpoint(options: TlsOptions): TlsEndpoint {
  const { limits, http, ways, maxHeaderSize } = options
  const certificates = createCertificates(options)
  /** Connections whose handshake is under way, by `keyOf`. */
  const arriving = new Map<string, Arriving>()
  let current: LeafCertificate | undefined

  const server = createServer(
    {
      ALPNProtocols: ['h2', 'http/1.1'],
      SNICallback(name, done) {
        certificates.of(name.toLowerCase().replace(/\.$/, '')).then(
          ({ context }) => done(null, context),
          (error: Error) => done(error),
        )
      },
    },
    (socket) => {
      const { way, settled } = arriving.get(keyOf(socket)) ?? { way: { tls: true } }
      settled?.()
      socket.on('error', () => socket.destroy())
      if (socket.alpnProtocol === 'h2') {
        serveHttp2(socket, way)
      } else {
        ways.set(socket, way)
        // A client of HTTP/1.1 may close its half and wait for the answer.
        socket.allowHalfOpen = true
        http.emit('connection', socket)
      }
    },
  )
  server.on('tlsClientError', (_, socket) => socket.destroy())

  const serveHttp2 = (socket: TLSSocket, way: ConnectionInfo) => {
    const { remoteAddress, localPort } = socket
    const session = performServerHandshake(socket, {
      // A browser sends each cookie as a header of its own.
      maxHeaderListPairs: 1000,
      settings: {
        maxConcurrentStreams: 128,
        // One header alone may have no more than 64 KB: that is fixed in Node's nghttp2.
        maxHeaderListSize: maxHeaderSize,
        initialWindowSize: 1024 * 1024,
      },
    })
    const bridge = createBridge({
      http,
      maxHeaderSize,
      peer: { remoteAddress, localPort },
      arrived: (far) => ways.set(far, way),
      refused: options.refused,
    })
    session.on('error', () => session.destroy())
    let streams = 0
    // Not the session's own timeout: a ping, or a piece of a header block, would begin that again.
    const idle = setTimeout(() => {
      if (streams === 0) session.close()
    }, limits.idleMs).unref()
    session.once('close', () => clearTimeout(idle))
    // A client that is gone may have said so by an end alone, and a half of HTTP/2 is of use to nobody.
    socket.once('end', () => session.destroy())
    session.once('close', bridge.close)
    session.on(
      'stream',
      (stream: ServerHttp2Stream, _: object, __: number, raw: readonly string[]) => {
        streams += 1
        stream.once('close', () => {
          streams -= 1
          if (streams === 0) idle.refresh()
        })
        bridge.carry(stream, raw)
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
    // The server's events name another socket, which wraps this one and has its addresses.
    const key = keyOf(socket)
    arriving.set(key, { way: { tls: true, sni, tunnel }, settled })
    // Who leaves within the handshake waits for nothing.
    socket.allowHalfOpen = false
    socket.once('close', () => arriving.delete(key))
    server.emit('connection', socket)
  }
}

function keyOf({ remoteAddress, remotePort, localAddress }: Socket): string {
  return `${remoteAddress} ${remotePort} ${localAddress}`
}

interface Certificate {
  readonly leaf: LeafCertificate
  readonly context: SecureContext
}

const minute = 60_000
/** Far less than a leaf lives. */
const freshFor = 24 * 60 * minute
const mostNames = 500

function createCertificates({ world, stateHome }: TlsOptions) {
  let opened: { readonly ca: Promise<Ca>; readonly atMs: number } | undefined
  let signers = ''
  const made = new Map<
    string,
    { readonly certificate: Promise<Certificate>; readonly atMs: number }
  >()

  /** Looks at the folder again each minute: another process may have renewed the root, or somebody removed it, or `ca` made another. */
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
    return { leaf, context: createSecureContext({ cert: leaf.certPem, key: leaf.keyPem }) }
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
