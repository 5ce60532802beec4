/** Which hosts and paths an application's destinations cover, as far as the doctor needs it (edge-host-matching). */

import { isWithin } from '../../contracts/declaration/primitives.ts'
import type { ReadApplication } from './observation.ts'

/** All `host/path` destinations of an application, `domain` among them. */
export function destinationsOf({
  domain,
  destinations,
  self_hosted_domains,
}: ReadApplication): string[] {
  const named = (destinations ?? []).flatMap(({ uri }) => uri ?? [])
  return [...new Set([...(domain ? [domain] : []), ...named, ...(self_hosted_domains ?? [])])]
}

/** A host, or a host and path, with at most one `*` per label and segment: anything else matches nothing. */
export function isDestination(place: string): boolean {
  const [host = '', ...segments] = place.split('/')
  const isHost = host.split('.').every((label) => /^[\w-]*\*?[\w-]*$/.test(label) && label !== '')
  return isHost && segments.every((segment) => /^[^\s?#*]*\*?[^\s?#*]*$/.test(segment))
}

export function coversHost(place: string, host: string): boolean {
  const [pattern = ''] = place.toLowerCase().split('/')
  const wanted = pattern.split('.')
  const given = host.toLowerCase().split('.')
  return (
    wanted.length === given.length && wanted.every((label, at) => glob(label).test(given[at] ?? ''))
  )
}

/** A path covers everything below it; a final `*` segment covers only what is below. */
export function coversPath(place: string, path: string): boolean {
  const slash = place.indexOf('/')
  const pattern = slash < 0 ? '' : place.slice(slash).replace(/\/+$/, '')
  if (pattern === '' || pattern === '/*') return true
  return glob(pattern).test(path) || glob(`${pattern}/*`).test(path)
}

export function covers(place: string, { hostname, pathname }: URL): boolean {
  return isDestination(place) && coversHost(place, hostname) && coversPath(place, pathname)
}

/** Whether the wildcard would match the host but for the number of labels. */
export function isOtherLevel(place: string, host: string): boolean {
  const [pattern = ''] = place.toLowerCase().split('/')
  const fixed = /^\*\.([^*]+)$/.exec(pattern)?.[1]
  if (fixed === undefined || coversHost(place, host)) return false
  return isWithin(host, fixed)
}

/** The application that covers a URL: exact hosts before wildcards, then the longer host, then the longer path. */
export function applicationFor(
  applications: readonly ReadApplication[],
  url: URL,
): ReadApplication | undefined {
  const candidates = applications.flatMap((application) =>
    destinationsOf(application)
      .filter((place) => covers(place, url))
      .map((place) => ({ application, rank: rankOf(place) })),
  )
  const compare = (a: readonly number[], b: readonly number[]) =>
    a.map((value, at) => value - (b[at] ?? 0)).find((by) => by !== 0) ?? 0
  return candidates.sort((a, b) => compare(b.rank, a.rank))[0]?.application
}

function rankOf(place: string): readonly number[] {
  const [host = '', ...path] = place.split('/')
  return [host.includes('*') ? 0 : 1, host.length, path.join('/').length]
}

function glob(pattern: string): RegExp {
  const texts = pattern.split('*').map((text) => text.replaceAll(/[.+?^${}()|[\]\\]/g, '\\$&'))
  return new RegExp(`^${texts.join('.*')}$`)
}
