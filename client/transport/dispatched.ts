/** undici's `fetch` over connections of our choice. In a file of its own, because it is loaded only when needed. */
import { isIP } from 'node:net'
import type { ConnectionOptions } from 'node:tls'
import { Agent, buildConnector, DecoratorHandler, type Dispatcher, fetch, ProxyAgent } from 'undici'
import { type Outgoing, outgoing } from './outgoing.ts'

/** Options of TLS connections. */
type ConnectionTls = Pick<ConnectionOptions, 'cert' | 'key' | 'rejectUnauthorized'>

/** A dispatcher that connects only to `address`, whatever host is named; over TLS it sends that host as SNI. */
export function pinnedTo(address: URL, tls: ConnectionTls = {}): Dispatcher {
  const { protocol } = address
  const hostname = address.hostname.replace(/^\[(.*)\]$/, '$1')
  const port = address.port || (protocol === 'https:' ? '443' : '80')
  const connect = buildConnector(tls)
  return new Agent({
    connect({ hostname: name }, done) {
      const named = isIP(name) === 0 ? { servername: name } : {}
      connect({ protocol, hostname, port, ...named }, done)
    },
  })
}

export function proxiedFetch(proxy: string): typeof globalThis.fetch {
  const dispatcher = new ProxyAgent(proxy)
  return async (input, init) => {
    const request = outgoing(input, init)
    return await send(request, request.redirect, dispatcher)
  }
}

/** Sends without following redirects; `received` is called with the size of each chunk of the body. */
export async function sendOnce(
  request: Outgoing,
  dispatcher: Dispatcher,
  received: (bytes: number) => void,
) {
  const counting = dispatcher.compose(
    (dispatch) => (options, handler) => dispatch(options, new Counting(handler, received)),
  )
  return await send(request, 'manual', counting)
}

/** undici's classes are not Node's global ones, so only plain values are passed. */
async function send(
  { url, init }: Outgoing,
  redirect: Outgoing['redirect'],
  dispatcher: Dispatcher,
) {
  const { method, headers, signal, body } = init
  return await fetch(url, {
    method,
    redirect,
    headers: [...new Headers(headers)],
    ...(signal ? { signal } : {}),
    ...(body ? { body, duplex: 'half' as const } : {}),
    dispatcher,
  })
}

class Counting extends DecoratorHandler implements Dispatcher.DispatchHandlers {
  readonly #handler: Dispatcher.DispatchHandlers
  readonly #received: (bytes: number) => void

  constructor(handler: Dispatcher.DispatchHandlers, received: (bytes: number) => void) {
    super(handler)
    this.#handler = handler
    this.#received = received
  }

  onData(chunk: Buffer): boolean {
    this.#received(chunk.length)
    return this.#handler.onData?.(chunk) ?? true
  }
}
