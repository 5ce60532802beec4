/**
 * Cookie headers (RFC 6265), for both sides. Our own instead of jshttp's `cookie`, which would change answers: of several
 * cookies with one name it keeps the first, although each path of a site may have set its own and Access tries them all;
 * it decodes `%` escapes and trims less white space; it parses attributes into types, although recordings are compared as
 * text; and it writes attributes in an order other than the observed one. A test compares the two where they agree.
 */

interface CookiePair {
  readonly name: string
  /** Undefined for a name alone. */
  readonly value: string | undefined
}

/** Splits one `name=value` of a cookie header, or one attribute, and trims white space around both. */
export function cookiePair(text: string): CookiePair {
  const at = text.indexOf('=')
  if (at < 0) return { name: text.trim(), value: undefined }
  return { name: text.slice(0, at).trim(), value: text.slice(at + 1).trim() }
}

/** All values of a cookie in the `Cookie` headers of a request: several paths may each have set one. */
export function cookieValues(headers: readonly string[], name: string): string[] {
  const values: string[] = []
  for (const header of headers) {
    for (const part of header.split(';')) {
      const at = part.indexOf('=')
      if (at > 0 && part.slice(0, at).trim() === name) values.push(part.slice(at + 1).trim())
    }
  }
  return values
}

/** A `Cookie` header without the cookies of these names, the others unchanged; empty if none is left. */
export function withoutCookies(header: string, names: ReadonlySet<string>): string {
  return header
    .split(';')
    .map((part) => part.trim())
    .filter((part) => part !== '' && !names.has(cookiePair(part).name))
    .join('; ')
}

/** One `Set-Cookie` header. */
export interface SetCookie {
  readonly name: string
  readonly value: string
  /** By lower-case name; a flag such as `secure` is empty. */
  readonly attributes: Readonly<Record<string, string>>
}

export function readSetCookie(header: string): SetCookie {
  const [first = '', ...attributes] = header.split(';')
  const { name, value = '' } = cookiePair(first)
  const named = attributes
    .map(cookiePair)
    .map((attribute) => [attribute.name.toLowerCase(), attribute.value ?? ''] as const)
  return { name, value, attributes: Object.fromEntries(named) }
}

/** A `Set-Cookie` header with each attribute replaced by the result of `edit`; the cookie itself stays unchanged. */
export function withAttributes(
  header: string,
  edit: (attribute: string, read: CookiePair) => readonly string[],
): string {
  const [cookie = '', ...attributes] = header.split(';')
  return [cookie, ...attributes.flatMap((each) => edit(each, cookiePair(each)))].join(';')
}

export interface CookieAttributes {
  /** Seconds since the epoch. */
  readonly expires: number
  readonly path: string
  readonly httpOnly: boolean
  /** As written; empty: omitted. */
  readonly sameSite: string
}

/** A `Set-Cookie` header as the edge writes it: always `Secure`, with the attributes in the observed order. */
export function setCookie(name: string, value: string, attributes: CookieAttributes): string {
  const expires = new Date(attributes.expires * 1000).toUTCString()
  let text = `${name}=${value}; Expires=${expires}; Path=${attributes.path}; Secure`
  if (attributes.httpOnly) text += '; HttpOnly'
  if (attributes.sameSite !== '') text += `; SameSite=${attributes.sameSite}`
  return text
}
