/** Signing and verifying, each remembered: RS256 over equal claims gives equal bytes. */
import { CompactSign, compactVerify, decodeProtectedHeader, importJWK } from 'jose'
import type { ApplicationTokenClaims } from '../../contracts/claims.ts'
import type { World } from '../world.ts'
import type { TokenHeader } from './tokens.ts'

export type SigningKey = Awaited<ReturnType<World['keys']['pick']>>

export interface Signatures {
  sign(claims: object, header: TokenHeader, key: SigningKey): Promise<string>
  /** The claims of a token that one of the keys signed; nothing is said of time, audience or issuer. */
  verify(token: string, keys: readonly SigningKey[]): Promise<ApplicationTokenClaims | undefined>
}

const remembered = 4096
/** Characters. What signs the address of a request can be as long as that, and a thousand of them would fill the memory. */
const longestRemembered = 4096

export function createSignatures(): Signatures {
  const signed = createMemory<Promise<string>>(remembered)
  const verified = createMemory<{ kid: string; claims: ApplicationTokenClaims }>(remembered)

  return {
    sign(claims, header, key) {
      const payload = JSON.stringify(claims)
      if (payload.length > longestRemembered) return compact(payload, header, key)
      const label = `${key.kid}.${header.typ ?? ''}.${payload}`
      return signed.get(label) ?? signed.set(label, compact(payload, header, key))
    },
    async verify(token, keys) {
      const known = verified.get(token)
      if (known !== undefined) {
        return keys.some((key) => key.kid === known.kid) ? known.claims : undefined
      }
      const key = keyOf(token, keys)
      if (key === undefined) return undefined
      const claims = await claimsOf(token, key)
      if (claims !== undefined) verified.set(token, { kid: key.kid, claims })
      return claims
    },
  }
}

async function compact(payload: string, header: TokenHeader, key: SigningKey): Promise<string> {
  const bytes = new TextEncoder().encode(payload)
  return new CompactSign(bytes).setProtectedHeader({ ...header }).sign(await key.private())
}

function keyOf(token: string, keys: readonly SigningKey[]): SigningKey | undefined {
  try {
    const { kid } = decodeProtectedHeader(token)
    return keys.find((key) => key.kid === kid)
  } catch {
    return undefined
  }
}

async function claimsOf(
  token: string,
  key: SigningKey,
): Promise<ApplicationTokenClaims | undefined> {
  try {
    const publicKey = await importJWK(key.publicJwk, 'RS256')
    const { payload } = await compactVerify(token, publicKey, { algorithms: ['RS256'] })
    const claims: unknown = JSON.parse(new TextDecoder().decode(payload))
    return isApplicationToken(claims) ? claims : undefined
  } catch {
    return undefined
  }
}

function isApplicationToken(claims: unknown): claims is ApplicationTokenClaims {
  if (typeof claims !== 'object' || claims === null) return false
  const { aud, iss, iat, exp } = claims as Partial<ApplicationTokenClaims>
  const hasAudience = typeof aud === 'string' || Array.isArray(aud)
  return (
    hasAudience && typeof iss === 'string' && typeof iat === 'number' && typeof exp === 'number'
  )
}

/** The last so many things, the oldest forgotten first. */
function createMemory<T>(capacity: number) {
  const entries = new Map<string, T>()
  return {
    get: (name: string) => entries.get(name),
    set(name: string, value: T): T {
      if (entries.size >= capacity) {
        const [oldest] = entries.keys()
        if (oldest !== undefined) entries.delete(oldest)
      }
      entries.set(name, value)
      return value
    },
  }
}
