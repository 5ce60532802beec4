/** Text within text: readable base64, and URLs within URLs. Secrets in it are visible only after decoding. */
import { reference } from './references.ts'

const run = /(?<![A-Za-z0-9+/_-])[A-Za-z0-9+/_-]{16,}={0,2}/g

/** Calls `change` for each run of base64 that decodes to text, with both forms. */
export function withBase64(given: string, change: (encoded: string, plain: string) => string) {
  return given.replaceAll(run, (encoded) => {
    const plain = textIn(encoded)
    return plain === undefined ? encoded : change(encoded, plain)
  })
}

/** The text in base64; undefined if it is not base64, or the bytes are not text. */
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

/** The password in `user:password`, which `Basic` encodes in base64 and a URL has before its host. */
export function passwordIn(credentials: string): string | undefined {
  const [, encoded] = /^(?:Basic )?([A-Za-z0-9+/_-]+={0,2})$/i.exec(credentials) ?? []
  const plain = encoded === undefined ? credentials : textIn(encoded)
  return /^[^:\s]*:(.+)$/s.exec(plain ?? '')?.[1]
}

/** Whether a value is itself a URL with parameters: `/cb?token=…`, `https://…#access_token=…`. */
export function isAddress(given: string): boolean {
  return /^(?:[a-z][a-z0-9+.-]*:\/)?\/[^\s?#]*[?#][^\s]*=/i.test(given)
}

/** Decodes a URL component; returns malformed ones unchanged. */
export function unescaped(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    return text
  }
}

/** Encodes a value for use within a URL: `&` and `?` are encoded, references stay readable. */
export function encodedAround(text: string): string {
  return text
    .split(reference)
    .map((part, at) => (at % 2 === 1 ? part : encodeURIComponent(part)))
    .join('')
}
