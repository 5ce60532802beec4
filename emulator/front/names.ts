/** What a request's authority means: the API, a team, a host behind the edge, or nothing here (design §3). */
import { isIP } from 'node:net'

export type Place = 'api' | 'team' | 'edge' | 'nowhere'

/** The host of an authority: lower case, without port, trailing dot and `.localhost`. */
export function hostOf(authority: string): string {
  const name = authority.trim().toLowerCase()
  const bracketed = /^\[([^\]]*)\](?::\d+)?$/.exec(name)?.[1]
  if (bracketed !== undefined) return bracketed
  const bare = name.replace(/:\d*$/, '').replace(/\.$/, '')
  return bare.endsWith('.localhost') ? bare.slice(0, -'.localhost'.length) : bare
}

export interface Names {
  /** Names of the API beside `api.cloudflare.com`, `localhost` and addresses. */
  readonly apiHosts: ReadonlySet<string>
  readonly isServedByEdge: (host: string) => boolean
}

export function placeOf(host: string, names: Names): Place {
  if (host === 'api.cloudflare.com' || host === 'localhost' || isIP(host) !== 0) return 'api'
  if (names.apiHosts.has(host)) return 'api'
  if (host.endsWith('.cloudflareaccess.com')) return 'team'
  return names.isServedByEdge(host) ? 'edge' : 'nowhere'
}
