/** The global session: who signed in at the team domain, valid for every application (sign-in-global-session). */
import { cookieNames } from '../../contracts/edge/endpoints.ts'
import { cookieValues } from '../../contracts/http/cookies.ts'
import type { HeaderValues } from '../access/credentials.ts'
import type { Identity } from '../access/subject.ts'
import {
  globalSessionClaims,
  identityHeader,
  lifetimeSeconds,
  tokenProblem,
} from '../access/tokens.ts'
import type { ApplicationRow, UserRow } from '../state/rows.ts'
import { hex } from '../world/ids.ts'
import type { World } from '../world/world.ts'
import type { AccountBase } from './base.ts'
import { sessionChanges } from './holder.ts'
import { type IssuedToPerson, issuedAt } from './issue.ts'
import { publishedKeys } from './keys.ts'
import { issuerOf, organizationOf } from './organization.ts'

/** A global session for a person who signed in for an application (sign-in-session-lengths). */
export async function issueGlobalSession(
  account: AccountBase,
  world: World,
  application: ApplicationRow,
  user: UserRow,
  identity: Identity,
): Promise<IssuedToPerson> {
  const iat = issuedAt(world, user.revoked_at)
  const { session_duration } = organizationOf(account) ?? {}
  const nonce = hex(world.bytes(8, 'identity_nonce', account.id, user.id, 'global', iat))
  const claims = globalSessionClaims({
    iss: issuerOf(account),
    aud: audOf(account, world),
    iat,
    nbf: world.seconds(),
    lifetime: lifetimeSeconds(session_duration, application.session_duration),
    email: user.email,
    user_uuid: user.id,
    identity_nonce: nonce,
  })
  const { current } = await publishedKeys(account, world)
  const header = identityHeader(current.kid, account.behaviour)
  const token = await account.signatures.sign(claims, header, current)
  const session = { id: nonce, user_id: user.id, identity, exp: claims.exp, iat }
  return { token, claims, exp: claims.exp, changes: sessionChanges(account, world, session) }
}

/** The global session in a request to the team domain: its claims, its user, and their identity when they signed in. */
export async function globalSessionOf(account: AccountBase, world: World, headers: HeaderValues) {
  const sent = cookieValues(headers('cookie'), cookieNames.authorization)
  if (sent.length === 0) return undefined
  const keys = await publishedKeys(account, world)
  for (const token of sent) {
    const claims = await account.signatures.verify(token, keys.list)
    const user = claims === undefined ? undefined : account.state.tables.users.get(claims.sub)
    if (claims === undefined || user === undefined) continue
    const problem = tokenProblem(claims, {
      type: 'org',
      iss: issuerOf(account),
      aud: audOf(account, world),
      nowMs: world.now(),
      revokedAt: user.revoked_at,
    })
    if (problem !== undefined) continue
    const session = account.state.tables.sessions.get(claims.identity_nonce ?? '')
    return { claims, user, identity: session?.identity }
  }
  return undefined
}

/** No recording shows the audience of such a token: we use 64 hex digits per organization (assumed). */
function audOf(account: AccountBase, world: World): string {
  return hex(world.bytes(32, 'organization_aud', account.id))
}
