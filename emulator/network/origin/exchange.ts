/** One request on its way to an origin, and what all of them share. */
import type { ClientRequest, IncomingMessage, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import type { RawHeaders } from '../../../contracts/http/headers.ts'
import { type AnswerHead, writeAnswerHead } from './answer.ts'
import { type OriginFailure, writeFailure } from './failures.ts'
import type { Forward } from './forwarded.ts'
import type { Http2Origins } from './http2.ts'
import type { OriginPools } from './undici.ts'
import type { Watch } from './watch.ts'

/** Node's own client, with the connections that it keeps. */
export interface NodeRequests {
  /**
   * Opens a request; the caller writes and ends it.
   *
   * @param isAlone whether it has a connection of its own, which an upgrade takes over
   * @throws if the path or a header cannot be sent
   */
  open(
    url: URL,
    asked: { readonly method: string; readonly path: string; readonly headers: RawHeaders },
    isAlone?: boolean,
  ): ClientRequest
  /** Ends every connection, idle or not. */
  close(): void
}

/** What one proxy shares between its requests. */
export interface Pipe {
  readonly pools: OriginPools
  /** For requests with content, and upgrades. */
  readonly requests: NodeRequests
  /** Made for the first origin that may speak HTTP/2. */
  http2(): Http2Origins
  readonly watch: Watch
  /** The clients' sockets of upgraded connections. */
  readonly tunnels: Set<Duplex>
  failed(failure: OriginFailure, forward: Forward, error?: Error): void
}

/** A request that goes to an origin of its own, and the response that waits for it. */
export interface Exchange {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly forward: Forward
  readonly url: URL
}

/** An upgrade that the gate has let through: what Node's event of that name hands over. */
export interface Upgrade {
  readonly request: IncomingMessage
  readonly socket: Duplex
  readonly head: Buffer
  readonly forward: Forward
}

/** The one answer to an exchange: the origin's, or that of a failure. What comes after it is dropped. */
export class Delivery {
  readonly #pipe: Pipe
  readonly #exchange: Exchange
  #isSettled = false

  constructor(pipe: Pipe, exchange: Exchange) {
    this.#pipe = pipe
    this.#exchange = exchange
  }

  /** Whether nothing more can reach the client but the rest of an answer that has begun. */
  get isSettled(): boolean {
    return this.#isSettled || this.#exchange.response.destroyed
  }

  /** Writes the head of the origin's answer. Fails, and returns false, if that is not possible. */
  begin(head: AnswerHead): boolean {
    if (this.isSettled) return false
    if (!writeAnswerHead(this.#exchange, head)) {
      this.fail('unknown_answer')
      return false
    }
    this.#isSettled = true
    return true
  }

  fail(failure: OriginFailure, error?: Error): void {
    if (this.#isSettled) return
    this.#isSettled = true
    const { request, response, forward, url } = this.#exchange
    if (!response.destroyed) this.#pipe.failed(failure, forward, error)
    // The origin may have been restarted as another server.
    if (url.protocol === 'https:') this.#pipe.http2().forget(url)
    writeFailure(failure, request, response, forward)
  }
}

export const isUpload = ({ headers }: IncomingMessage): boolean =>
  headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0

/** Whether a request can be sent again when a kept-alive connection turns out to be closed: idempotent, and unread. */
export const repeatable = ({ method = '' }: IncomingMessage): boolean =>
  ['GET', 'HEAD', 'OPTIONS', 'TRACE', 'PUT', 'DELETE'].includes(method)

/** For the log: no path, no header, nothing secret. */
export const originOf = ({ origin }: Forward): string =>
  origin.kind === 'builtin' ? 'built-in' : `${origin.url.protocol}//${origin.url.host}`
