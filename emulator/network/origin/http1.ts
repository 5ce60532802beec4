/** Kept-alive connections to http origins, for requests without a body; their number is bounded for each origin. */
import net, { type LookupFunction, type Socket } from 'node:net'
import type { AnswerHead } from './answer-head.ts'
import { createAnswerParser } from './answer-parser.ts'
import { disconnected } from './failures.ts'
import { idleMs, mostConnections, mostIdle } from './limits.ts'
import type { SentSoFar } from './watch.ts'

/** A request, and the callbacks for its answer. */
export interface Http1Input {
  readonly method: string
  /** The request as it is sent, in characters of one byte each. */
  readonly text: string
  head(head: AnswerHead): void
  body(piece: Buffer): void
  /** Everything that has arrived so far was passed on. */
  caughtUp(): void
  end(rawTrailers: string[]): void
  /** Called instead of `end`, at any time. `isReused`: the connection has served another request before. */
  failed(error: Error, isReused: boolean): void
}

export interface Http1Request extends SentSoFar {
  /** Stops reading the answer until `resume`. */
  pause(): void
  resume(): void
}

export interface Http1Origins {
  send(url: URL, request: Http1Input): Http1Request
  /** Ends every connection, idle or not. */
  close(): void
}

interface Http1Connection {
  readonly socket: Socket
  take(request: Http1Input): void
  serves(request: Http1Input): boolean
}

/** The connections to one origin. */
interface Pool {
  readonly open: Set<Http1Connection>
  readonly idle: Http1Connection[]
  readonly waiting: WaitingRequest[]
}

interface WaitingRequest {
  start(connection: Http1Connection): void
}

/**
 * A class, because a literal with a getter has a hidden class of its own, which is old from the start: it would keep all of
 * its exchange until the next full collection. That was a tenth of the pipe's time.
 */
class Http1Exchange implements Http1Request, WaitingRequest {
  readonly writableNeedDrain = false
  readonly #request: Http1Input
  readonly #pool: Pool
  #connection: Http1Connection | undefined

  constructor(request: Http1Input, pool: Pool) {
    this.#request = request
    this.#pool = pool
  }

  start(free: Http1Connection): void {
    this.#connection = free
    free.take(this.#request)
  }

  /** Once answered, the connection may already serve another request. */
  get socket(): Socket | null {
    const connection = this.#connection
    return connection?.serves(this.#request) ? connection.socket : null
  }

  pause(): void {
    this.socket?.pause()
  }

  resume(): void {
    this.socket?.resume()
  }

  destroy(): void {
    this.socket?.destroy()
    const place = this.#pool.waiting.indexOf(this)
    if (place < 0) return
    this.#pool.waiting.splice(place, 1)
    this.#request.failed(disconnected(), false)
  }
}

export function createHttp1Origins(lookup?: LookupFunction): Http1Origins {
  const pools = new Map<URL, Pool>()

  const poolOf = (url: URL): Pool => {
    let pool = pools.get(url)
    if (pool === undefined) {
      pool = { open: new Set(), idle: [], waiting: [] }
      pools.set(url, pool)
    }
    return pool
  }

  const connect = (url: URL, pool: Pool): Http1Connection => {
    const { hostname, port } = url
    // IPv6 addresses have brackets in a URL, but not in a socket's options.
    const host = hostname.startsWith('[') ? hostname.slice(1, -1) : hostname
    const at = { host, port: Number(port || 80), noDelay: true }
    const socket = net.connect(lookup === undefined ? at : { ...at, lookup })
    const connection = createConnection(socket, {
      idle() {
        const next = pool.waiting.shift()
        if (next !== undefined) next.start(connection)
        else if (pool.idle.length < mostIdle) {
          pool.idle.push(connection)
          rest(socket)
        } else socket.destroy()
      },
      closed() {
        pool.open.delete(connection)
        const place = pool.idle.indexOf(connection)
        if (place >= 0) pool.idle.splice(place, 1)
        pool.waiting.shift()?.start(connect(url, pool))
      },
    })
    pool.open.add(connection)
    return connection
  }

  return {
    send(url, request) {
      const pool = poolOf(url)
      const sent = new Http1Exchange(request, pool)
      const free = pool.idle.pop()
      if (free !== undefined) sent.start(free)
      else if (pool.open.size < mostConnections) sent.start(connect(url, pool))
      else pool.waiting.push(sent)
      return sent
    },
    close() {
      for (const { open } of pools.values()) for (const { socket } of open) socket.destroy()
    },
  }
}

/** An idle connection does not keep the process alive, and is closed before the origin might close it. */
function rest(socket: Socket): void {
  if (socket.timeout !== idleMs) socket.setTimeout(idleMs)
  socket.unref()
}

function createConnection(socket: Socket, pool: { idle(): void; closed(): void }): Http1Connection {
  let current: Http1Input | undefined
  let isReused = false
  let problem: Error | undefined

  const parser = createAnswerParser({
    head: (head) => current?.head(head),
    body: (piece) => current?.body(piece),
    end(rawTrailers, mayContinue) {
      const request = current
      current = undefined
      isReused = true
      if (mayContinue && socket.writable) {
        socket.resume()
        pool.idle()
      } else {
        socket.destroy()
      }
      request?.end(rawTrailers)
    },
  })
  const read = (step: () => void) => {
    try {
      step()
    } catch (error) {
      problem = error instanceof Error ? error : undefined
      socket.destroy()
    }
  }
  socket.on('data', (chunk: Buffer) => {
    // Unsolicited: it could be taken for the answer to the next request.
    if (current === undefined) {
      socket.destroy()
      return
    }
    const request = current
    read(() => parser.push(chunk))
    if (current === request) request.caughtUp()
  })
  socket.on('end', () => {
    read(parser.finish)
    socket.destroy()
  })
  socket.on('timeout', () => {
    if (current === undefined) socket.destroy()
  })
  socket.on('error', (error) => {
    problem = error
  })
  socket.on('close', () => {
    const request = current
    current = undefined
    pool.closed()
    request?.failed(problem ?? disconnected(), isReused)
  })
  return {
    socket,
    take(request) {
      current = request
      parser.expect(request.method)
      socket.ref()
      socket.write(request.text, 'latin1')
    },
    serves: (request) => current === request,
  }
}
