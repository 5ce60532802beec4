/** An account's stack of faults. */
import { api } from '../../contracts/api/operations.ts'
import { type Fault, ownSites } from '../../contracts/control/faults.ts'
import type { EndpointGroup } from '../../contracts/declaration/endpoint.ts'
import { transferService } from '../../contracts/edge/cloudflared.ts'
import { edge } from '../../contracts/edge/endpoints.ts'
import { fail, isFailure } from '../../contracts/errors/errors.ts'
import type { Account } from '../account/account.ts'
import { exceeded, limitOf, quotaFailure } from '../account/quota.ts'
import { refusedBy } from '../account/stored.ts'
import { accountOf, type ControlHandler, onAccount } from './context.ts'

/** Every site for a fault: the emulator's own, and all operations. */
function sites(): string[] {
  const groups: readonly EndpointGroup[] = [...Object.values(api), edge, transferService]
  const operations = groups.flatMap((group) => Object.values(group).map(({ id }) => id))
  return [...Object.keys(ownSites), ...operations]
}

export const listFaults: ControlHandler<'listFaults'> = onAccount(async (account) => {
  const faults = await account.faults.counted()
  const result = faults.map(({ fault, seen, acted }) => ({ fault, seen, acted }))
  return { result: { result, sites: sites() } }
})

export const setFaults: ControlHandler<'setFaults'> = onAccount(async (account, { body }) => {
  const most = limitOf(account.lease, 'objects')
  if (most !== null && body.length > most) {
    return exceeded('objects', `may have at most ${most} faults, and would have ${body.length}`)
  }
  const known = new Set(sites())
  const stray = body.find(({ at }) => !known.has(at))
  if (stray !== undefined) {
    return fail('bad_request', `There is no site "${stray.at}". GET /__access/faults lists them.`)
  }
  const next = { ...account.overridden(), faults: body }
  return quotaFailure(account, [], next) ?? replaced(account, body)
})

export const clearFaults: ControlHandler<'clearFaults'> = async ({ query }, context) => {
  const account = accountOf(query, context)
  return isFailure(account) ? account : replaced(account, [])
}

async function replaced(account: Account, faults: readonly Fault[]) {
  const refused = await refusedBy(account.commit([], { ...account.overridden(), faults }))
  return refused ?? { result: { ok: true as const } }
}
