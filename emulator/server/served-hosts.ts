/** Names that this emulator serves, for those who came to the wrong one. */
import type { Accounts } from '../account/accounts.ts'
import type { ServedNames } from './hosts.ts'

export function servedNames(accounts: Accounts, names: ServedNames): string[] {
  const teams = accounts.all().flatMap((account) => {
    const organization = account.state.tables.organization.get('organization')
    return organization === undefined ? [] : [organization.auth_domain]
  })
  const zones = accounts.all().flatMap((account) => account.zones.map((zone) => `*.${zone.name}`))
  const workers = accounts
    .all()
    .flatMap(({ workers: given, state }) => [
      ...given.keys(),
      ...state.tables.worker_hosts.all().map(({ id }) => id),
    ])
  return ['api.cloudflare.com', ...names.apiHosts, ...teams, ...zones, ...new Set(workers)]
}
