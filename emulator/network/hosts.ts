/** Classifies a request's authority: the API, a team domain, the transfer service, a host behind the edge, or not served. */
import { isIP } from 'node:net'
import { transferHosts } from '../../contracts/edge/cloudflared.ts'

export type HostKind = 'api' | 'team' | 'transfer' | 'edge' | 'nowhere'

export interface Authority {
  /** Lower case, without trailing dot or brackets; `.localhost` is kept. */
  readonly name: string
  readonly port?: number
}

/** The longest name, plus a trailing dot and a port. */
const longestAuthority = 253 + '.:65535'.length
const authorityForm =
  /^(?:\[([0-9a-f:.]+)\]|([a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?(?:\.[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?)*)\.?)(?::(\d{0,5}))?$/i

/**
 * Undefined unless the text is `host[:port]`: no user information, no path, a valid port, and only characters of a host
 * name. Strict, because the name ends up in URLs and headers, and a wildcard would match any text.
 */
export function readAuthority(text: string): Authority | undefined {
  const trimmed = text.trim()
  if (trimmed.length > longestAuthority) return undefined
  const [, bracketed, bare, digits] = authorityForm.exec(trimmed) ?? []
  const name = (bracketed ?? bare)?.toLowerCase()
  if (name === undefined) return undefined
  if (digits === undefined || digits === '') return { name }
  const port = Number(digits)
  return port > 65_535 ? undefined : { name, port }
}

/** The host of an authority: lower case, without port, trailing dot and `.localhost`. */
export function hostOf(authority: string): string {
  const name = authority.trim().toLowerCase()
  const bracketed = /^\[([^\]]*)\](?::\d+)?$/.exec(name)?.[1]
  if (bracketed !== undefined) return bracketed
  return withoutLocalhost(name.replace(/:\d*$/, '').replace(/\.$/, ''))
}

const localhost = '.localhost'

export function isUnderLocalhost(name: string): boolean {
  return name.endsWith(localhost)
}

export function withoutLocalhost(name: string): string {
  return isUnderLocalhost(name) ? name.slice(0, -localhost.length) : name
}

/** Whether the name means this machine to a local client: `localhost` or any IP address. */
export function isLocalName(name: string): boolean {
  // Most names are no address, which is told by their last character sooner than by `isIP`.
  return name === 'localhost' || ((/\d$/.test(name) || name.includes(':')) && isIP(name) !== 0)
}

export interface ServedNames {
  /** Host names of the API besides `api.cloudflare.com`, `localhost` and IP addresses. */
  readonly apiHosts: ReadonlySet<string>
  readonly isServedByEdge: (host: string) => boolean
}

export function hostKind(host: string, names: ServedNames): HostKind {
  if (host === 'api.cloudflare.com' || isLocalName(host)) return 'api'
  if (names.apiHosts.has(host)) return 'api'
  if (host.endsWith('.cloudflareaccess.com')) return 'team'
  if (transferHosts.some((name) => name === host)) return 'transfer'
  return names.isServedByEdge(host) ? 'edge' : 'nowhere'
}
