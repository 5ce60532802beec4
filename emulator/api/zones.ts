/** The zones of the account that the API token belongs to. */
import { type zones as contract, type Zone, zoneDefaults } from '../../contracts/api/zones.ts'
import type { QueryOf } from '../../contracts/declaration/endpoint.ts'
import { fail } from '../../contracts/errors/errors.ts'
import type { Account, Zone as StoredZone } from '../account/account.ts'
import { timestampAt } from '../state/timestamps.ts'
import type { ApiHandlers } from './context.ts'

type ZoneQuery = QueryOf<(typeof contract)['list']>

function view({ id, name }: StoredZone, account: Account): Zone {
  return {
    ...zoneDefaults,
    id,
    name,
    name_servers: [],
    account: { id: account.id, name: account.name },
    // Unknown here: the epoch, which no one will take for a real date.
    activated_on: null,
    created_on: timestampAt(0),
    modified_on: timestampAt(0),
  }
}

/** `name` must match completely, unless an operator precedes it, as in `contains:example` (the official document). */
const operators: Readonly<Record<string, (text: string, wanted: string) => boolean>> = {
  equal: (text, wanted) => text === wanted,
  not_equal: (text, wanted) => text !== wanted,
  starts_with: (text, wanted) => text.startsWith(wanted),
  ends_with: (text, wanted) => text.endsWith(wanted),
  contains: (text, wanted) => text.includes(wanted),
}

function fits(text: string, filter: string): boolean {
  const [, operator = 'equal', sensitive, value = filter] =
    /^([a-z_]+?)(_case_sensitive)?:(.*)$/.exec(filter) ?? []
  const compare = operators[operator]
  if (compare === undefined) return text === filter
  return sensitive === undefined
    ? compare(text.toLowerCase(), value.toLowerCase())
    : compare(text, value)
}

function isShown(zone: StoredZone, account: Account, query: ZoneQuery): boolean {
  const wanted: readonly (readonly [string | undefined, (filter: string) => boolean])[] = [
    [query.name, (filter) => fits(zone.name, filter)],
    [query.status, (status) => status === zoneDefaults.status],
    [query['account.id'], (id) => id === account.id],
    [query['account.name'], (filter) => fits(account.name, filter)],
  ]
  const answers = wanted.flatMap(([filter, holds]) => (filter === undefined ? [] : [holds(filter)]))
  if (query.match !== 'any' || answers.length === 0) return answers.every(Boolean)
  return answers.some(Boolean)
}

/** Sorts by name if that order, or only a direction, is requested; all other fields are the same for every zone here. */
function inOrder(zones: readonly StoredZone[], { order, direction }: ZoneQuery) {
  const isByName = order === 'name' || (order === undefined && direction !== undefined)
  const sorted = isByName ? zones.toSorted((a, b) => (a.name < b.name ? -1 : 1)) : zones
  return direction === 'desc' && isByName ? sorted.toReversed() : sorted
}

export const zones: ApiHandlers<typeof contract> = {
  list({ query }, { account }) {
    const shown = account.zones.filter((zone) => isShown(zone, account, query))
    return { rows: inOrder(shown, query), view: (zone: StoredZone) => view(zone, account) }
  },
  get(_call, { account, zone }) {
    return zone === undefined ? fail('unauthorized_resource') : { result: view(zone, account) }
  },
}
