/** ECDSA on P-256 with SHA-256, deterministic as in RFC 6979: `node:crypto` signatures differ from run to run. */
import { createECDH, createHash, createHmac } from 'node:crypto'

/** The order of the group (SP 800-186, 3.2.1.3). */
const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n

/** A private key from at least 40 bytes of entropy, which leaves no measurable bias (FIPS 186-5, A.2.1). */
export function privateKeyFrom(bytes: Uint8Array): Uint8Array {
  return octets((numberFrom(bytes) % (order - 1n)) + 1n)
}

/** The public point of a private key, uncompressed: 65 bytes. */
export function publicPoint(privateKey: Uint8Array): Uint8Array {
  const pair = createECDH('prime256v1')
  pair.setPrivateKey(privateKey)
  return pair.getPublicKey()
}

export interface EcdsaSignature {
  readonly r: Uint8Array
  readonly s: Uint8Array
}

export function signEcdsa(message: Uint8Array, privateKey: Uint8Array): EcdsaSignature {
  const digest = createHash('sha256').update(message).digest()
  for (const k of nonces(digest, privateKey)) {
    const r = numberFrom(publicPoint(k).subarray(1, 33)) % order
    const sum = numberFrom(digest) + r * numberFrom(privateKey)
    const s = (inverse(numberFrom(k)) * sum) % order
    if (r !== 0n && s !== 0n) return { r: octets(r), s: octets(s) }
  }
  throw new Error('unreachable: there is always another nonce')
}

/** RFC 6979, 3.2: the nonces to try, derived from key and digest. The first fails once in 2^32. */
function* nonces(digest: Uint8Array, privateKey: Uint8Array): Generator<Uint8Array> {
  const seed = [privateKey, octets(numberFrom(digest) % order)]
  let value: Uint8Array = new Uint8Array(32).fill(1)
  let key: Uint8Array = new Uint8Array(32)
  const update = (...parts: readonly Uint8Array[]) => {
    key = hmac(key, value, ...parts)
    value = hmac(key, value)
  }
  update(Uint8Array.of(0), ...seed)
  update(Uint8Array.of(1), ...seed)
  for (;;) {
    value = hmac(key, value)
    const k = numberFrom(value)
    if (k > 0n && k < order) yield value
    update(Uint8Array.of(0))
  }
}

function hmac(key: Uint8Array, ...parts: readonly Uint8Array[]): Uint8Array {
  const made = createHmac('sha256', key)
  for (const part of parts) made.update(part)
  return made.digest()
}

/** Modulo the order, by Fermat's little theorem. */
function inverse(value: bigint): bigint {
  let result = 1n
  let square = value % order
  for (let exponent = order - 2n; exponent > 0n; exponent >>= 1n) {
    if (exponent & 1n) result = (result * square) % order
    square = (square * square) % order
  }
  return result
}

function numberFrom(bytes: Uint8Array): bigint {
  return BigInt(`0x0${Buffer.from(bytes).toString('hex')}`)
}

function octets(value: bigint): Uint8Array {
  return Buffer.from(value.toString(16).padStart(64, '0'), 'hex')
}
