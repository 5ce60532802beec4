/** Decides which proxy a connection uses, by the variables that curl and other tools read. */
import { isLoopback } from '../../../contracts/http/loopback.ts'

export interface RouteTarget {
  readonly secure: boolean
  readonly host: string
  readonly port: number
}

export interface ProxyAddress {
  readonly host: string
  readonly port: number
}

/** Returns the proxy for a target; undefined means a direct connection. */
export type ProxyRoute = (target: RouteTarget) => ProxyAddress | undefined

/** Undefined if no variable sets a proxy. */
export function createRoute(environment: NodeJS.ProcessEnv): ProxyRoute | undefined {
  const read = (name: string) => environment[name] ?? environment[name.toUpperCase()]
  const all = proxyOf(read('all_proxy'))
  const http = proxyOf(read('http_proxy')) ?? all
  const https = proxyOf(read('https_proxy')) ?? all
  if (http === undefined && https === undefined) return undefined
  const direct = (read('no_proxy') ?? '')
    .toLowerCase()
    .split(/[\s,]+/)
    .filter(Boolean)
  return ({ secure, host, port }) => {
    const name = bare(host)
    if (
      isLoopback(name) ||
      name.endsWith('.localhost') ||
      direct.some((entry) => holds(entry, name, port))
    )
      return undefined
    return secure ? https : http
  }
}

/** Only plain HTTP proxies without a password, as the emulator is one. All others are ignored here. */
function proxyOf(text: string | undefined): ProxyAddress | undefined {
  if (text === undefined || !URL.canParse(text)) return undefined
  const { protocol, hostname, port, username } = new URL(text)
  if (protocol !== 'http:' || username !== '') return undefined
  return { host: bare(hostname), port: Number(port || 80) }
}

function bare(host: string): string {
  return host
    .toLowerCase()
    .replace(/^\[(.*)\]$/, '$1')
    .replace(/\.$/, '')
}

/** Whether an entry of `NO_PROXY` covers a name: `*`, or a domain with its subdomains, optionally with a port. */
export function holds(entry: string, name: string, port: number): boolean {
  if (entry === '*') return true
  const [, host = '', wanted] = /^(\[.*\]|[^:]*|.*:.*:.*?)(?::(\d+))?$/.exec(entry) ?? []
  if (wanted !== undefined && Number(wanted) !== port) return false
  const suffix = bare(host).replace(/^\*?\./, '')
  return name === suffix || name.endsWith(`.${suffix}`)
}
