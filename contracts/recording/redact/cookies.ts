/** Cookie headers: the value of every cookie is secret, whatever its name and even without one. */
import { withAttributes } from '../../http/cookies.ts'
import type { RedactChange } from './bodies.ts'

/** Attributes of `Set-Cookie` that are not secret. */
const attribute = /^(expires|max-age|domain|path|samesite)$/i

/** The `Cookie` header. */
export function withCookies(given: string, change: RedactChange): string {
  return given
    .split(';')
    .map((part) => withCookie(part, change))
    .join(';')
}

/** The `Set-Cookie` header, or several that a browser or a library has joined into one. */
export function withSetCookies(given: string, change: RedactChange): string {
  return given
    .split(/(\n|,(?=\s*[^\s;,=]+=))/)
    .map((each, at) => (at % 2 === 1 ? each : withSetCookie(each, change)))
    .join('')
}

function withSetCookie(given: string, change: RedactChange): string {
  const [cookie = ''] = given.split(';', 1)
  const rest = withAttributes(given.slice(cookie.length), (part, { name, value }) => [
    value === undefined || attribute.test(name) ? part : withCookie(part, change),
  ])
  return withCookie(cookie, change) + rest
}

/** `name=value`, or just a value. */
function withCookie(part: string, change: RedactChange): string {
  const cookie = part.trim()
  const at = cookie.indexOf('=') + 1
  const value = cookie.slice(at)
  const name = cookie.slice(0, Math.max(at - 1, 0))
  return part.replace(cookie, () => cookie.slice(0, at) + change(name, value))
}
