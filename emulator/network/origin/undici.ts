/** Connections of HTTP/1.1 to origins, in undici's pools. undici is loaded for the first request that needs one. */
import { isIP, type LookupFunction, type Socket } from 'node:net'
import type { Dispatcher, Pool } from 'undici'
import { once } from '../../../contracts/declaration/endpoint.ts'
import { idleMs, maxHeaderSize, mostConnections } from './limits.ts'
import type { Timeouts } from './watch.ts'

/** undici's handler of one request, which also learns which connection its request goes over. */
export abstract class OriginHandler implements Dispatcher.DispatchHandlers {
  connection: OriginConnection | undefined
  abstract onConnect(abort: () => void): void
  abstract onHeaders(
    status: number,
    rawHeaders: readonly Buffer[],
    resume: () => void,
    reason: string,
  ): boolean
  abstract onData(piece: Buffer): boolean
  abstract onComplete(rawTrailers: readonly (string | Buffer)[] | null): void
  abstract onError(error: Error): void
}

export interface OriginConnection {
  readonly socket: Socket | null
  /** Whether it has taken a request before. */
  isUsed: boolean
}

export interface OriginPools {
  dispatch(url: URL, request: Dispatcher.DispatchOptions, handler: OriginHandler): void
  /** Ends every connection, idle or not. */
  close(): void
}

export function createOriginPools(timeouts: Timeouts, lookup?: LookupFunction): OriginPools {
  const pools = new Map<URL, Pool>()
  const load = once(async () => poolsWith(await import('undici'), timeouts, lookup))
  let isClosed = false

  const open = async (url: URL, request: Dispatcher.DispatchOptions, handler: OriginHandler) => {
    const createPool = await load()
    const pool = pools.get(url) ?? createPool(url)
    pools.set(url, pool)
    if (isClosed) void pool.destroy()
    pool.dispatch(request, handler)
  }
  return {
    dispatch(url, request, handler) {
      const pool = pools.get(url)
      if (pool === undefined) void open(url, request, handler)
      else pool.dispatch(request, handler)
    },
    close() {
      isClosed = true
      for (const pool of pools.values()) void pool.destroy()
    },
  }
}

function poolsWith(
  {
    buildConnector,
    Client,
    Pool,
  }: Pick<typeof import('undici'), 'buildConnector' | 'Client' | 'Pool'>,
  { connect }: Timeouts,
  lookup: LookupFunction | undefined,
): (url: URL) => Pool {
  class PooledConnection extends Client implements OriginConnection {
    socket: Socket | null = null
    isUsed = false

    override dispatch(
      request: Dispatcher.DispatchOptions,
      handler: Dispatcher.DispatchHandlers,
    ): boolean {
      if (handler instanceof OriginHandler) handler.connection = this
      return super.dispatch(request, handler)
    }
  }
  // The watch limits the time for one request; this ends the attempt behind it.
  const connectTo = buildConnector({ timeout: connect + 1_000, ...(lookup && { lookup }) })

  const createConnection = (url: URL) => {
    const connection = new PooledConnection(url, {
      connect(at, done) {
        // By the name in the origin's URL: undici would take that of the `Host` header.
        const { servername: _, ...named } = at
        connectTo(
          isIP(at.hostname) === 0 ? { ...named, servername: at.hostname } : named,
          (...made) => {
            const [, socket] = made
            connection.socket = socket
            connection.isUsed = false
            // The pool keeps the connection's object, which must not keep its last request.
            socket?.once('close', () => {
              if (connection.socket === socket) connection.socket = null
            })
            done(...made)
          },
        )
      },
      maxHeaderSize,
      keepAliveTimeout: idleMs,
      keepAliveMaxTimeout: idleMs,
      keepAliveTimeoutThreshold: idleMs / 2,
      // The watch limits the time until the answer begins. It may then take as long as it likes.
      headersTimeout: 0,
      bodyTimeout: 0,
    })
    return connection
  }
  return (url) => new Pool(url, { connections: mostConnections, factory: createConnection })
}
