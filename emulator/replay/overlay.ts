/** A recording laid over the emulator: each answer a fault of the account that its host belongs to. */
import { api, pathsOf } from '../../contracts/api/operations.ts'
import type { EndpointGroup } from '../../contracts/endpoint.ts'
import type { Fault } from '../../contracts/faults.ts'
import { normalisePath } from '../access/hosts.ts'
import { apiRoot } from '../api/surface.ts'
import { isAccessPath } from '../edge/access-paths.ts'
import type { Log } from '../log.ts'
import type { Seeding } from '../seeds/apply-seed.ts'
import { type HostKind, hostKind } from '../server/hosts.ts'
import { type Located, makeAccounts, ownerOf } from './accounts.ts'
import type { HarRecording } from './har.ts'

interface PlacedAnswer extends Located {
  readonly site: string
}

interface OverlayContext {
  readonly seeding: Seeding
  readonly apiHosts: readonly string[]
  readonly log: Log
}

/**
 * Accounts are made for what no account serves. The answers to one request come in their order, the last for good.
 * @throws OptionProblem where no account can be made
 */
export async function layOver(
  { answers, leftOut }: HarRecording,
  { seeding, apiHosts, log }: OverlayContext,
): Promise<void> {
  const { accounts } = seeding
  const names = { apiHosts: new Set(apiHosts), isServedByEdge: () => true }
  const placed = answers.flatMap((each): PlacedAnswer[] => {
    const place = hostKind(each.host, names)
    const path = place === 'api' ? each.path : normalisePath(each.path)?.path
    if (path === undefined) return []
    const site = siteOf(place, each.method, path)
    return site === undefined ? [] : [{ ...each, path, place, site }]
  })
  await makeAccounts(placed, seeding)
  const owned = placed.flatMap((each) => {
    const account = ownerOf(each, accounts)
    return account === undefined ? [] : [{ account, each }]
  })
  for (const account of new Set(owned.map((each) => each.account))) {
    const own = owned.filter((each) => each.account === account)
    account.faults.begin(faultsOf(own.map(({ each }) => each)))
  }
  log.info(
    { replayed: owned.length, left_out: leftOut + answers.length - owned.length },
    'recorded answers lie over the emulator; what is left out is nothing that it has a place for',
  )
}

/** Where a recorded answer is given; undefined where the emulator has no such place. */
export function siteOf(place: HostKind, method: string, path: string): string | undefined {
  if (place === 'api') return operationOf(method, path)
  if (place === 'transfer') return undefined
  return place === 'team' || isAccessPath(path) ? 'edge.path' : 'gate'
}

function operationOf(method: string, path: string): string | undefined {
  const verb = method === 'HEAD' ? 'GET' : method
  const groups: readonly EndpointGroup[] = Object.values(api)
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

/** The first one comes last: of faults the newest acts. */
function faultsOf(placed: readonly PlacedAnswer[]): readonly Fault[] {
  const faults = placed.map(faultOf)
  const keyOf = ({ at, when }: Fault) => JSON.stringify([at, when])
  const lastOf = new Map(faults.map((each) => [keyOf(each), each]))
  return faults
    .map((each) => (lastOf.get(keyOf(each)) === each ? each : { ...each, times: 1 }))
    .toReversed()
}

function faultOf({ place, site, host, path, query, method, effect }: PlacedAnswer): Fault {
  const when = {
    // The API is one, whatever it is called here.
    ...(place === 'api' ? {} : { host }),
    path,
    ...(query === undefined ? {} : { query }),
    method,
  }
  return { at: site, effect, when, skip: 0 }
}
