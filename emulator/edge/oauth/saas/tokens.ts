/** The tokens of a SaaS application: the ID token, and the access token in either form (sign-in-oidc-id-token). */
import { createHash } from 'node:crypto'
import { personClaims } from '../../../access/oidc.ts'
import type { OauthGrantRow } from '../../../account/account.ts'
import type { EdgeContext } from '../../context.ts'
import { keyOf, type Provider } from './provider.ts'

/** `alg`, `kid` and `typ` of a token of this provider. */
async function signed(context: EdgeContext, provider: Provider, claims: object): Promise<string> {
  const key = await keyOf(context, provider)
  const header = { alg: 'RS256', kid: key.kid, typ: 'JWT' } as const
  return context.account.signatures.sign(claims, header, key)
}

/** Those of RFC 7519 that both tokens have. */
function registeredClaims(
  { world }: EdgeContext,
  { app, issuer }: Provider,
  { user_id }: OauthGrantRow,
  lifetime: number,
) {
  const iat = world.seconds()
  return { iss: issuer, sub: user_id, aud: app.client_id, iat, exp: iat + lifetime }
}

export function idToken(
  context: EdgeContext,
  provider: Provider,
  grant: OauthGrantRow,
  to: {
    /** Seconds. */
    readonly lifetime: number
    /** What comes with it from the authorization endpoint. */
    readonly code?: string | undefined
    readonly access_token?: string | undefined
  },
): Promise<string> {
  const { claims } = personClaims(provider.app, (grant.scope ?? '').split(' '), grant.identity)
  return signed(context, provider, {
    ...registeredClaims(context, provider, grant, to.lifetime),
    ...(grant.nonce === undefined ? {} : { nonce: grant.nonce }),
    ...(to.access_token === undefined ? {} : { at_hash: halfHash(to.access_token) }),
    ...(to.code === undefined ? {} : { c_hash: halfHash(to.code) }),
    ...claims,
  })
}

/** OpenID Connect Core, 3.1.3.6. */
function halfHash(text: string): string {
  return createHash('sha256').update(text).digest().subarray(0, 16).toString('base64url')
}

/** The access token of a grant as a JWT; undefined where it is opaque. */
export async function jwtAccessToken(
  context: EdgeContext,
  provider: Provider,
  grant: OauthGrantRow,
  lifetime: number,
): Promise<string | undefined> {
  if (context.account.behaviour('oidc.access_token') === 'opaque') return undefined
  return signed(context, provider, {
    ...registeredClaims(context, provider, grant, lifetime),
    scope: grant.scope ?? '',
    jti: `${grant.id}.${grant.rotation + 1}`,
  })
}
