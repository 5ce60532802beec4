/** A `fetch` through an HTTP proxy. Loaded only where there is one. */
import { fetch, ProxyAgent } from 'undici'
import { outgoing } from './outgoing.ts'

export function proxiedFetch(proxy: string): typeof globalThis.fetch {
  const dispatcher = new ProxyAgent(proxy)
  return async (input, given) => {
    // Its classes are not Node's, so what is handed over are plain values.
    const { url, init, redirect } = outgoing(input, given)
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
}
