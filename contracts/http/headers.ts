/** Raw header lists, and the headers that apply to a single connection only (RFC 9110). */

/** Alternating names and values, in original order and casing, like Node's `rawHeaders`. */
export type RawHeaders = string[]

/** The same as pairs. */
export type HeaderPairs = readonly (readonly [name: string, value: string])[]

export function pairsOf(raw: Readonly<RawHeaders>): [name: string, value: string][] {
  const pairs: [string, string][] = []
  for (let at = 0; at < raw.length; at += 2) pairs.push([raw[at] ?? '', raw[at + 1] ?? ''])
  return pairs
}

const none: readonly string[] = []

/** All values of a header, by lower-case name. Scans the list each time, because Node's own table would parse them all. */
export function valuesOf(raw: Readonly<RawHeaders>, name: string): readonly string[] {
  let found: string[] | undefined
  for (let at = 0; at < raw.length; at += 2) {
    const sent = raw[at]
    if (sent?.length !== name.length || sent.toLowerCase() !== name) continue
    found ??= []
    found.push(raw[at + 1] ?? '')
  }
  return found ?? none
}

/** The first value of a header, by lower-case name. */
export function headerOf(pairs: HeaderPairs, name: string): string | undefined {
  return pairs.find(([each]) => each.toLowerCase() === name)?.[1]
}

/** Headers by lower-case name. Repeated ones are joined into one line (RFC 9110 5.3); those in `apart` stay lists. */
export function joinedHeaders(pairs: HeaderPairs): Record<string, string>
export function joinedHeaders(
  pairs: HeaderPairs,
  apart: ReadonlySet<string>,
): Record<string, string | string[]>
export function joinedHeaders(
  pairs: HeaderPairs,
  apart: ReadonlySet<string> = new Set(),
): Record<string, string | string[]> {
  // Without a prototype: a name such as `constructor` is a header like any other.
  const headers: Record<string, string | string[]> = Object.create(null)
  for (const [name, value] of pairs) {
    const lower = name.toLowerCase()
    const before = headers[lower]
    if (Array.isArray(before)) before.push(value)
    else if (apart.has(lower)) headers[lower] = [value]
    else headers[lower] = before === undefined ? value : `${before}, ${value}`
  }
  return headers
}

/**
 * Headers of a single connection, which are never forwarded (RFC 9110 7.6.1). What else ends at a hop depends on the hop;
 * each adds its own.
 */
export const hopByHop: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])

/** The options of a `Connection` header, as written. */
export function connectionOptions(value: string): string[] {
  return value
    .split(',')
    .map((option) => option.trim())
    .filter((option) => option !== '')
}
