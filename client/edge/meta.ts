/** The `meta` parameter of a login redirect: what Access knew about the request that it redirected (edge-meta). */
import { decodeJwt } from 'jose'

/** Claims of the `meta` parameter in a login redirect; the signature is not verified. */
export interface MetaClaims {
  /** Whether the pair sent belongs to an active service token. */
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
