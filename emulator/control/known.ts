/** The objects of an account that advice may name. */
import type { KnownAccount } from '../access/advice/move.ts'
import type { Account } from '../account/account.ts'
import type { ServiceTokenRow } from '../state/rows.ts'

/** With each service token's state, so that advice never suggests one that does not authenticate. */
export function knownOf(account: Account | undefined, nowMs: number): KnownAccount {
  if (account === undefined) return { serviceTokens: [], providers: [] }
  const { service_tokens, identity_providers } = account.state.tables
  const stateOf = ({ enabled, expires_at }: ServiceTokenRow) => {
    if (!enabled) return 'disabled'
    return expires_at !== null && Date.parse(expires_at) <= nowMs ? 'expired' : 'live'
  }
  return {
    serviceTokens: service_tokens.all().map((row) => ({
      id: row.id,
      name: row.name,
      client_id: row.client_id,
      state: stateOf(row),
    })),
    providers: identity_providers.all().map(({ id, type }) => ({ id, type })),
  }
}
