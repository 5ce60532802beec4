/** Text within text: base64 that can be read, and addresses within addresses. What is secret there shows only once it is read. */
import { reference } from './references.ts'

const run = /(?<![A-Za-z0-9+/_-])[A-Za-z0-9+/_-]{16,}={0,2}/g

/** Each run of base64 that is text, as it stands and as it reads. */
export function withBase64(given: string, change: (encoded: string, plain: string) => string) {
  return given.replaceAll(run, (encoded) => {
    const plain = textIn(encoded)
    return plain === undefined ? encoded : change(encoded, plain)
  })
}

/** Undefined where it is no base64, or bytes that are no text. */
export function textIn(encoded: string): string | undefined {
  const standard = encoded.replaceAll('-', '+').replaceAll('_', '/').replace(/=+$/, '')
  if (standard.length % 4 === 1) return undefined
  try {
    const bytes = Uint8Array.from(atob(standard), (character) => character.charCodeAt(0))
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
    return /\p{Cc}/u.test(text.replaceAll(/[\t\r\n]/g, '')) ? undefined : text
  } catch {
    return undefined
  }
}

/** The password of `user:password`, as `Basic` has it in base64 and a URL before its host. */
export function passwordIn(credentials: string): string | undefined {
  const [, encoded] = /^(?:Basic )?([A-Za-z0-9+/_-]+={0,2})$/i.exec(credentials) ?? []
  const plain = encoded === undefined ? credentials : textIn(encoded)
  return /^[^:\s]*:(.+)$/s.exec(plain ?? '')?.[1]
}

/** Whether a value is itself an address with names in it: `/cb?token=…`, `https://…#access_token=…`. */
export function isAddress(given: string): boolean {
  return /^(?:[a-z][a-z0-9+.-]*:\/)?\/[^\s?#]*[?#][^\s]*=/i.test(given)
}

/** Of a URL; the text as it is where it is no such. */
export function unescaped(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    return text
  }
}

/** As a value within an address: its own `&` and `?` are encoded, references are left to be read. */
export function encodedAround(text: string): string {
  return text
    .split(reference)
    .map((part, at) => (at % 2 === 1 ? part : encodeURIComponent(part)))
    .join('')
}
