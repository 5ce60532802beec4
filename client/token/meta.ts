/** The `meta` parameter of a login redirect: what Access knew of the request that it turned away (edge-meta). */
import { decodeJwt } from 'jose'

/** Claims of the `meta` parameter in a login redirect; its signature is not verified. */
export interface MetaClaims {
  /** Whether the pair sent was that of an active service token. */
  readonly service_token_status?: boolean
  readonly auth_status?: string
  /** AUD tag of the application. */
  readonly aud?: string
  readonly hostname?: string
  readonly [claim: string]: unknown
}

export function metaOf(login: URL | undefined): MetaClaims | undefined {
  const meta = login?.searchParams.get('meta')
  try {
    return meta ? decodeJwt(meta) : undefined
  } catch {
    return undefined
  }
}
