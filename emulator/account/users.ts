/** A user's revocation, sessions and seat. */
import type { SessionRow, UserRow } from '../state/rows.ts'
import type { Change } from '../state/state.ts'
import { uuidFrom } from '../world/ids.ts'
import type { World } from '../world/world.ts'
import type { AccountBase } from './base.ts'

/** When a user's tokens were last revoked, in seconds since the epoch; the deletion of a user revokes them too (api-users). */
export function userRevokedAt({ state }: AccountBase, userId: string): number | undefined {
  const { users, deleted_users } = state.tables
  return users.get(userId)?.revoked_at ?? deleted_users.get(userId)?.revoked_at
}

/** Ends every token that a user has, as a logout does. */
export function revokeUser({ state }: AccountBase, world: World, userId: string): Change[] {
  const user = state.tables.users.get(userId)
  if (user === undefined) return []
  return [{ table: 'users', put: { ...user, revoked_at: world.seconds() } }]
}

/** Whether the edge still accepts the token of a session. */
export function isActive(account: AccountBase, session: SessionRow, nowMs: number): boolean {
  const { exp, iat = 0, user_id, application_id = '' } = session
  const { applications } = account.state.tables
  const revocations = [
    userRevokedAt(account, user_id),
    applications.get(application_id)?.revoked_at,
  ].filter((at) => at !== undefined)
  return exp * 1000 > nowMs && revocations.every((at) => iat > at)
}

/** The id of a user's seat: that of an import, else one of our own making. */
export function seatOf(
  { id: account }: AccountBase,
  world: World,
  { id, seat_uid }: UserRow,
): string {
  return seat_uid ?? uuidFrom(world.bytes(16, account, 'seat', id))
}
