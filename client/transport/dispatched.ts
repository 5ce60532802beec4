/** `fetch` as undici has it, over connections that we choose. In a file of its own: loaded only where one is needed. */
import { isIP } from 'node:net'
import { Agent, buildConnector, DecoratorHandler, type Dispatcher, fetch, ProxyAgent } from 'undici'
import { type Outgoing, outgoing } from './outgoing.ts'

/** Connections to `address` alone, whatever name they are for; over TLS they ask for that name. */
export function pinnedTo(address: URL): Dispatcher {
  const { protocol } = address
  const hostname = address.hostname.replace(/^\[(.*)\]$/, '$1')
  const port = address.port || (protocol === 'https:' ? '443' : '80')
  const connect = buildConnector({})
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

/** The answer, whose redirect is not followed; `received` hears of the bytes of its body as they come. */
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

/** Its classes are not Node's, so what is handed over are plain values. */
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
