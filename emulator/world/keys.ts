/** Signing keys: a published pool, for speed and repeatability, or newly generated ones. */
import {
  createHash,
  createPrivateKey,
  generateKeyPair,
  type JsonWebKey,
  sign,
  webcrypto,
} from 'node:crypto'
import { promisify } from 'node:util'
import { once } from '../../contracts/declaration/endpoint.ts'
import type { Certs } from '../../contracts/edge/claims.ts'

type CryptoKey = webcrypto.CryptoKey

export interface SigningKey {
  /** 64 hex digits: SHA-256 of the modulus. */
  readonly kid: string
  /** As `/cdn-cgi/access/certs` lists it, members in this order (edge-certs). */
  readonly publicJwk: Certs['keys'][number]
  /** Imported on the first call, then cached; not extractable. */
  private(): Promise<CryptoKey>
  /** A JWS in compact form (RFC 7515, 7.1), signed on another thread. Equal input gives equal bytes. */
  sign(header: object, payload: string): Promise<string>
}

export interface KeyPool {
  /**
   * The key at an index; equal indexes give the same `SigningKey`. The published pool wraps around at `size`.
   * @throws RangeError unless the index is a non-negative integer
   */
  pick(index: number): Promise<SigningKey>
  /** The number of distinct keys: 16, or Infinity if they are generated. */
  readonly size: number
}

/** The algorithm of every key and certificate here: `RS256` in JOSE. */
export const rs256 = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' } as const

const publishedKeys = 16

/** Where generated keys are kept, so that all who share the store have the same. */
export interface KeyStore {
  /** The key at an index: the one that is kept, or else the one that `make` makes. */
  keyAt(index: number, make: () => Promise<JsonWebKey>): Promise<JsonWebKey>
}

export interface KeyOptions {
  readonly fresh: boolean
  /** For generated keys. Default: they last as long as the process. */
  readonly store?: KeyStore | undefined
}

export function createKeyPool({ fresh, store }: KeyOptions): KeyPool {
  const size = fresh ? Number.POSITIVE_INFINITY : publishedKeys
  const generated = (at: number) => store?.keyAt(at, freshKey) ?? freshKey()
  const make = fresh ? generated : publishedKey
  const picked = new Map<number, Promise<SigningKey>>()

  async function pick(index: number): Promise<SigningKey> {
    if (!Number.isSafeInteger(index) || index < 0) {
      throw new RangeError(`A key index is a non-negative integer, not ${index}.`)
    }
    const at = index % size
    const known = picked.get(at) ?? make(at).then(signingKey)
    picked.set(at, known)
    // The store may be back by the next time.
    known.catch(() => picked.delete(at))
    return known
  }
  return { pick, size }
}

async function publishedKey(at: number): Promise<JsonWebKey> {
  // Loaded on first use: 25 kB that would slow down the start.
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
  // Node's own callback costs the main thread half of what WebCrypto does.
  const privateKey = once(() => createPrivateKey({ key: jwk, format: 'jwk' }))
  return {
    kid,
    publicJwk: { kid, kty: 'RSA', alg: 'RS256', use: 'sig', e, n },
    private() {
      imported ??= webcrypto.subtle.importKey('jwk', jwk, rs256, false, ['sign'])
      return imported
    },
    sign(header, payload) {
      const input = `${base64url(JSON.stringify(header))}.${base64url(payload)}`
      return new Promise((resolve, reject) => {
        sign('sha256', Buffer.from(input), privateKey(), (error, signature) => {
          if (error === null) resolve(`${input}.${signature.toString('base64url')}`)
          else reject(error)
        })
      })
    },
  }
}

function base64url(text: string): string {
  return Buffer.from(text).toString('base64url')
}
