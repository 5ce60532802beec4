/** A recording laid over the emulator: each answer a fault of the account that its host belongs to. */
import { api, pathsOf } from '../../contracts/api.ts'
import type { Group } from '../../contracts/endpoint.ts'
import type { Fault } from '../../contracts/faults.ts'
import { type SeedInput, seed } from '../../contracts/seed.ts'
import { normalisePath } from '../access/hosts.ts'
import type { Account } from '../account/account.ts'
import type { Accounts } from '../account/accounts.ts'
import { apiRoot } from '../api/surface.ts'
import { isOwnPath } from '../edge/own-paths.ts'
import { type Place, placeOf } from '../front/names.ts'
import type { Log } from '../log.ts'
import { OptionProblem } from '../options.ts'
import { type Planting, plantAccount } from '../seeds/plant.ts'
import { SeedProblem } from '../seeds/problem.ts'
import type { Recorded } from './har.ts'

interface Placed extends Recorded {
  readonly place: Place
  readonly site: string
}

interface Under {
  readonly planting: Planting
  readonly apiHosts: readonly string[]
  readonly log: Log
}

/**
 * Accounts are made for what no account serves. The answers to one request come in their order, the last for good.
 * @throws OptionProblem where no account can be made
 */
export async function layOver(
  recorded: readonly Recorded[],
  { planting, apiHosts, log }: Under,
): Promise<void> {
  const { accounts } = planting
  const names = { apiHosts: new Set(apiHosts), isServedByEdge: () => true }
  const placed = recorded.flatMap((each): Placed[] => {
    const place = placeOf(each.host, names)
    const path = place === 'api' ? each.path : normalisePath(each.path)?.path
    if (path === undefined) return []
    const site = siteOf(place, each.method, path)
    return site === undefined ? [] : [{ ...each, path, place, site }]
  })
  await makeAccounts(placed, planting)
  const owned = placed.flatMap((each) => {
    const account = ownerOf(each, accounts)
    return account === undefined ? [] : [{ account, each }]
  })
  for (const account of new Set(owned.map((each) => each.account))) {
    const own = owned.filter((each) => each.account === account)
    account.faults.begin(faultsOf(own.map(({ each }) => each)))
  }
  log.info(
    { replayed: owned.length, left_out: recorded.length - owned.length },
    'recorded answers lie over the emulator; what is left out is nothing that it has a place for',
  )
}

/** Where a recorded answer is given; undefined where the emulator has no such place. */
export function siteOf(place: Place, method: string, path: string): string | undefined {
  if (place === 'api') return operationOf(method, path)
  if (place === 'team') return path.startsWith('/cdn-cgi/') ? 'edge.path' : undefined
  return isOwnPath(path) ? 'edge.path' : 'gate'
}

function operationOf(method: string, path: string): string | undefined {
  const verb = method === 'HEAD' ? 'GET' : method
  const groups: readonly Group[] = Object.values(api)
  const [best] = groups
    .flatMap((group) => Object.values(group))
    .filter((endpoint) => endpoint.method === verb)
    .flatMap((endpoint) => pathsOf(endpoint).map((template) => ({ id: endpoint.id, template })))
    .filter(({ template }) => fits(apiRoot + template, path))
    // A word is meant before anything that could stand there.
    .toSorted((a, b) => a.template.split('{').length - b.template.split('{').length)
  return best?.id
}

function fits(template: string, path: string): boolean {
  const wanted = template.split('/')
  const given = path.split('/')
  return (
    wanted.length === given.length &&
    wanted.every((part, index) => part.startsWith('{') || part === given[index])
  )
}

const accountInPath = /^\/client\/v4\/accounts\/([0-9a-f]{32})(?:\/|$)/
const zoneInPath = /^\/client\/v4\/zones\/([0-9a-f]{32})(?:\/|$)/

function ownerOf({ place, host, path }: Placed, accounts: Accounts): Account | undefined {
  if (place === 'team') return accounts.byTeam(host)
  if (place === 'edge') return accounts.byHost(host)
  const [, account] = accountInPath.exec(path) ?? []
  const [, zone] = zoneInPath.exec(path) ?? []
  if (account !== undefined) return accounts.byId(account)
  return zone === undefined ? accounts.first() : accounts.byZone(zone)?.account
}

/** The zones, and what else there is one of, in one account; a second team or id in another. */
async function makeAccounts(placed: readonly Placed[], planting: Planting): Promise<void> {
  const { accounts } = planting
  const unserved = (place: Place) => [
    ...new Set(
      placed
        .filter((each) => each.place === place && ownerOf(each, accounts) === undefined)
        .map(({ host, path }) => (place === 'api' ? accountInPath.exec(path)?.[1] : host)),
    ),
  ]
  const hosts = unserved('edge').filter((host) => host !== undefined)
  // Of hosts below one another the topmost is the zone.
  const zones = hosts.filter((host) => !hosts.some((other) => host.endsWith(`.${other}`)))
  const teams = unserved('team')
  const ids = unserved('api').filter((id) => id !== undefined)
  const count = Math.max(zones.length > 0 ? 1 : 0, teams.length, ids.length)
  const made: SeedInput['accounts'] = Array.from({ length: count }, (_, index) => {
    const auth_domain = teams[index]
    return {
      name: 'Recorded',
      id: ids[index],
      zones: index === 0 ? zones.map((name) => ({ name })) : [],
      ...(auth_domain === undefined ? {} : { organization: { name: 'Recorded', auth_domain } }),
    }
  })
  for (const data of seed().parse({ accounts: made }).accounts) {
    await plantAccount(data, { ...planting, keepsStated: true }).catch((error: unknown) => {
      if (!(error instanceof SeedProblem)) throw error
      throw new OptionProblem(`The recording cannot be replayed on this seed: ${error.message}.`)
    })
  }
}

/** The first one comes last: of faults the newest acts. */
function faultsOf(placed: readonly Placed[]): readonly Fault[] {
  const faults = placed.map(faultOf)
  const keyOf = ({ at, when }: Fault) => JSON.stringify([at, when])
  const lastOf = new Map(faults.map((each) => [keyOf(each), each]))
  return faults
    .map((each) => (lastOf.get(keyOf(each)) === each ? each : { ...each, times: 1 }))
    .toReversed()
}

function faultOf({ place, site, host, path, query, method, effect }: Placed): Fault {
  const when = {
    // The API is one, whatever it is called here.
    ...(place === 'api' ? {} : { host }),
    path,
    ...(query === undefined ? {} : { query }),
    method,
  }
  return { at: site, effect, when, skip: 0 }
}
