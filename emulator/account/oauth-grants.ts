/** Grants of OAuth in the tables of an account: made with a code, exchanged, refreshed, ended. Secrets are kept as digests. */
import type { ApplicationTokenClaims } from '../../contracts/edge/claims.ts'
import type { Identity } from '../access/subject.ts'
import type { ApplicationRow, OauthGrantRow, OauthTokenRow, UserRow } from '../state/rows.ts'
import type { Change } from '../state/state.ts'
import { digest } from '../world/ids.ts'
import type { World } from '../world/world.ts'
import type { AccountBase } from './base.ts'
import { personToken } from './issue.ts'
import { userRevokedAt } from './users.ts'

/** Limits per user and per grant: the oldest entries are dropped. */
const mostGrants = 200
const mostTokens = 50

export interface GrantRequest {
  readonly client_id: string
  readonly application: ApplicationRow
  readonly user: UserRow
  readonly identity: Identity
  readonly redirect_uri: string
  readonly resource: string
  readonly scope?: string
  readonly nonce?: string | undefined
  readonly code_challenge: string | undefined
  readonly policy_id: string | undefined
  readonly country: string | undefined
  /** Seconds. */
  readonly lifetime: number
}

export interface Begun {
  readonly code: string
  readonly grant: OauthGrantRow
  readonly changes: readonly Change[]
}

/** A grant whose code waits for its client. */
export function beginGrant(account: AccountBase, world: World, request: GrantRequest): Begun {
  const { application, user, lifetime, code_challenge, policy_id, country, nonce, ...known } =
    request
  const minted = account.mint('oauth_grant', `${application.id}:${user.email}`)
  const code = base64url(minted.bytes(32, 'code'))
  const issued_at = world.seconds()
  const grant: OauthGrantRow = {
    ...known,
    id: minted.id,
    application_id: application.id,
    user_id: user.id,
    code_digest: digest(code),
    ...(nonce === undefined ? {} : { nonce }),
    ...(policy_id === undefined ? {} : { policy_id }),
    ...(country === undefined ? {} : { country }),
    ...(code_challenge === undefined ? {} : { code_challenge }),
    is_exchanged: false,
    issued_at,
    exp: issued_at + lifetime,
    rotation: 0,
  }
  const stale = staleGrants(account, user.id, issued_at)
  const changes: Change[] = [
    ...stale.flatMap((each) => endOf(account, each)),
    minted.change,
    { table: 'oauth_grants', put: grant },
  ]
  return { code, grant, changes }
}

function staleGrants(account: AccountBase, userId: string, now: number): readonly OauthGrantRow[] {
  const all = account.state.tables.oauth_grants.by('user', userId)
  const ended = all.filter(({ exp }) => exp <= now)
  const live = all.filter(({ exp }) => exp > now)
  return [...ended, ...live.slice(0, Math.max(0, live.length - mostGrants + 1))]
}

/** The changes that delete a grant and everything issued from it. */
export function endOf(account: AccountBase, { id }: OauthGrantRow): Change[] {
  const tokens = account.state.tables.oauth_tokens.by('grant', id)
  return [
    ...tokens.map((token): Change => ({ table: 'oauth_tokens', delete: token.id })),
    { table: 'oauth_grants', delete: id },
  ]
}

/** The grant behind an access or a refresh token, and the changes that end what was sent: a refresh token ends its grant. */
export function endOfToken(
  account: AccountBase,
  token: string,
): { readonly grant: OauthGrantRow | undefined; readonly changes: Change[] } {
  const { oauth_grants, oauth_tokens } = account.state.tables
  const access = oauth_tokens.get(digest(token))
  if (access !== undefined) {
    const grant = oauth_grants.get(access.grant_id)
    return { grant, changes: [{ table: 'oauth_tokens', delete: access.id }] }
  }
  const grant = grantByRefreshToken(account, token)
  return { grant, changes: grant === undefined ? [] : endOf(account, grant) }
}

export interface OauthTokens {
  readonly access_token: string
  /** None where the grant is not refreshed. */
  readonly refresh_token?: string
  /** Seconds. */
  readonly expires_in: number
  readonly claims: ApplicationTokenClaims
  readonly changes: readonly Change[]
}

/** The next pair of tokens of a grant; `prefix` begins both. */
export function nextTokens(
  account: AccountBase,
  world: World,
  grant: OauthGrantRow,
  to: {
    readonly application: ApplicationRow
    readonly user: UserRow
    readonly hostname: string
    /** The policy that admits the person now. */
    readonly policy_id?: string | undefined
    readonly prefix: string
    /** Digest of the refresh token that they are given for. */
    readonly previous_digest?: string | undefined
    /** Of the access token, in seconds; never longer than the grant. */
    readonly lifetime: number
    /** In place of an opaque one. */
    readonly access_token?: string | undefined
    /** Default true. */
    readonly isRefreshed?: boolean
    /** Where the authorization endpoint gives a token beside the code; default true. */
    readonly spendsCode?: boolean
  },
): OauthTokens {
  const { application, user, hostname, prefix, previous_digest } = to
  const { isRefreshed = true, spendsCode = true } = to
  const rotation = grant.rotation + 1
  const secret = (purpose: string) =>
    `${prefix}${base64url(world.bytes(32, account.id, 'oauth', purpose, grant.id, rotation))}`
  const access_token = to.access_token ?? secret('access_token')
  const refresh_token = secret('refresh_token')
  const now = world.seconds()
  const lifetime = Math.max(1, Math.min(to.lifetime, grant.exp - now))
  const made = personToken(account, world, application, user, {
    hostname,
    identity: grant.identity,
    country: grant.country,
    policy_id: to.policy_id ?? grant.policy_id,
    lifetime,
  })
  const put: OauthGrantRow = {
    ...grant,
    is_exchanged: grant.is_exchanged || spendsCode,
    rotation,
    ...(isRefreshed ? { refresh_digest: digest(refresh_token) } : {}),
    ...(previous_digest === undefined ? {} : { previous_digest }),
  }
  const changes: Change[] = [
    ...staleTokens(account, grant, now),
    ...made.changes,
    { table: 'oauth_grants', put },
    {
      table: 'oauth_tokens',
      put: { id: digest(access_token), grant_id: grant.id, claims: made.claims },
    },
  ]
  return {
    access_token,
    ...(isRefreshed ? { refresh_token } : {}),
    expires_in: lifetime,
    claims: made.claims,
    changes,
  }
}

function staleTokens(account: AccountBase, { id }: OauthGrantRow, now: number): Change[] {
  const all = account.state.tables.oauth_tokens.by('grant', id)
  const ended = all.filter(({ claims }) => claims.exp <= now)
  const live = all.filter(({ claims }) => claims.exp > now)
  const over = live.slice(0, Math.max(0, live.length - mostTokens + 1))
  return [...ended, ...over].map((token) => ({ table: 'oauth_tokens', delete: token.id }))
}

export function grantByCode(account: AccountBase, code: string): OauthGrantRow | undefined {
  return account.state.tables.oauth_grants.by('code', digest(code))[0]
}

/** By the refresh token that is good now, or the one before it. */
export function grantByRefreshToken(
  account: AccountBase,
  token: string,
): OauthGrantRow | undefined {
  return account.state.tables.oauth_grants.by('refresh', digest(token))[0]
}

/** Whether nothing has used the grant since it was read. */
export function isCurrent({ state }: AccountBase, grant: OauthGrantRow): boolean {
  return state.tables.oauth_grants.get(grant.id) === grant
}

/** An access token with its grant. */
export function accessTokenOf(
  account: AccountBase,
  token: string,
): { readonly row: OauthTokenRow; readonly grant: OauthGrantRow } | undefined {
  const { oauth_tokens, oauth_grants } = account.state.tables
  const row = oauth_tokens.get(digest(token))
  const grant = row === undefined ? undefined : oauth_grants.get(row.grant_id)
  return row === undefined || grant === undefined ? undefined : { row, grant }
}

/** Whether the access tokens of a grant are good for nothing any more, although it may live (sign-in-oauth-revoke-tokens). */
export function areTokensRevoked(
  account: AccountBase,
  grant: OauthGrantRow,
  { revoked_at }: ApplicationRow,
): boolean {
  return isRevoked(account, grant) || isBefore(grant, revoked_at)
}

/** Whether a grant was ended from outside, as the behaviours have it (sign-in-oauth-revoke-tokens, sign-in-oauth-revoke-user). */
export function isRevoked(account: AccountBase, grant: OauthGrantRow): boolean {
  const byUser = userRevokedAt(account, grant.user_id)
  const byApplication = account.state.tables.applications.get(grant.application_id)?.revoked_at
  return (
    (isBefore(grant, byUser) && account.behaviour('oauth.revoke_user') === 'ends_grant') ||
    (isBefore(grant, byApplication) && account.behaviour('oauth.revoke_tokens') === 'ends_grant')
  )
}

/** Whether it was made before, or in the second of, a revocation. */
function isBefore({ issued_at }: OauthGrantRow, revokedAt: number | undefined): boolean {
  return revokedAt !== undefined && issued_at <= revokedAt
}

function base64url(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64url')
}
