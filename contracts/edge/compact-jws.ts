/** The compact serialization of a signed token (RFC 7515), parsed strictly: each token has exactly one spelling. */
import { isObject, isTooDeep, parseJson } from '../declaration/json.ts'

export interface CompactJws {
  readonly header: Readonly<Record<string, unknown>>
  readonly payload: Readonly<Record<string, unknown>>
}

/**
 * Undefined if the text is not the canonical encoding of three parts, of which the first two are JSON objects. Lenient
 * decoders ignore padding, whitespace and the unused bits of the last character, so one signature has many spellings,
 * and anything that identifies tokens by their text, such as a revocation list, can be bypassed. An unsigned token has
 * an empty third part.
 */
export function readCompactJws(token: string): CompactJws | undefined {
  const parts = token.split('.', 4)
  const [header = '', payload = '', signature = ''] = parts
  if (parts.length !== 3 || !isCanonical(signature)) return undefined
  const read = { header: objectIn(header), payload: objectIn(payload) }
  if (read.header === undefined || read.payload === undefined) return undefined
  return { header: read.header, payload: read.payload }
}

/** Base64url without padding, with all unused bits zero. */
const canonical = /^(?:[\w-]{4})*(?:[\w-][AQgw]|[\w-]{2}[AEIMQUYcgkosw048])?$/

function isCanonical(part: string): boolean {
  return canonical.test(part)
}

function objectIn(part: string): Record<string, unknown> | undefined {
  const text = isCanonical(part) ? textOf(part) : undefined
  const value = text === undefined ? undefined : parseJson(text)
  if (text === undefined || !isObject(value) || isTooDeep(value)) return undefined
  return hasRepeatedName(text, value) ? undefined : value
}

function textOf(part: string): string | undefined {
  try {
    const binary = atob(part.replaceAll('-', '+').replaceAll('_', '/'))
    const bytes = Uint8Array.from(binary, (character) => character.charCodeAt(0))
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return undefined
  }
}

/** Parsers disagree on which duplicate member wins. Outside strings, JSON has exactly one colon per member. */
function hasRepeatedName(text: string, value: unknown): boolean {
  const colons = text.replaceAll(/"(?:[^"\\]|\\.)*"/g, '').split(':').length - 1
  return colons !== membersOf(value)
}

function membersOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0
  const items: unknown[] = Object.values(value)
  const own = Array.isArray(value) ? 0 : items.length
  return items.reduce((count: number, item) => count + membersOf(item), own)
}
