/** The `fetch` of the live target: Node's own, or one that uses the proxy named in the environment. */
import { isWithin } from '../../contracts/declaration/primitives.ts'
import type { Environment } from './environment.ts'
import { AccessUsageError } from './errors.ts'

type Fetch = typeof globalThis.fetch

/**
 * Node 20's own `fetch` does not support proxies. This one honours `HTTPS_PROXY`, except for hosts in `NO_PROXY`, both
 * in upper or lower case.
 * @throws AccessUsageError if the proxy is not an http or https URL
 */
export function networkFetch(env: Environment = process.env): Fetch {
  const proxyFor = proxiesOf(env)
  // Looked up on each call, so that a replaced global takes effect.
  const direct: Fetch = (input, init) => globalThis.fetch(input, init)
  let opened: Promise<Fetch> | undefined
  return async (input, init) => {
    const proxy = proxyFor(new URL(input instanceof Request ? input.url : input))
    if (proxy === undefined) return direct(input, init)
    opened ??= import('./dispatched.ts').then(({ proxiedFetch }) => proxiedFetch(proxy))
    return await (await opened)(input, init)
  }
}

/**
 * Which proxy the environment names for a URL.
 * @throws AccessUsageError if the proxy is not an http or https URL
 */
export function proxiesOf(env: Environment): (url: URL) => string | undefined {
  const named = (name: string) => env[name.toLowerCase()] || env[name] || undefined
  const proxy = named('HTTPS_PROXY')
  if (proxy !== undefined && !(URL.canParse(proxy) && /^https?:$/.test(new URL(proxy).protocol))) {
    throw new AccessUsageError({
      what: 'HTTPS_PROXY is not an http URL.',
      todo: 'Write it like http://proxy.example:3128.',
    })
  }
  const noProxy = named('NO_PROXY') ?? ''
  return ({ protocol, hostname }) =>
    protocol !== 'https:' || isExempt(hostname, noProxy) ? undefined : proxy
}

/** `*`, or host names, which include everything below them; a leading dot or `*.` makes no difference. */
function isExempt(host: string, noProxy: string): boolean {
  const names = noProxy
    .toLowerCase()
    .split(/[\s,]+/)
    .map((name) => name.replace(/^\*?\./, '').replace(/:\d+$/, ''))
    .filter((name) => name !== '')
  return names.some((name) => name === '*' || isWithin(host, name))
}
