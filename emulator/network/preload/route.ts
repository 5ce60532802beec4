/** Decides which proxy a connection uses, by the variables that curl and other tools read. */
import { BlockList, isIP, isIPv6 } from 'node:net'

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

const loopback = new BlockList()
loopback.addSubnet('127.0.0.0', 8, 'ipv4')
loopback.addAddress('::1', 'ipv6')

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
    if (isLoopback(name) || direct.some((entry) => holds(entry, name, port))) return undefined
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

function isLoopback(name: string): boolean {
  if (name === 'localhost' || name.endsWith('.localhost')) return true
  return isIP(name) !== 0 && loopback.check(name, isIPv6(name) ? 'ipv6' : 'ipv4')
}

/** Whether an entry of `NO_PROXY` covers a name: `*`, or a domain with its subdomains, optionally with a port. */
export function holds(entry: string, name: string, port: number): boolean {
  if (entry === '*') return true
  const [, host = '', wanted] = /^(\[.*\]|[^:]*|.*:.*:.*?)(?::(\d+))?$/.exec(entry) ?? []
  if (wanted !== undefined && Number(wanted) !== port) return false
  const suffix = bare(host).replace(/^\*?\./, '')
  return name === suffix || name.endsWith(`.${suffix}`)
}
