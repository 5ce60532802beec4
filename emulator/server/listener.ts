/** The listener: counts connections, looks at the first byte of each, and hands it on as plain HTTP or as TLS. */
import { createServer, type Server, type Socket } from 'node:net'
import { once } from '../../contracts/endpoint.ts'
import { type Limits, openFileLimit } from './limits.ts'
import { handshakeRecord, readHello } from './tls/client-hello.ts'

export interface ListenerOptions {
  readonly limits: Limits
  plain(socket: Socket, tunnel: string | undefined): void
  /** The ClientHello is whole, and unread again. `settled` is to be called at the end of the handshake. */
  secure(hello: TlsClient, settled: () => void): void
  garbage(socket: Socket): void
  busy(socket: Socket): void
}

/** A client that has asked for TLS. */
export interface TlsClient {
  readonly socket: Socket
  /** The name in the ClientHello. */
  readonly sni: string | undefined
  readonly tunnel: string | undefined
}

export interface Listener {
  readonly server: Server
  /** Looks at the first byte of a connection, or of what a CONNECT to `tunnel` has opened within one. */
  enter(socket: Socket, tunnel?: string): void
  closeAll(): void
}

/** Connections that are being told that there are too many. */
const spare = 32
/** So few fit into any limit, and nobody needs to ask the system for it. */
const few = 64

const ignore = () => {}

export function createListener(options: ListenerOptions): Listener {
  const { limits } = options
  const sockets = new Set<Socket>()
  /** Those of which nothing has been read yet, the oldest first. */
  const silent = new Set<Socket>()

  const handshakes = createHandshakes(limits)

  const enter = (socket: Socket, tunnel?: string) => {
    silent.add(socket)
    const drop = () => socket.destroy()
    const leave = () => {
      silent.delete(socket)
      socket.setTimeout(0)
      socket.off('timeout', drop).off('end', drop).off('close', leave).off('data', look)
    }
    let seen: Buffer | undefined
    const handOn = (bytes: Buffer, receiver: () => void) => {
      leave()
      socket.pause()
      socket.unshift(bytes)
      receiver()
    }
    const look = (chunk: Buffer) => {
      silent.delete(socket)
      const bytes = seen === undefined ? chunk : Buffer.concat([seen, chunk])
      if (bytes[0] !== handshakeRecord) {
        handOn(bytes, () => options.plain(socket, tunnel))
        socket.resume()
        return
      }
      const settled = handshakes.begin(socket)
      const hello = readHello(bytes)
      if (hello.kind === 'partial') seen = bytes
      else if (hello.kind === 'garbage') handOn(bytes, () => options.garbage(socket))
      else handOn(bytes, () => options.secure({ socket, sni: hello.name, tunnel }, settled))
    }
    socket.setTimeout(limits.firstByteMs)
    socket.on('timeout', drop).on('end', drop).on('close', leave).on('data', look)
  }

  // Half of the open files: a connection may need another one to its origin, and files are for the state too.
  const most = once(() => Math.min(limits.connections, Math.floor(openFileLimit() / 2) - spare))
  const isFull = () => sockets.size >= Math.min(limits.connections, few) && sockets.size >= most()

  const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    // Whoever has the connection listens too; between two of them nobody would.
    socket.on('error', ignore)
    if (isFull()) {
      const [oldest] = silent
      if (oldest === undefined) {
        options.busy(socket)
        return
      }
      silent.delete(oldest)
      sockets.delete(oldest)
      oldest.destroy()
    }
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
    enter(socket)
  })
  server.maxConnections = limits.connections + spare

  return {
    server,
    enter,
    closeAll() {
      for (const socket of sockets) socket.destroy()
    },
  }
}

/** Handshakes under way, the oldest first: how many there may be, and for how long. */
function createHandshakes({ handshakes, handshakeMs }: Limits) {
  const ends = new Map<Socket, () => void>()
  return {
    /** Begins once for each connection, and gives what ends it. */
    begin(socket: Socket): () => void {
      const begun = ends.get(socket)
      if (begun !== undefined) return begun
      const [oldest] = ends.keys()
      if (oldest !== undefined && ends.size >= handshakes) oldest.destroy()
      const timer = setTimeout(() => socket.destroy(), handshakeMs).unref()
      const settled = () => {
        clearTimeout(timer)
        ends.delete(socket)
        socket.off('close', settled)
      }
      ends.set(socket, settled)
      socket.once('close', settled)
      return settled
    },
  }
}
