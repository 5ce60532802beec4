/** The clients that registered themselves with a team. They need no credentials for it, so their number is limited. */
import type { OauthClientRow } from '../state/rows.ts'
import type { Change } from '../state/state.ts'
import type { AccountBase } from './base.ts'

/** Clients of one account (sign-in-oauth-registration-details). */
const mostClients = 1000

/** Keeps a client. Once there are too many, the oldest without a grant goes, or else the oldest of all. */
export function putClient(account: AccountBase, put: OauthClientRow): Change[] {
  return [...forgotten(account), { table: 'oauth_clients', put }]
}

function forgotten(account: AccountBase): Change[] {
  const { oauth_clients, oauth_grants } = account.state.tables
  if (oauth_clients.size < mostClients) return []
  const all = oauth_clients.all()
  const idle = all.find(({ id }) => oauth_grants.by('client', id).length === 0) ?? all[0]
  return idle === undefined ? [] : [{ table: 'oauth_clients', delete: idle.id }]
}
