/** The proxy from the edge to an origin: streams in both directions, and when one side closes, so does the other. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { LookupFunction } from 'node:net'
import type { Duplex } from 'node:stream'
import { once } from '../../../contracts/declaration/endpoint.ts'
import { answerAsBuiltinOrigin } from './builtin.ts'
import { Delivery, type Exchange, originOf, type Pipe } from './exchange.ts'
import { originFailureOf, writeFailure } from './failures.ts'
import type { Forward } from './forwarded.ts'
import { createHttp2Origins, type Http2Origins, type RemoteOrigin } from './http2.ts'
import { sendOverHttp2 } from './http2-exchange.ts'
import { createNodeRequests, sendByNode } from './node-http.ts'
import { createOriginPools } from './undici.ts'
import { contentlessMethod, sendByUndici } from './undici-exchange.ts'
import { upgradeThrough } from './upgrade.ts'
import { createWatch, type Timeouts } from './watch.ts'

export interface ProxyLog {
  warn(fields: object, message: string): void
}

export interface ProxyOptions {
  readonly timeouts: Timeouts
  readonly logger?: ProxyLog
  /** Resolves the names of origins; the system's resolver if not given. */
  readonly lookup?: LookupFunction
}

export interface OriginProxy {
  /** Forwards the origin's answer to `response`. Never throws: a failure becomes an answer or a closed socket. */
  forward(request: IncomingMessage, response: ServerResponse, forward: Forward): void
  /** The same for an HTTP/1.1 upgrade, with `socket` and `head` from Node's `upgrade` event. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer, forward: Forward): void
  /** Aborts all exchanges and closes every connection. */
  close(): Promise<void>
}

export function createProxy({ timeouts, logger, lookup }: ProxyOptions): OriginProxy {
  let http2: Http2Origins | undefined
  const pipe: Pipe = {
    pools: createOriginPools(timeouts, lookup),
    requests: createNodeRequests(lookup),
    http2: once(() => {
      http2 = createHttp2Origins(timeouts, lookup)
      return http2
    }),
    watch: createWatch(timeouts),
    tunnels: new Set(),
    failed(failure, forward, error) {
      forward.failed?.(`origin_${failure}`)
      const code = error && 'code' in error ? error.code : undefined
      const fields = { failure, host: forward.host, origin: originOf(forward), ray: forward.ray }
      logger?.warn({ ...fields, code }, `no answer from the origin: ${failure}`)
    },
  }
  return {
    forward(request, response, forward) {
      const { origin } = forward
      if (origin.kind === 'builtin') {
        answerAsBuiltinOrigin(request, response, forward)
        return
      }
      if (origin.kind === 'tcp') {
        pipe.failed('tcp_without_upgrade', forward)
        writeFailure('tcp_without_upgrade', request, response, forward)
        return
      }
      const exchange = { request, response, forward, url: origin.url }
      if (origin.kind === 'h2c' || origin.url.protocol !== 'http:') {
        negotiate(pipe, exchange, { kind: origin.kind, url: origin.url })
      } else {
        send(pipe, exchange)
      }
    },
    upgrade: (request, socket, head, forward) =>
      upgradeThrough(pipe, { request, socket, head, forward }),
    async close() {
      for (const tunnel of pipe.tunnels) tunnel.destroy()
      pipe.watch.close()
      pipe.pools.close()
      pipe.requests.close()
      http2?.close()
    },
  }
}

/** The most connections that one request opens: an origin may close each of them at once. */
const mostConnections = 50

/** Sends over the protocol that the origin speaks. Only the first request has to wait until that is known. */
function negotiate(
  pipe: Pipe,
  exchange: Exchange,
  origin: RemoteOrigin,
  left = mostConnections,
): void {
  const reached = pipe.http2().reach(origin)
  if (reached === 'http/1.1') send(pipe, exchange)
  else if ('request' in reached) {
    const again = left > 1 ? () => negotiate(pipe, exchange, origin, 1) : undefined
    sendOverHttp2(pipe, exchange, reached, again)
  } else {
    reached.then(
      () => {
        if (exchange.response.destroyed) return
        if (left > 0) negotiate(pipe, exchange, origin, left - 1)
        else new Delivery(pipe, exchange).fail('unknown_answer')
      },
      (error: Error) => new Delivery(pipe, exchange).fail(originFailureOf(error), error),
    )
  }
}

/** Sends over HTTP/1.1. */
function send(pipe: Pipe, exchange: Exchange): void {
  const method = contentlessMethod(exchange)
  if (method === undefined) sendByNode(pipe, exchange)
  else sendByUndici(pipe, exchange, method)
}
