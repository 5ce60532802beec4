/** Replays a recording: each answer becomes a fault of the account that its host belongs to. */
import { api, pathsOf } from '../../../contracts/api/operations.ts'
import type { Fault } from '../../../contracts/control/faults.ts'
import type { EndpointGroup } from '../../../contracts/declaration/endpoint.ts'
import { normalisePath } from '../../access/hosts.ts'
import { apiRoot } from '../../api/surface.ts'
import { isAccessPath } from '../../edge/access-paths.ts'
import { type HostKind, hostKind } from '../../network/hosts.ts'
import type { Seeding } from '../../seeds/apply-seed.ts'
import type { Log } from '../../world/log.ts'
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
 * Creates accounts for what none serves. Answers to the same request are given in order; the last one is repeated.
 * @throws OptionProblem if an account cannot be created
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
    'replaying recorded answers; those without a body or a matching endpoint are left out',
  )
}

/** The fault site of a recorded answer; undefined if the emulator has no endpoint for it. */
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
    // A literal segment matches before a placeholder.
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

/** In reverse order, because the newest fault acts first. */
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
    // The API may have other host names here.
    ...(place === 'api' ? {} : { host }),
    path,
    ...(query === undefined ? {} : { query }),
    method,
  }
  return { at: site, effect, when, skip: 0 }
}
