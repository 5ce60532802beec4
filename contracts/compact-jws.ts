/** The compact serialization of a signed token (RFC 7515), read strictly: one token has one text. */
import { isObject, isTooDeep, parseJson } from './json.ts'

export interface CompactJws {
  readonly header: Readonly<Record<string, unknown>>
  readonly payload: Readonly<Record<string, unknown>>
}

/**
 * Undefined where the text is not the canonical encoding of three parts, the first two of them JSON objects. Lenient
 * decoders drop padding, whitespace and the unused bits of a last character: then one signature has many spellings, and
 * whatever remembers tokens by their text, such as a list of revoked ones, is passed by. An unsigned token has an empty
 * third part.
 */
export function readCompactJws(token: string): CompactJws | undefined {
  const parts = token.split('.', 4)
  const [header = '', payload = '', signature = ''] = parts
  if (parts.length !== 3 || !isCanonical(signature)) return undefined
  const read = { header: objectIn(header), payload: objectIn(payload) }
  if (read.header === undefined || read.payload === undefined) return undefined
  return { header: read.header, payload: read.payload }
}

/** Base64url without padding whose unused bits are zero. */
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

/** Of two members with one name, readers take either. Outside strings, JSON has one colon for each member. */
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
