/** Signs and verifies JWTs. Both are cached, since RS256 signatures of equal claims are equal. */
import { compactVerify, importJWK } from 'jose'
import type { ApplicationTokenClaims, Certs } from '../../contracts/edge/claims.ts'
import { readCompactJws } from '../../contracts/edge/compact-jws.ts'
import type { TokenHeader } from './tokens.ts'

/** A signing key: what is published of it, and what signs with it. */
export interface PickedKey {
  readonly kid: string
  readonly publicJwk: Certs['keys'][number]
  /** A JWS in compact form (RFC 7515, 7.1). Equal input gives equal bytes. */
  sign(header: object, payload: string): Promise<string>
}

export interface Signatures {
  sign(claims: object, header: TokenHeader, key: PickedKey): Promise<string>
  /**
   * The claims of a token that is signed with one of the keys and canonically encoded. Does not check times, audience or
   * issuer.
   */
  verify(token: string, keys: readonly PickedKey[]): Promise<ApplicationTokenClaims | undefined>
  /** The claims of any other token that is signed with one of the keys. */
  claimsOf(token: string, keys: readonly PickedKey[]): Promise<object | undefined>
}

const remembered = 4096
/** Characters. Claims may contain a request's URL, and thousands of long ones would fill the memory. */
const longestRemembered = 4096
/** The token of such claims, in base64url and with its signature. */
const longestToken = 6 * 1024

export function createSignatures(): Signatures {
  const signed = createMemory<Promise<string>>(remembered)
  const verified = createMemory<{ kid: string; claims: ApplicationTokenClaims }>(remembered)

  return {
    sign(claims, header, key) {
      const payload = JSON.stringify(claims)
      if (payload.length > longestRemembered) return key.sign(header, payload)
      const label = `${key.kid}.${header.typ ?? ''}.${payload}`
      return signed.get(label) ?? signed.set(label, key.sign(header, payload))
    },
    async verify(token, keys) {
      const known = verified.get(token)
      if (known !== undefined) {
        return keys.some((key) => key.kid === known.kid) ? known.claims : undefined
      }
      const read = readCompactJws(token)
      const key = keys.find(({ kid }) => kid === read?.header.kid)
      if (read === undefined || key === undefined || !isApplicationToken(read.payload)) {
        return undefined
      }
      if (!(await isSigned(token, key))) return undefined
      if (token.length <= longestToken) verified.set(token, { kid: key.kid, claims: read.payload })
      return read.payload
    },
    async claimsOf(token, keys) {
      const read = readCompactJws(token)
      const key = keys.find(({ kid }) => kid === read?.header.kid)
      return key !== undefined && (await isSigned(token, key)) ? read?.payload : undefined
    },
  }
}

async function isSigned(token: string, key: PickedKey): Promise<boolean> {
  try {
    const publicKey = await importJWK(key.publicJwk, 'RS256')
    await compactVerify(token, publicKey, { algorithms: ['RS256'] })
    return true
  } catch {
    return false
  }
}

function isApplicationToken(claims: object): claims is ApplicationTokenClaims {
  const { aud, iss, iat, exp, nbf } = claims as Partial<ApplicationTokenClaims>
  const hasAudience = typeof aud === 'string' || Array.isArray(aud)
  const hasTimes = typeof iat === 'number' && typeof exp === 'number'
  const hasBeginning = nbf === undefined || typeof nbf === 'number'
  return hasAudience && typeof iss === 'string' && hasTimes && hasBeginning
}

/**
 * A cache of at least the last half of `capacity` entries. In two halves, because to look for the oldest entry of a map is
 * to pass all that were deleted before it.
 */
function createMemory<T>(capacity: number) {
  let recent = new Map<string, T>()
  let older = new Map<string, T>()
  return {
    get: (name: string) => recent.get(name) ?? older.get(name),
    set(name: string, value: T): T {
      if (recent.size >= capacity / 2) {
        older = recent
        recent = new Map()
      }
      recent.set(name, value)
      return value
    },
  }
}
