/** The holder of an application token, and whether they still exist. */
import type { ApplicationTokenClaims } from '../../contracts/edge/claims.ts'
import type { TokenReason } from '../../contracts/reasons/table.ts'
import type { Holder, Identity } from '../access/subject.ts'
import type { ServiceTokenRow, SessionRow } from '../state/rows.ts'
import type { Change } from '../state/state.ts'
import type { World } from '../world/world.ts'
import type { AccountBase } from './base.ts'

type HolderProblem = Extract<TokenReason, `${string}_service_token`>

/** The person or service token that a verified token was issued to, or why it no longer counts. */
export function holderOf(
  account: AccountBase,
  world: World,
  claims: ApplicationTokenClaims,
): Holder | HolderProblem {
  const { common_name } = claims
  return common_name === undefined
    ? { kind: 'person', identity: identityAtSignIn(account, claims) }
    : serviceTokenOf(account, world, common_name)
}

/**
 * The person's identity when they signed in. Without a row (a token of an older release, or after the state was replaced),
 * only what the token itself says.
 */
export function identityAtSignIn(
  account: AccountBase,
  { identity_nonce = '', email = '' }: ApplicationTokenClaims,
): Identity {
  return account.state.tables.sessions.get(identity_nonce)?.identity ?? { email }
}

function serviceTokenOf(
  account: AccountBase,
  world: World,
  client_id: string,
): Holder | HolderProblem {
  const { service_tokens, deleted_service_tokens } = account.state.tables
  const endedMayAsk = account.behaviour('service_token_jwt.after_end') === 'valid'
  const [row] = service_tokens.by('client_id', client_id)
  if (row !== undefined) {
    const { id: token_id, name, enabled, expires_at } = row
    const isLive = enabled && (expires_at === null || world.now() < Date.parse(expires_at))
    if (!isLive && !endedMayAsk) return 'jwt_of_ended_service_token'
    return { kind: 'service_token', token_id, client_id, name }
  }
  const deleted = deleted_service_tokens.get(client_id)
  if (deleted === undefined) return 'jwt_of_unknown_service_token'
  if (!endedMayAsk) return 'jwt_of_ended_service_token'
  const { token_id, name } = deleted
  return { kind: 'service_token', token_id, client_id, name }
}

/** Takes a service token away. */
export function deletionOf(row: ServiceTokenRow): Change[] {
  return [{ table: 'service_tokens', delete: row.id }, tombstoneOf(row)]
}

/** Says of the JWTs of a service token that is gone whose they were. */
export function tombstoneOf({ id: token_id, client_id: id, name }: ServiceTokenRow): Change {
  return { table: 'deleted_service_tokens', put: { id, token_id, name } }
}

/** Keeps an identity until its token expires, and deletes the user's expired sessions. */
export function sessionChanges(account: AccountBase, world: World, session: SessionRow): Change[] {
  const nowSeconds = world.now() / 1000
  const ended = account.state.tables.sessions
    .by('user', session.user_id)
    .filter(({ exp }) => exp <= nowSeconds)
  return [
    ...ended.map(({ id }): Change => ({ table: 'sessions', delete: id })),
    { table: 'sessions', put: session },
  ]
}
