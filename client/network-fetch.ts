/** The `fetch` of the live target: Node's own, or through the proxy that the environment names. */
import type { Environment } from './environment.ts'
import { outgoing } from './outgoing.ts'

/** Node 20's own `fetch` knows no proxy. `HTTPS_PROXY` and `HTTP_PROXY` count, less `NO_PROXY`, in either case. */
export function networkFetch(env: Environment = process.env): typeof globalThis.fetch {
  const named = (name: string) => env[name.toLowerCase()] || env[name] || undefined
  const [httpsProxy, httpProxy] = [named('HTTPS_PROXY'), named('HTTP_PROXY')]
  // Looked up at each call, so that a replaced global counts.
  if (httpsProxy === undefined) return (input, init) => globalThis.fetch(input, init)
  const noProxy = named('NO_PROXY')
  let opened: Promise<typeof globalThis.fetch> | undefined
  return async (input, init) => {
    opened ??= throughProxy({
      httpsProxy,
      ...(httpProxy === undefined ? {} : { httpProxy }),
      noProxy: noProxy ?? '',
    })
    return await (await opened)(input, init)
  }
}

/** Only who has a proxy loads undici. */
async function throughProxy(proxies: {
  readonly httpsProxy: string
  readonly httpProxy?: string
  readonly noProxy: string
}): Promise<typeof globalThis.fetch> {
  const { EnvHttpProxyAgent, fetch } = await import('undici')
  const dispatcher = new EnvHttpProxyAgent(proxies)
  return async (input, given) => {
    // Its classes are not Node's, so what is handed over are plain values.
    const { url, init, redirect } = outgoing(input, given)
    const { method, headers, signal } = init
    const body = init.body === undefined ? {} : { body: init.body, duplex: 'half' as const }
    const response = await fetch(url, {
      method,
      redirect,
      headers: [...new Headers(headers)],
      ...(signal ? { signal } : {}),
      ...body,
      dispatcher,
    })
    return response
  }
}
