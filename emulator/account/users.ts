/** A user's revocation, sessions and seat. */

import type { SessionRow, UserRow } from '../state/rows.ts'
import { uuidFrom } from '../world/ids.ts'
import type { World } from '../world/world.ts'
import type { Account } from './account.ts'

/** When a user's tokens were last revoked, in seconds since the epoch; the deletion of a user revokes them too (api-users). */
export function userRevokedAt({ state }: Account, userId: string): number | undefined {
  const { users, deleted_users } = state.tables
  return users.get(userId)?.revoked_at ?? deleted_users.get(userId)?.revoked_at
}

/** Whether the edge still accepts the token of a session. */
export function isActive(account: Account, session: SessionRow, nowMs: number): boolean {
  const { exp, iat = 0, user_id, application_id = '' } = session
  const { applications } = account.state.tables
  const revocations = [
    userRevokedAt(account, user_id),
    applications.get(application_id)?.revoked_at,
  ].filter((at) => at !== undefined)
  return exp * 1000 > nowMs && revocations.every((at) => iat > at)
}

/** The id of a user's seat: that of an import, else one of our own making. */
export function seatOf({ id: account }: Account, world: World, { id, seat_uid }: UserRow): string {
  return seat_uid ?? uuidFrom(world.bytes(16, account, 'seat', id))
}
