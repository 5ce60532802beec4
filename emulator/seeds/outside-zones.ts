/** Applications that a seed holds although the API would not make them: on hosts in no zone of their account. */
import { isWithin } from '../../contracts/primitives.ts'
import type { Account } from '../account/account.ts'
import type { ApplicationRow } from '../state/rows.ts'
import { hostsOf } from '../state/state.ts'

export function outsideZones({ state, zones }: Account): readonly ApplicationRow[] {
  const isOutside = (uri: string) => {
    const host = uri.split('/')[0]?.toLowerCase() ?? ''
    return !zones.some(({ name }) => isWithin(host, name))
  }
  return state.tables.applications
    .all()
    .filter((row) => row.type === 'self_hosted' && hostsOf(row).some(isOutside))
}
