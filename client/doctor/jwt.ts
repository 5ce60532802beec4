/** The claims of a JWT, unverified: the doctor compares them but never trusts them. */
import { decodeJwt, decodeProtectedHeader, type JWTPayload } from 'jose'
import { type Secret, secret } from '../transport/secret.ts'

export interface TokenFacts {
  readonly kid: string | undefined
  readonly claims: JWTPayload
  /** The AUD tags it names. */
  readonly aud: readonly string[]
  /** Host of the team that issued it. */
  readonly team: string | undefined
  readonly text: Secret
}

/** Undefined if the text is not a JWT, for example because it was redacted. */
export function readToken(text: string | undefined): TokenFacts | undefined {
  if (text === undefined || text === '') return undefined
  try {
    const claims = decodeJwt(text)
    const { kid } = decodeProtectedHeader(text)
    const { iss = '' } = claims
    return {
      kid,
      claims,
      aud: [claims.aud ?? []].flat(),
      team: URL.canParse(iss) ? new URL(iss).host : undefined,
      text: secret(text),
    }
  } catch {
    return undefined
  }
}
