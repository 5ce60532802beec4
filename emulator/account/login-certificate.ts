/** The client certificate of a login: presented at the application's host, and carried to the team domain by `meta`. */
import { isObject } from '../../contracts/declaration/json.ts'
import type { MtlsAuth } from '../../contracts/edge/claims.ts'
import type { LoginCertificate } from '../state/login-rows.ts'
import type { World } from '../world/world.ts'
import type { AccountBase } from './base.ts'
import { publishedKeys } from './keys.ts'

/**
 * The certificate that counted where the login began (edge-mtls-login). Unlike the rest of `meta` it lets people in, so it
 * is believed only of our own signature, for this application and host, and for as long as `meta` is valid.
 */
export async function certificateOfMeta(
  account: AccountBase,
  world: World,
  meta: string,
  expected: { readonly aud: string; readonly hostname: string },
): Promise<LoginCertificate> {
  const keys = await publishedKeys(account, world)
  const claims = await account.signatures.claimsOf(meta, keys.list)
  if (!isObject(claims) || !isObject(claims.mtls_auth)) return {}
  const { type, aud, hostname, exp } = claims
  const isFor = type === 'meta' && aud === expected.aud && hostname === expected.hostname
  if (!isFor || typeof exp !== 'number' || exp * 1000 <= world.now()) return {}
  const mtls_auth = mtlsOf(claims.mtls_auth)
  const { auth_status, common_name } = mtls_auth
  return auth_status === 'SUCCESS' ? { certificate: { common_name }, mtls_auth } : {}
}

function mtlsOf(claims: Readonly<Record<string, unknown>>): MtlsAuth {
  const text = (name: string) => (typeof claims[name] === 'string' ? claims[name] : '')
  return {
    cert_issuer_dn: text('cert_issuer_dn'),
    cert_serial: text('cert_serial'),
    cert_issuer_ski: text('cert_issuer_ski'),
    cert_presented: claims.cert_presented === true,
    common_name: text('common_name'),
    auth_status: text('auth_status'),
  }
}
