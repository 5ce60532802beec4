/** What a client may reach through the HTTP proxy: names that are served, and hosts of `--passthrough`. */

import { isIP } from 'node:net'
import { isLoopback } from '../../../contracts/http/loopback.ts'
import type { ConnectionReason } from '../../../contracts/reasons/table.ts'
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
  /** Real hosts that may be reached; `*.NAME` means all subdomains. */
  readonly passthrough: readonly string[]
  readonly clients: 'loopback' | 'any'
  readonly served: () => readonly string[]
  /** The message about a name that is neither served nor allowed. */
  readonly unserved: (name: string) => string
}

const ports: ReadonlySet<number | undefined> = new Set([80, 443])

export function proxyTarget(
  { name, port }: Authority,
  remoteAddress: string | undefined,
  rules: ProxyRules,
): ProxyTarget {
  const refused = (code: ConnectionReason, message: string): ProxyTarget => ({
    kind: 'refused',
    reply: problem(403, code, message, rules.served()),
  })
  if (rules.clients !== 'any' && !isLoopback(remoteAddress ?? '')) {
    return refused(
      'proxy_client_refused',
      'The proxy accepts clients on this machine only; --proxy-clients any lets others in.',
    )
  }
  const isNamed = isIP(name) !== 0 && namedAddresses(rules.passthrough)(name)
  if ((isLocalName(name) && !isNamed) || isUnderLocalhost(name)) {
    return refused(
      'proxy_address_refused',
      'The proxy does not connect to local names, nor to addresses that --passthrough does not list. Use one of the names below, or connect without a proxy (NO_PROXY).',
    )
  }
  if (!ports.has(port)) {
    return refused('proxy_port_refused', 'The proxy connects to ports 80 and 443 only.')
  }
  if (isNamed && port !== undefined) return { kind: 'passthrough', host: name, port }
  if (hostKind(name, rules.names) !== 'nowhere') return { kind: 'served', host: name }
  if (port !== undefined && rules.passthrough.some((pattern) => matches(pattern, name))) {
    return { kind: 'passthrough', host: name, port }
  }
  return refused('proxy_name_refused', rules.unserved(name))
}

/** Whether a name matches `pattern`: equal, or a subdomain if that begins with `*.`. */
export function matches(pattern: string, name: string): boolean {
  const wanted = pattern.toLowerCase()
  return wanted.startsWith('*.') ? name.endsWith(wanted.slice(1)) : name === wanted
}
