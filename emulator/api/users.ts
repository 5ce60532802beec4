/** Users, as the API shows them (api-users). */
import { users as contract } from '../../contracts/api/users.ts'
import { fail } from '../../contracts/errors/errors.ts'
import type { Account } from '../account/account.ts'
import { endOf } from '../account/oauth-grants.ts'
import { seatOf } from '../account/users.ts'
import type { UserRow } from '../state/rows.ts'
import type { Change } from '../state/state.ts'
import type { HandlersOf } from './context.ts'
import { crud } from './crud.ts'
import { contains } from './filters.ts'
import { userSessions } from './user-sessions.ts'

const five = crud(contract, {
  derived: (row, { account, world }) => ({
    uid: row.id,
    // Rows of older releases are of people who have signed in.
    access_seat: row.access_seat ?? true,
    gateway_seat: row.gateway_seat ?? false,
    seat_uid: seatOf(account, world, row),
    active_device_count: row.active_device_count ?? 0,
    updated_at: row.updated_at ?? row.created_at,
  }),
  shows: ({ name, email }, { search }) => contains(name, search) || contains(email, search),
  check: ({ email }, _, before) =>
    before === undefined || isSame(before, email)
      ? undefined
      : fail('invalid_request', 'email does not match the user'),
  deleted: (row, { account, nowMs }) => deletionOfUser(account, row, nowMs),
  removed: () => ({}),
})

function isSame({ email }: UserRow, given: string): boolean {
  return email.toLowerCase() === given.toLowerCase()
}

/** Ends the sessions and grants of a user who is deleted, and keeps the moment, for the tokens that they still hold. */
function deletionOfUser(account: Account, user: UserRow, nowMs: number): Change[] {
  const { id, access_seat, last_successful_login } = user
  // Created by the API: nobody has a token.
  if (access_seat === false && last_successful_login === undefined) return []
  const { sessions, oauth_grants } = account.state.tables
  return [
    ...sessions.by('user', id).map((row): Change => ({ table: 'sessions', delete: row.id })),
    ...oauth_grants.by('user', id).flatMap((grant) => endOf(account, grant)),
    { table: 'deleted_users', put: { id, revoked_at: Math.floor(nowMs / 1000) } },
  ]
}

export const users: HandlersOf<typeof contract> = { ...five, ...userSessions }
