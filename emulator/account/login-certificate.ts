/** The client certificate of a login: presented at the application's host, and carried to the team domain by `meta`. */
import { isObject } from '../../contracts/json.ts'
import type { Subject } from '../access/subject.ts'
import type { World } from '../world.ts'
import type { Account } from './account.ts'
import { publishedKeys } from './issue.ts'

/**
 * The certificate that counted where the login began (edge-mtls-login). Unlike the rest of `meta` it lets people in, so it
 * is believed only of our own signature, for this application and host, and for as long as `meta` is valid.
 */
export async function certificateOfMeta(
  account: Account,
  world: World,
  meta: string,
  expected: { readonly aud: string; readonly hostname: string },
): Promise<Subject['certificate']> {
  const keys = await publishedKeys(account, world)
  const claims = await account.signatures.claimsOf(meta, keys.list)
  if (!isObject(claims) || !isObject(claims.mtls_auth)) return undefined
  const { type, aud, hostname, exp } = claims
  const isFor = type === 'meta' && aud === expected.aud && hostname === expected.hostname
  if (!isFor || typeof exp !== 'number' || exp * 1000 <= world.now()) return undefined
  const { auth_status, common_name } = claims.mtls_auth
  return auth_status === 'SUCCESS' && typeof common_name === 'string' ? { common_name } : undefined
}
