/** Signing keys: a published pool for speed and repeatability, or fresh ones on demand. */
import { createHash, generateKeyPair, type JsonWebKey, webcrypto } from 'node:crypto'
import { promisify } from 'node:util'

type CryptoKey = webcrypto.CryptoKey

/** A public key as certs answers it, its members in this order (edge-certs). */
export interface PublicJwk {
  readonly kid: string
  readonly kty: 'RSA'
  readonly alg: 'RS256'
  readonly use: 'sig'
  readonly e: string
  readonly n: string
}

export interface SigningKey {
  /** 64 hex digits: SHA-256 of the modulus. */
  readonly kid: string
  readonly publicJwk: PublicJwk
  /** Imported on the first call, then the same key; it cannot be exported. */
  private(): Promise<CryptoKey>
}

export interface KeyPool {
  /**
   * The key at any non-negative integer: equal indexes give the same `SigningKey`.
   * The published pool starts anew after `size`. @throws RangeError on any other number
   */
  pick(index: number): Promise<SigningKey>
  /** How many distinct keys there are: 16, or Infinity when they are generated. */
  readonly size: number
}

/** The algorithm of every key and certificate here: RS256 in JOSE's words. */
export const rs256 = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' } as const

const publishedKeys = 16

export function createKeyPool({ fresh }: { fresh: boolean }): KeyPool {
  const size = fresh ? Number.POSITIVE_INFINITY : publishedKeys
  const make = fresh ? freshKey : publishedKey
  const picked = new Map<number, Promise<SigningKey>>()

  async function pick(index: number): Promise<SigningKey> {
    if (!Number.isSafeInteger(index) || index < 0) {
      throw new RangeError(`A key is picked by a non-negative integer, not by ${index}.`)
    }
    const at = index % size
    const known = picked.get(at) ?? make(at).then(signingKey)
    picked.set(at, known)
    return known
  }
  return { pick, size }
}

async function publishedKey(at: number): Promise<JsonWebKey> {
  // Read on first use: 25 kB that a start should not parse.
  const { default: pool } = await import('./dev-keys.json', { with: { type: 'json' } })
  const jwk = pool.keys[at]
  if (jwk === undefined) throw new RangeError(`dev-keys.json has no key ${at}.`)
  return jwk
}

async function freshKey(): Promise<JsonWebKey> {
  const { privateKey } = await promisify(generateKeyPair)('rsa', { modulusLength: 2048 })
  return privateKey.export({ format: 'jwk' })
}

function signingKey(jwk: JsonWebKey): SigningKey {
  const { n, e } = jwk
  if (n === undefined || e === undefined) throw new TypeError('Not an RSA key.')
  const kid = createHash('sha256').update(Buffer.from(n, 'base64url')).digest('hex')
  let imported: Promise<CryptoKey> | undefined
  return {
    kid,
    publicJwk: { kid, kty: 'RSA', alg: 'RS256', use: 'sig', e, n },
    private() {
      imported ??= webcrypto.subtle.importKey('jwk', jwk, rs256, false, ['sign'])
      return imported
    },
  }
}
