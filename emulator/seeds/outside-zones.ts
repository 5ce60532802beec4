/** Applications that a seed holds although the API would not make them: on hosts in no zone of their account. */
import { isInZones } from '../access/zone-hosts.ts'
import type { Account } from '../account/account.ts'
import type { ApplicationRow } from '../state/rows.ts'
import { hostsOf } from '../state/state.ts'

export function outsideZones({ state, zones }: Account): readonly ApplicationRow[] {
  return state.tables.applications
    .all()
    .filter(
      (row) => row.type === 'self_hosted' && !hostsOf(row).every((uri) => isInZones(uri, zones)),
    )
}
