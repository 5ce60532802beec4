/** A token of another application in a request: whose it is, or why it is no longer good (edge-linked-app-token). */
import { headerNames } from '../../contracts/edge/endpoints.ts'
import { oauthTokenPrefix } from '../../contracts/edge/oauth.ts'
import { bearerToken, type HeaderValues } from '../access/credentials.ts'
import type { ApplicationToken, LinkedToken } from '../access/subject.ts'
import { edgeHeader, identityClaims, serviceTokenClaims, tokenProblem } from '../access/tokens.ts'
import type { ApplicationRow } from '../state/rows.ts'
import type { World } from '../world/world.ts'
import type { AccountBase } from './base.ts'
import { holderOf } from './holder.ts'
import { type Issued, issue, type PersonGrant, signForPerson } from './issue.ts'
import { publishedKeys } from './keys.ts'
import { accessTokenOf, areTokensRevoked } from './oauth-grants.ts'
import { issuerOf } from './organization.ts'
import { revokedAt } from './sent-tokens.ts'

interface LinkedReading {
  readonly account: AccountBase
  readonly world: World
  /** The application that the request is for. */
  readonly application: ApplicationRow
  readonly headers: HeaderValues
}

/** From a self-hosted application as `cf-access-token`, from a SaaS application as a bearer. */
export async function readLinkedToken(reading: LinkedReading): Promise<LinkedToken | undefined> {
  return (await ofSelfHosted(reading)) ?? ofSaas(reading)
}

async function ofSelfHosted(reading: LinkedReading): Promise<LinkedToken | undefined> {
  const { account, world, application, headers } = reading
  const [token] = headers(headerNames.accessToken)
  if (token === undefined) return undefined
  const keys = await publishedKeys(account, world)
  const claims = await account.signatures.verify(token, keys.list)
  if (claims === undefined) return undefined
  const { applications } = account.state.tables
  const [issuedFor] = [claims.aud].flat().flatMap((aud) => applications.by('aud', aud))
  if (issuedFor === undefined || issuedFor.id === application.id) return undefined
  const app_uid = issuedFor.id
  const problem = tokenProblem(claims, {
    iss: issuerOf(account),
    aud: issuedFor.aud,
    nowMs: world.now(),
    revokedAt: revokedAt(account, issuedFor, claims.sub),
  })
  if (problem !== undefined) return { status: 'invalid', app_uid, reason: problem }
  const holder = holderOf(account, world, claims)
  return typeof holder === 'string'
    ? { status: 'invalid', app_uid, reason: holder }
    : { status: 'valid', app_uid, claims, holder }
}

function ofSaas({ account, world, headers }: LinkedReading): LinkedToken | undefined {
  const token = bearerToken(headers)
  // Those of Managed OAuth are for one self-hosted application.
  if (token === undefined || token.startsWith(oauthTokenPrefix)) return undefined
  const known = accessTokenOf(account, token)
  const issuedFor = known && account.state.tables.applications.get(known.grant.application_id)
  if (known === undefined || issuedFor?.type !== 'saas') return undefined
  const { grant } = known
  const { claims } = known.row
  const app_uid = issuedFor.id
  if (claims.exp * 1000 <= world.now()) {
    return { status: 'invalid', app_uid, reason: 'oauth_token_expired' }
  }
  if (claims.iss !== issuerOf(account)) {
    return { status: 'invalid', app_uid, reason: 'jwt_of_other_issuer' }
  }
  if (areTokensRevoked(account, grant, issuedFor)) {
    return { status: 'invalid', app_uid, reason: 'oauth_token_revoked' }
  }
  const holder = { kind: 'person', identity: grant.identity } as const
  return { status: 'valid', app_uid, claims, holder }
}

/**
 * The application token of a request that was let in by a token of another application: of the same holder and with the same
 * times, so that it does not outlive the one that was sent (edge-linked-app-holder).
 */
export function signForLinked(
  account: AccountBase,
  world: World,
  application: ApplicationRow,
  { claims, holder }: ApplicationToken,
  { hostname, policy_id }: Pick<PersonGrant, 'hostname' | 'policy_id'>,
): Promise<Issued> {
  const { iat, exp, nbf = iat, sub, email = '', identity_nonce = '', country } = claims
  const { iss, aud } = { iss: issuerOf(account), aud: application.aud }
  const common = { iss, aud, iat, lifetime: exp - iat, hostname }
  const ask = account.behaviour
  if (holder.kind === 'service_token') {
    const { client_id } = holder
    const own = { ...serviceTokenClaims(common, client_id, ask), exp }
    return issue(account, world, application, own, edgeHeader, { client_id })
  }
  const person = { email, user_uuid: sub, identity_nonce, nbf, country, policy_id }
  return signForPerson(account, world, application, identityClaims(common, person, ask))
}
