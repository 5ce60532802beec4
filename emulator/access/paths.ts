/** Path normalisation. The same path is matched against applications and sent to the origin. */

/** The parts of a request target. `query` is unchanged and includes the `?`; empty if there is none. */
export interface NormalPath {
  readonly path: string
  readonly query: string
}

const absoluteForm = /^[a-z][a-z0-9+.-]*:\/\/[^/?\\]*/i
const malformedEscape = /%(?![0-9a-f]{2})/i
const unreserved = /^[A-Za-z0-9._~-]$/
/** Everything but the characters allowed in a path (RFC 3986 pchar and `/`) and `%`, which is part of an escape by now. */
const notInPath = /[^A-Za-z0-9._~!$&'()*+,;=:@/%-]/gu

/** Matches most paths: without escapes, repeated slashes, or segments that begin with a dot. */
const plain = /^(?:\/[A-Za-z0-9_~!$&'()*+,;=:@-][A-Za-z0-9._~!$&'()*+,;=:@-]*)*\/?$/

/**
 * Normalises a request target. Undefined if it is not a path, or contains a control character (encoded or not) or a
 * malformed escape. `\`, `%5C` and `%2F` become `/`, repeated slashes are merged, `.` and `..` resolved, escapes of
 * unreserved characters decoded, all others written in upper case. Idempotent.
 */
export function normalisePath(rawUrl: string): NormalPath | undefined {
  if (plain.test(rawUrl)) return { path: rawUrl === '' ? '/' : rawUrl, query: '' }
  if (hasControl(rawUrl)) return undefined
  const target = rawUrl.replace(absoluteForm, '')
  const mark = target.indexOf('?')
  const rawPath = mark < 0 ? target : target.slice(0, mark)
  const query = mark < 0 ? '' : target.slice(mark)
  if (rawPath !== '' && !/^[/\\]|^%(?:2f|5c)/i.test(rawPath)) return undefined
  if (malformedEscape.test(rawPath) || /%(?:[01][0-9a-f]|7f)/i.test(rawPath)) return undefined
  if (/\p{Surrogate}/u.test(rawPath)) return undefined
  const decoded = rawPath
    .replace(/%[0-9a-f]{2}/gi, decodePlain)
    .replace(/\\/g, '/')
    .replace(notInPath, escapeByte)
  return { path: resolveDots(decoded), query }
}

/** Decodes every escape of a normalised path, so that two spellings of the same path become equal. */
export function decodedPath(path: string): string {
  return path.replace(/%([0-9A-F]{2})/g, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  )
}

function hasControl(text: string): boolean {
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index)
    if (code < 0x20 || code === 0x7f) return true
  }
  return false
}

function decodePlain(escaped: string): string {
  const character = String.fromCharCode(Number.parseInt(escaped.slice(1), 16))
  if (character === '/' || character === '\\') return '/'
  return unreserved.test(character) ? character : escaped.toUpperCase()
}

/** Node presents a request target's bytes as code points up to 255, so these are bytes, not text. */
function escapeByte(character: string): string {
  const code = character.codePointAt(0) ?? 0
  if (code > 0xff) return encodeURIComponent(character)
  return `%${code.toString(16).toUpperCase().padStart(2, '0')}`
}

function resolveDots(path: string): string {
  const segments = path.split('/').filter((segment) => segment !== '')
  const kept: string[] = []
  for (const segment of segments) {
    if (segment === '..') kept.pop()
    else if (segment !== '.') kept.push(segment)
  }
  const last = segments.at(-1)
  const isFolder = path.endsWith('/') || last === '.' || last === '..'
  return kept.length === 0 ? '/' : `/${kept.join('/')}${isFolder ? '/' : ''}`
}

/** Whether a path is a place, or something below it. */
export function isOrUnder(place: string, path: string): boolean {
  return path === place || path.startsWith(`${place}/`)
}
