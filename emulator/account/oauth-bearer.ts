/** An opaque access token of Managed OAuth, as it comes to the edge: whose it is, or why it is no credential there. */
import type { ApplicationTokenClaims } from '../../contracts/edge/claims.ts'
import { oauthTokenPrefix } from '../../contracts/edge/oauth.ts'
import type { TokenReason } from '../../contracts/reasons/table.ts'
import { bearerToken, type HeaderValues } from '../access/credentials.ts'
import type { ApplicationToken, RefusedToken } from '../access/subject.ts'
import type { ApplicationRow, OauthGrantRow } from '../state/rows.ts'
import type { World } from '../world/world.ts'
import type { AccountBase } from './base.ts'
import { signForPerson } from './issue.ts'
import { accessTokenOf, areTokensRevoked } from './oauth-grants.ts'
import { issuerOf } from './organization.ts'

interface BearerReading {
  readonly account: AccountBase
  readonly world: World
  readonly application: ApplicationRow
  readonly headers: HeaderValues
}

interface HeldBearer extends ApplicationToken {
  /** What the origin is told of the holder. */
  readonly token: string
}

/** Undefined where none was sent (sign-in-oauth-bearer). */
export async function readOauthBearer(
  reading: BearerReading,
): Promise<HeldBearer | RefusedToken | undefined> {
  const { account, world, application, headers } = reading
  const token = bearerToken(headers)
  if (!token?.startsWith(oauthTokenPrefix)) return undefined
  const known = accessTokenOf(account, token)
  if (known === undefined) return { reason: 'oauth_token_unknown' }
  const { grant } = known
  const { claims } = known.row
  const problem = problemOf(reading, grant, claims)
  const holder = { kind: 'person', identity: grant.identity } as const
  if (problem !== undefined) return { reason: problem, signed: { claims, holder } }
  // The origin learns the user from a separate token (sign-in-oauth-bearer-claims).
  const assertion = await signForPerson(account, world, application, claims)
  return { token: assertion.token, claims: assertion.claims, holder }
}

function problemOf(
  { account, world, application }: BearerReading,
  grant: OauthGrantRow,
  claims: ApplicationTokenClaims,
): TokenReason | undefined {
  if (grant.application_id !== application.id) return 'oauth_token_of_other_application'
  if (claims.iss !== issuerOf(account)) return 'jwt_of_other_issuer'
  if (claims.exp * 1000 <= world.now()) return 'oauth_token_expired'
  return areTokensRevoked(account, grant, application) ? 'oauth_token_revoked' : undefined
}
