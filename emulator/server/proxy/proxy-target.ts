/** What the HTTP proxy of a door lets a client reach: what is served, and what `--passthrough` names. */
import { BlockList, isIP, isIPv6 } from 'node:net'
import type { Reply } from '../../http/reply.ts'
import {
  type Authority,
  hostKind,
  isLocalName,
  isUnderLocalhost,
  type ServedNames,
} from '../hosts.ts'
import { problem } from '../refusals.ts'
import { namedAddresses } from './private-networks.ts'

export type ProxyTarget =
  | { readonly kind: 'served'; readonly host: string }
  | { readonly kind: 'passthrough'; readonly host: string; readonly port: number }
  | { readonly kind: 'refused'; readonly reply: Reply }

export interface ProxyRules {
  readonly names: ServedNames
  /** Names that go to the real host; `*.NAME` holds what is below. */
  readonly passthrough: readonly string[]
  readonly clients: 'loopback' | 'any'
  readonly served: () => readonly string[]
  /** What is said of a name that leads nowhere. */
  readonly unserved: (name: string) => string
}

const loopback = new BlockList()
loopback.addSubnet('127.0.0.0', 8, 'ipv4')
loopback.addAddress('::1', 'ipv6')

export function isLoopback(address: string | undefined): boolean {
  if (address === undefined) return false
  // BlockList knows the IPv4-mapped form of an IPv6 socket.
  return loopback.check(address, isIPv6(address) ? 'ipv6' : 'ipv4')
}

const ports: ReadonlySet<number | undefined> = new Set([80, 443])

export function proxyTarget(
  { name, port }: Authority,
  remoteAddress: string | undefined,
  rules: ProxyRules,
): ProxyTarget {
  const refused = (code: string, message: string): ProxyTarget => ({
    kind: 'refused',
    reply: problem(403, code, message, rules.served()),
  })
  if (rules.clients !== 'any' && !isLoopback(remoteAddress)) {
    return refused(
      'proxy_client_refused',
      'The proxy takes clients of this machine only; --proxy-clients any lets others in.',
    )
  }
  const isNamed = isIP(name) !== 0 && namedAddresses(rules.passthrough)(name)
  if ((isLocalName(name) && !isNamed) || isUnderLocalhost(name)) {
    return refused(
      'proxy_address_refused',
      'The proxy leads to no address that --passthrough does not name, and to no local name. Ask for one of the names below, or go there without a proxy (NO_PROXY).',
    )
  }
  if (!ports.has(port)) {
    return refused('proxy_port_refused', 'The proxy leads to the ports 80 and 443 only.')
  }
  if (isNamed && port !== undefined) return { kind: 'passthrough', host: name, port }
  if (hostKind(name, rules.names) !== 'nowhere') return { kind: 'served', host: name }
  if (port !== undefined && rules.passthrough.some((pattern) => matches(pattern, name))) {
    return { kind: 'passthrough', host: name, port }
  }
  return refused('proxy_name_refused', rules.unserved(name))
}

/** Whether a name is `pattern`, or below it where that begins with `*.`. */
export function matches(pattern: string, name: string): boolean {
  const wanted = pattern.toLowerCase()
  return wanted.startsWith('*.') ? name.endsWith(wanted.slice(1)) : name === wanted
}
