/** Turns bytes into the identifiers and secrets on the wire. Pure: the bytes come from `World`. */
import { createHash } from 'node:crypto'

const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'

/** Lower case, two digits per byte. */
export function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex')
}

/** SHA-256 of a text, 64 hex digits. */
export function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

/** The first 16 bytes as a version 4 UUID. @throws RangeError on fewer than 16 bytes */
export function uuidFrom(bytes: Uint8Array): string {
  if (bytes.length < 16) throw new RangeError(`A UUID needs 16 bytes, not ${bytes.length}.`)
  const raw = Buffer.from(bytes.subarray(0, 16))
  raw.writeUInt8((raw.readUInt8(6) & 0x0f) | 0x40, 6)
  raw.writeUInt8((raw.readUInt8(8) & 0x3f) | 0x80, 8)
  const digits = raw.toString('hex')
  return [
    digits.slice(0, 8),
    digits.slice(8, 12),
    digits.slice(12, 16),
    digits.slice(16, 20),
    digits.slice(20),
  ].join('-')
}

/**
 * `n` base62 characters. The bytes are read as one number, so one byte per character leaves a negligible bias
 * (under 2^-2n). @throws RangeError on fewer than `n` bytes
 */
export function alphanumeric(bytes: Uint8Array, n: number): string {
  if (bytes.length < n) {
    throw new RangeError(`${n} characters need ${n} bytes, not ${bytes.length}.`)
  }
  let rest = BigInt(`0x0${hex(bytes)}`)
  let text = ''
  for (let i = 0; i < n; i++) {
    text += alphabet.charAt(Number(rest % 62n))
    rest /= 62n
  }
  return text
}

/**
 * A service token's secret in the scannable form: `cfast_`, 40 alphanumerics, 8 of checksum (edge-service-token-headers).
 * The format is documented; the checksum algorithm is assumed. @throws RangeError on fewer than 40 bytes
 */
export function clientSecret(bytes: Uint8Array): string {
  return scannable('cfast', bytes)
}

/** The value of an API token, in the same form (api-token-value). @throws RangeError on fewer than 40 bytes */
export function apiTokenValue(kind: 'account' | 'user', bytes: Uint8Array): string {
  return scannable(kind === 'account' ? 'cfat' : 'cfut', bytes)
}

function scannable(prefix: string, bytes: Uint8Array): string {
  const body = alphanumeric(bytes, 40)
  return `${prefix}_${body}${checksum(body)}`
}

function checksum(body: string): string {
  return alphanumeric(createHash('sha256').update(body).digest(), 8)
}
