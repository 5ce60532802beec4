/** The one normalised path: what applications are matched by is what the origin gets. */

/** Parts of a request target. `query` is untouched and begins with `?` where there is one. */
export interface NormalPath {
  readonly path: string
  readonly query: string
}

const absoluteForm = /^[a-z][a-z0-9+.-]*:\/\/[^/?\\]*/i
const malformedEscape = /%(?![0-9a-f]{2})/i
const unreserved = /^[A-Za-z0-9._~-]$/
/** What may stand in a path as itself (RFC 3986 pchar and `/`), and `%`, which is an escape by now. */
const notInPath = /[^A-Za-z0-9._~!$&'()*+,;=:@/%-]/gu

/** Most paths: nothing in them is escaped, repeated, or begins with a dot. */
const plain = /^(?:\/[A-Za-z0-9_~!$&'()*+,;=:@-][A-Za-z0-9._~!$&'()*+,;=:@-]*)*\/?$/

/**
 * Normalises the target of a request. Undefined where it is not a path, holds a control character (encoded
 * or not) or a malformed escape. `\`, `%5C` and `%2F` become `/`, repeated slashes one, `.` and `..` are
 * resolved, escapes of unreserved characters are decoded, others are upper case. Running it again changes nothing.
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

/** Every escape of a normalised path as the byte it stands for: what two spellings of one path share. */
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

/** Node hands over the bytes of a request target as code points up to 255, so those are bytes, not text. */
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
