/** Accepts connections, limits their number, and passes each on as plain HTTP or TLS, depending on its first byte. */
import { createServer, type Server, type Socket } from 'node:net'
import { once } from '../../contracts/declaration/endpoint.ts'
import { type Limits, openFileLimit } from './limits.ts'
import { handshakeRecord, readHello } from './tls/client-hello.ts'

export interface ListenerOptions {
  readonly limits: Limits
  plain(socket: Socket, tunnel: string | undefined): void
  /** Called with a complete ClientHello, put back into the socket. Call `settled` at the end of the handshake. */
  secure(hello: TlsClient, settled: () => void): void
  garbage(socket: Socket): void
  busy(socket: Socket): void
}

/** A client that has sent a ClientHello. */
export interface TlsClient {
  readonly socket: Socket
  /** The server name in the ClientHello. */
  readonly sni: string | undefined
  readonly tunnel: string | undefined
}

export interface Listener {
  readonly server: Server
  /** Takes a connection, or the inside of a CONNECT tunnel to the host `tunnel`. */
  enter(socket: Socket, tunnel?: string): void
  closeAll(): void
}

/** Extra connections, for those that are being answered that there are too many. */
const spare = 32
/** Below this count we skip querying the system's open-file limit. */
const few = 64

const ignore = () => {}

export function createListener(options: ListenerOptions): Listener {
  const { limits } = options
  const sockets = new Set<Socket>()
  /** Connections that have sent nothing yet, oldest first. */
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

  // Half of the open files: a connection may need a second one to its origin, and the state needs files too.
  const most = once(() => Math.min(limits.connections, Math.floor(openFileLimit() / 2) - spare))
  const isFull = () => sockets.size >= Math.min(limits.connections, few) && sockets.size >= most()

  const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    // Each later owner adds its own listener; this one covers the moments in between.
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

/** TLS handshakes in progress, oldest first: limits their number and duration. */
function createHandshakes({ handshakes, handshakeMs }: Limits) {
  const ends = new Map<Socket, () => void>()
  return {
    /** Starts the timer, once per connection. Returns the function that stops it. */
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
