/** Cookies as they travel: read from `Set-Cookie` and from `Cookie`. */

export interface SetCookie {
  readonly name: string
  readonly value: string
  /** By lower-case name; a flag such as `secure` is empty. */
  readonly attributes: Readonly<Record<string, string>>
}

export function setCookies(headers: Headers): SetCookie[] {
  return headers.getSetCookie().map((line) => {
    const [pair = '', ...attributes] = line.split(';')
    const [name, value] = split(pair)
    return {
      name,
      value,
      attributes: Object.fromEntries(
        attributes.map(split).map(([key, text]) => [key.toLowerCase(), text]),
      ),
    }
  })
}

/** The first cookie of that name in a `Cookie` header. */
export function cookieOf(headers: Headers, name: string): string | undefined {
  return cookiesOf(headers, name)[0]
}

/** The values of all cookies of that name, in their order. */
export function cookiesOf(headers: Headers, name: string): string[] {
  const pairs = (headers.get('cookie') ?? '').split(';').map(split)
  return pairs.flatMap(([key, value]) => (key === name ? [value] : []))
}

function split(text: string): [name: string, value: string] {
  const at = text.indexOf('=')
  if (at < 0) return [text.trim(), '']
  return [text.slice(0, at).trim(), text.slice(at + 1).trim()]
}
