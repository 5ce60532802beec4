/** Presents a client certificate over TLS: to an emulator, or to the real host. */
import type { Environment } from '../transport/environment.ts'
import { proxiesOf } from '../transport/network-fetch.ts'
import { outgoing } from '../transport/outgoing.ts'
import type { ClientCredential } from './device.ts'

/** @param address of an emulator; undefined for the real hosts */
export function presentingTo(address: URL | undefined, env: Environment = process.env) {
  const proxies = proxiesOf(env)
  return ({ cert, key }: ClientCredential): typeof fetch =>
    async (input, init) => {
      const request = outgoing(input, init)
      const { Agent, ProxyAgent } = await import('undici')
      const { pinnedTo, sendOnce } = await import('../transport/dispatched.ts')
      const proxy = address === undefined ? proxies(request.url) : undefined
      const direct = () =>
        proxy === undefined
          ? new Agent({ connect: { cert, key } })
          : new ProxyAgent({ uri: proxy, requestTls: { cert, key } })
      // The emulator speaks TLS on the same port, with a certificate of an authority that the client need not know.
      const tls = { cert, key, rejectUnauthorized: false }
      const dispatcher = address === undefined ? direct() : pinnedTo(overTls(address), tls)
      const answer = await sendOnce(request, dispatcher, () => {})
      const { status, statusText, headers } = answer
      const body = await answer.arrayBuffer()
      await dispatcher.close()
      const isEmpty = status === 204 || status === 304
      return new Response(isEmpty ? null : body, { status, statusText, headers: [...headers] })
    }
}

function overTls(address: URL): URL {
  const url = new URL(address)
  const port = url.port || (url.protocol === 'https:' ? '443' : '80')
  return new URL(`https://${url.hostname}:${port}`)
}
