/** Infrastructure targets: an address without a virtual network is in the account's default one. */
import { targets as contract, type InfrastructureTarget } from '../../contracts/api/targets.ts'
import { type Failure, fail } from '../../contracts/errors/errors.ts'
import { addressNumber } from '../access/addresses.ts'
import { knownOf, withExtra } from '../http/check.ts'
import type { TargetRow } from '../state/rows.ts'
import type { Change } from '../state/state.ts'
import { uuidFrom } from '../world/ids.ts'
import { type ApiContext, type HandlersOf, nowOf } from './context.ts'
import { crud } from './crud.ts'
import { contains } from './filters.ts'

type TargetAddress = NonNullable<InfrastructureTarget['ip']['ipv4']>

/** No virtual networks are emulated: the default one is an id that never changes (api-target-networks). */
function defaultNetwork({ account, world }: ApiContext): string {
  return uuidFrom(world.bytes(16, account.id, 'default_virtual_network'))
}

function view({ extra, ip, ...known }: TargetRow, context: ApiContext): InfrastructureTarget {
  const placed = (address: TargetAddress | undefined) =>
    address && {
      ...address,
      virtual_network_id: address.virtual_network_id ?? defaultNetwork(context),
    }
  const { ipv4, ipv6, ...others } = ip
  const shown = {
    ...others,
    ...(ipv4 && { ipv4: placed(ipv4) }),
    ...(ipv6 && { ipv6: placed(ipv6) }),
  }
  return withExtra({ ...known, ip: shown }, extra)
}

function addressesOf({
  ip: { ipv4, ipv6 },
}: Pick<InfrastructureTarget, 'ip'>): readonly TargetAddress[] {
  return [ipv4, ipv6].filter((each) => each !== undefined)
}

function listOf(texts: string | readonly string[] | undefined): readonly string[] | undefined {
  return texts === undefined ? undefined : [texts].flat()
}

function isLike(text: string, pattern: string): boolean {
  const parts = pattern.split('*').map((part) => part.replaceAll(/[.\\^$()[\]{}+?|]/g, '\\$&'))
  return new RegExp(`^${parts.join('.*')}$`, 'i').test(text)
}

function isSameAddress(some: string, other: string): boolean {
  const number = addressNumber(some)
  return number !== undefined && number === addressNumber(other)
}

/** Whether an address is in a range; also true without one. */
function isBetween(address: TargetAddress | undefined, start?: string, end?: string): boolean {
  if (start === undefined || end === undefined) return true
  const [at, from, to] = [address?.ip_addr ?? '', start, end].map(addressNumber)
  return at !== undefined && from !== undefined && to !== undefined && from <= at && at <= to
}

function isDuring(at: string, after: string | undefined, before: string | undefined): boolean {
  const time = Date.parse(at)
  return (
    (after === undefined || time >= Date.parse(after)) &&
    (before === undefined || time <= Date.parse(before))
  )
}

/** The failure if one of several does not exist; then none is deleted. */
function removal(
  { target_ids }: { readonly target_ids: readonly string[] },
  { account }: ApiContext,
): Failure<'not_found'> | { result: Record<never, never>; changes: Change[] } {
  const { targets } = account.state.tables
  const unknown = target_ids.find((id) => targets.get(id) === undefined)
  if (unknown !== undefined) return fail('not_found', `there is no target ${unknown}`)
  const changes = target_ids.map((id): Change => ({ table: 'targets', delete: id }))
  return { result: {}, changes }
}

const five = crud(contract, {
  view,
  shows(row, query, context) {
    const shown = view(row, context)
    const addresses = addressesOf(shown)
    const isOneOf = (given: readonly string[] | undefined) =>
      given === undefined ||
      addresses.some(({ ip_addr }) => given.some((one) => isSameAddress(ip_addr, one)))
    const { hostname, virtual_network_id, ip_like } = query
    return (
      (hostname === undefined || row.hostname.toLowerCase() === hostname.toLowerCase()) &&
      contains(row.hostname, query.hostname_contains) &&
      (virtual_network_id === undefined ||
        addresses.some((each) => each.virtual_network_id === virtual_network_id)) &&
      isOneOf(listOf(query.ip_v4)) &&
      isOneOf(listOf(query.ip_v6)) &&
      isOneOf(listOf(query.ips)) &&
      (listOf(query.target_ids)?.includes(row.id) ?? true) &&
      (ip_like === undefined || addresses.some(({ ip_addr }) => isLike(ip_addr, ip_like))) &&
      isBetween(shown.ip.ipv4, query.ipv4_start, query.ipv4_end) &&
      isBetween(shown.ip.ipv6, query.ipv6_start, query.ipv6_end) &&
      isDuring(row.created_at, query.created_after, query.created_before) &&
      isDuring(row.modified_at, query.modified_after, query.modified_before)
    )
  },
  inOrder(rows, { order, direction }) {
    const isDown = direction === 'desc'
    if (order !== 'hostname') return isDown ? rows.toReversed() : rows
    const byName = rows.toSorted((a, b) =>
      a.hostname.toLowerCase() < b.hostname.toLowerCase() ? -1 : 1,
    )
    return isDown ? byName.toReversed() : byName
  },
})

export const targets: HandlersOf<typeof contract> = {
  ...five,
  createBatch({ body }, context) {
    const at = nowOf(context)
    const changes: Change[] = []
    const rows = body.map((each): TargetRow => {
      const minted = context.account.mint('infrastructure_target', each.hostname, {
        pending: changes,
      })
      const known = knownOf(each, contract.body())
      const row = { ...known, id: minted.id, created_at: at, modified_at: at, extra: {} }
      changes.push(minted.change, { table: 'targets', put: row })
      return row
    })
    return { result: rows.map((row) => view(row, context)), changes }
  },
  deleteBatch: ({ body }, context) => removal(body, context),
  removeBatch: ({ body }, context) => removal(body, context),
}
