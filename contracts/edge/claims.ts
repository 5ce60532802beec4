/** The claims of signed tokens, and the key set that verifies them. */
import { z } from 'zod'
import { once } from '../declaration/endpoint.ts'

/** Application token of a service token: string `aud`, empty `sub`, no `nbf` (edge-service-token-jwt). */
export const serviceTokenClaims = once(() =>
  z.looseObject({
    type: z.literal('app').optional(),
    iat: z.number(),
    exp: z.number(),
    iss: z.url(),
    sub: z.literal(''),
    aud: z.union([z.string(), z.array(z.string())]),
    common_name: z.string(),
  }),
)

/** Application token of a person: array `aud` (edge-person-jwt). */
export const identityClaims = once(() =>
  z.looseObject({
    aud: z.array(z.string()),
    email: z.string(),
    exp: z.number(),
    iat: z.number(),
    nbf: z.number(),
    iss: z.url(),
    type: z.literal('app'),
    identity_nonce: z.string(),
    sub: z.string(),
  }),
)

/** Claims of any application token. Times are seconds since the epoch. */
export interface ApplicationTokenClaims {
  readonly aud: string | readonly string[]
  readonly iss: string
  readonly iat: number
  readonly exp: number
  readonly nbf?: number
  readonly sub: string
  readonly type?: string
  readonly common_name?: string
  readonly email?: string
  readonly identity_nonce?: string
  readonly country?: string
  readonly policy_id?: string
}

/** What `meta` says of a client certificate, and later the identity of who signed in with it (edge-meta, edge-mtls-meta). */
export interface MtlsAuth {
  readonly cert_issuer_dn: string
  readonly cert_serial: string
  readonly cert_issuer_ski: string
  readonly cert_presented: boolean
  readonly common_name: string
  readonly auth_status: string
}

/** The same, where its common name stands beside it (edge-get-identity-mtls). */
export const mtlsOfIdentity = once(() =>
  z.object({
    cert_issuer_dn: z.string(),
    cert_serial: z.string(),
    cert_issuer_ski: z.string(),
    cert_presented: z.boolean(),
    auth_status: z.string(),
  }),
)

/** A person as described by an identity provider. `groups` and `claims` come from a mock provider. */
export interface Identity {
  readonly email: string
  readonly id?: string
  readonly name?: string
  readonly idp?: { readonly id: string; readonly type: string }
  readonly groups?: readonly string[]
  readonly country?: string
  /** OIDC claims or SAML attributes, by name. */
  readonly claims?: Readonly<Record<string, unknown>>
  /** The client certificate that they signed in with. */
  readonly mtls_auth?: MtlsAuth
}

/** Claims of the `meta` parameter in a login redirect (edge-meta). */
export const metaClaims = once(() =>
  z.looseObject({
    type: z.literal('meta'),
    aud: z.string(),
    hostname: z.string(),
    redirect_url: z.string(),
    service_token_status: z.boolean(),
    auth_status: z.string(),
    iat: z.number(),
    nbf: z.number(),
    exp: z.number(),
  }),
)

/** A public key in a key set. */
export const publicJwk = once(() =>
  z.object({
    kid: z.string(),
    kty: z.literal('RSA'),
    alg: z.literal('RS256'),
    use: z.literal('sig'),
    e: z.string(),
    n: z.string(),
  }),
)

/** `/cdn-cgi/access/certs`: previous key first, current second (edge-certs). */
export const certs = once(() =>
  z.looseObject({
    keys: z.array(publicJwk()),
    public_cert: z.looseObject({ kid: z.string(), cert: z.string() }),
    public_certs: z.array(z.looseObject({ kid: z.string(), cert: z.string() })),
  }),
)
export type Certs = z.output<ReturnType<typeof certs>>
