/** HTTP/2 to origins: with prior knowledge (`h2c`), or if an https origin chooses it in the TLS handshake. */
import type { ClientHttp2Session, ClientHttp2Stream, OutgoingHttpHeaders } from 'node:http2'
import net, { type LookupFunction, type Socket } from 'node:net'
import { once } from '../../../contracts/declaration/endpoint.ts'
import { endpointOf } from '../endpoint.ts'
import { disconnected } from './failures.ts'
import type { Timeouts } from './watch.ts'

export type RemoteOrigin = { readonly kind: 'url' | 'h2c'; readonly url: URL }

/** One session with an origin. */
export interface Http2Connection {
  /** @throws if a header cannot be sent, or the session ended in the meantime */
  request(
    headers: OutgoingHttpHeaders,
    options: { readonly endStream: boolean; readonly waitForTrailers: boolean },
  ): ClientHttp2Stream
}

export interface Http2Origins {
  /**
   * A connection with room for one more stream, or `http/1.1` if the https origin chose that. Asynchronous until the origin has
   * been reached once. Rejects with an error for `originFailureOf`.
   */
  reach(origin: RemoteOrigin): Http2Connection | 'http/1.1' | Promise<unknown>
  /** Makes the next request negotiate again: the origin may have been restarted as another server. */
  forget(url: URL): void
  close(): void
}

interface Peer {
  speaks: 'h2' | 'http/1.1' | undefined
  readonly connections: Set<PooledHttp2>
  opening: Promise<unknown> | undefined
}

interface PooledHttp2 extends Http2Connection {
  hasRoom(): boolean
  end(): void
}

/** In bytes; far more than a gRPC call needs at once, far less than a slow reader could otherwise make the emulator buffer. */
const windowSize = 1024 * 1024
/** A session announces that it closes, unlike an idle HTTP/1.1 connection, so it can be kept longer. */
const idleMs = 60_000

export function createHttp2Origins(timeouts: Timeouts, lookup?: LookupFunction): Http2Origins {
  const http2 = once(() => process.getBuiltinModule('node:http2'))
  const peers = new Map<URL, Peer>()
  let isClosed = false

  /** Resolves with the socket once the origin is connected and, over TLS, has chosen its protocol. */
  const connect = ({ kind, url }: RemoteOrigin) =>
    new Promise<{ readonly socket: Socket; readonly speaks: Peer['speaks'] }>((resolve, reject) => {
      const isTls = kind === 'url' && url.protocol === 'https:'
      const { host, port } = endpointOf(url)
      const at = { host, port, ...(lookup && { lookup }) }
      const socket: Socket = isTls
        ? process.getBuiltinModule('node:tls').connect({
            ...at,
            ALPNProtocols: ['h2', 'http/1.1'],
            ...(net.isIP(host) === 0 && { servername: host }),
          })
        : net.connect(at)
      socket.setNoDelay(true)
      limit(socket, timeouts)
      socket.once('error', reject)
      socket.once('close', () => reject(disconnected()))
      socket.once(isTls ? 'secureConnect' : 'connect', () => {
        const chosen = 'alpnProtocol' in socket ? socket.alpnProtocol : undefined
        resolve({ socket, speaks: !isTls || chosen === 'h2' ? 'h2' : 'http/1.1' })
      })
    })

  const open = async (origin: RemoteOrigin, peer: Peer) => {
    const { socket, speaks } = await connect(origin)
    peer.speaks = speaks
    // The next request opens its own connection, as an HTTP/1.1 agent does.
    if (speaks === 'http/1.1') socket.destroy()
    else await converse(origin.url, socket, peer)
    if (isClosed) for (const connection of peer.connections) connection.end()
  }

  /** Waits for the origin's settings, which show that it speaks HTTP/2 and how many streams it allows. */
  const converse = (url: URL, socket: Socket, peer: Peer) =>
    new Promise<void>((resolve, reject) => {
      const session = http2().connect(url, {
        createConnection: () => socket,
        maxHeaderListPairs: 1000,
        settings: { enablePush: false, initialWindowSize: windowSize },
      })
      session.once('error', reject)
      session.on('error', () => session.destroy())
      session.once('close', () => reject(disconnected()))
      session.once('remoteSettings', () => {
        socket.setTimeout(0)
        session.setLocalWindowSize(windowSize)
        const connection = createConnection(session)
        peer.connections.add(connection)
        session.once('close', () => peer.connections.delete(connection))
        resolve()
      })
    })

  return {
    reach(origin) {
      let peer = peers.get(origin.url)
      if (peer === undefined) {
        peer = { speaks: undefined, connections: new Set(), opening: undefined }
        peers.set(origin.url, peer)
      }
      if (peer.speaks === 'http/1.1') return 'http/1.1'
      for (const connection of peer.connections) if (connection.hasRoom()) return connection
      const { opening = open(origin, peer) } = peer
      peer.opening = opening
      const settled = () => {
        if (peer.opening === opening) peer.opening = undefined
      }
      opening.then(settled, settled)
      return opening
    },
    forget(url) {
      const peer = peers.get(url)
      if (peer?.speaks === 'http/1.1') peer.speaks = undefined
    },
    close() {
      isClosed = true
      for (const { connections } of peers.values()) {
        for (const connection of connections) connection.end()
      }
    },
  }
}

function createConnection(session: ClientHttp2Session): PooledHttp2 {
  let streams = 0
  session.setTimeout(idleMs, () => {
    if (streams === 0) session.close()
  })
  return {
    hasRoom() {
      const most = session.remoteSettings.maxConcurrentStreams ?? Number.POSITIVE_INFINITY
      return !session.closed && !session.destroyed && streams < Math.max(1, most)
    },
    request(headers, options) {
      const stream = session.request(headers, options)
      streams += 1
      stream.once('close', () => {
        streams -= 1
      })
      return stream
    },
    end: () => session.destroy(),
  }
}

/** Limits the time for TCP, then for TLS and the settings, as for a connection and an answer over HTTP/1.1. */
function limit(socket: Socket, { connect, response }: Timeouts): void {
  const expire = (code: string) => () =>
    socket.destroy(Object.assign(new Error('The origin took too long.'), { code }))
  const refuseTcp = expire('ETIMEDOUT')
  // Not the socket's own timeout, which starts only when it is connected.
  const timer = setTimeout(refuseTcp, connect)
  socket.once('close', () => clearTimeout(timer))
  socket.once('connect', () => {
    clearTimeout(timer)
    socket.setTimeout(response, expire('ETIME'))
  })
}
