/**
 * Finds the destination of a host and path: `host[/path]` with wildcards, most specific first (edge-host-matching,
 * edge-path-beats-host).
 */
import { decodedPath, normalisePath } from './paths.ts'
import { fits } from './text-pattern.ts'

export { normalisePath } from './paths.ts'

export interface HostPath {
  readonly uri: string
  /** Lower case. */
  readonly host: string
  /** Normalised; empty if the whole host is covered. */
  readonly path: string
}

const label = /^[a-z0-9_-]*\*?[a-z0-9_-]*$/

/**
 * Parses a destination. Undefined if it can never match a request: with a scheme, port, query, fragment or white space, or
 * with more than one `*` in a label or path segment.
 */
export function parseDestination(uri: string): HostPath | undefined {
  const slash = uri.indexOf('/')
  const host = (slash < 0 ? uri : uri.slice(0, slash)).toLowerCase()
  const isHost = host.split('.').every((part) => part !== '' && label.test(part))
  if (!isHost) return undefined
  const path = slash < 0 ? '' : parsePath(uri.slice(slash))
  return path === undefined ? undefined : { uri, host, path }
}

function parsePath(written: string): string | undefined {
  if (/[\s?#\p{Surrogate}]/u.test(written)) return undefined
  // Here characters are text, while in a request target each one is a byte.
  const bytes = written.replace(/[^\0-\x7f]+/gu, encodeURIComponent)
  const path = normalisePath(bytes)?.path
  if (path === undefined || path.split('/').some((part) => part.split('*').length > 2)) {
    return undefined
  }
  if (path === '/' || path === '/*') return ''
  // Trailing slashes are undocumented; letting `/alpha/` cover `/alpha` too leaves no gap.
  return path.replace(/\/$/, '')
}

/** @param path normalised. A destination also covers all paths below it; one that ends in a `*` segment, only those. */
export function matches(destination: HostPath, host: string, path: string): boolean {
  return matchesHost(destination.host, host.toLowerCase()) && matchesPath(destination.path, path)
}

function matchesHost(pattern: string, host: string): boolean {
  if (!pattern.includes('*')) return pattern === host
  const wanted = pattern.split('.')
  const given = host.split('.')
  return (
    wanted.length === given.length &&
    wanted.every((part, index) => {
      const found = given[index] ?? ''
      return found !== '' && fits(part.split('*'), found)
    })
  )
}

function matchesPath(pattern: string, path: string): boolean {
  if (pattern === '') return true
  const pieces = pattern.split('*').map(decodedPath)
  const decoded = decodedPath(path)
  const below = [...pieces.slice(0, -1), `${pieces.at(-1) ?? ''}/`, '']
  return fits(pieces, decoded) || fits(below, decoded)
}

/**
 * The matching candidate with the most specific destination: an exact host before a wildcard, then the longer host, then
 * the longer path (the order among hosts is assumed). On a tie, the earlier one.
 */
export function mostSpecific<C extends { readonly destination: HostPath }>(
  candidates: Iterable<C>,
  host: string,
  path: string,
): C | undefined {
  let best: C | undefined
  for (const candidate of candidates) {
    if (!matches(candidate.destination, host, path)) continue
    if (best === undefined || isMoreSpecific(candidate.destination, best.destination)) {
      best = candidate
    }
  }
  return best
}

function isMoreSpecific(one: HostPath, other: HostPath): boolean {
  const ours = specificity(one)
  const theirs = specificity(other)
  const difference = ours.map((value, index) => value - (theirs[index] ?? 0)).find((by) => by !== 0)
  return difference !== undefined && difference > 0
}

function specificity({ host, path }: HostPath): readonly number[] {
  return [host.includes('*') ? 0 : 1, host.length, path.length, path.includes('*') ? 0 : 1]
}

/**
 * The key of a destination in an index by host: the host; or, for a wildcard host, `*.` and the labels after the last
 * wildcard. Empty for a destination that can never match, since no host has that key.
 */
export function destinationKey(uri: string): string {
  const host = parseDestination(uri)?.host
  if (host === undefined) return ''
  if (!host.includes('*')) return host
  const labels = host.split('.')
  const wild = labels.findLastIndex((part) => part.includes('*'))
  return `*.${labels.slice(wild + 1).join('.')}`
}

/** The keys of all destinations that may match a host. */
export function hostKeys(host: string): string[] {
  const name = host.toLowerCase()
  const labels = name.split('.')
  return [name, ...labels.map((_, index) => `*.${labels.slice(index + 1).join('.')}`)]
}
