/** Which hosts of an account's zones exist: those with a DNS record, a Worker route, or a present or past application. */
import { isWithin } from '../../contracts/declaration/primitives.ts'
import { recordCovers, routeCovers } from '../access/dns.ts'
import { hostKeys, matches, parseDestination } from '../access/hosts.ts'
import type { ApplicationRow } from '../state/rows.ts'
import { type Change, hostsOf } from '../state/state.ts'
import type { AccountBase, Zone } from './base.ts'
import { applicationsOn } from './evaluate.ts'
import { perHost } from './per-host.ts'
import { workerAt } from './workers.ts'

/** Whether a DNS record gives the host an address. */
export const hasRecord = perHost(['dns_records'], (account, host) => {
  const { dns_records } = account.state.tables
  return recordCovers(dns_records.by('zone', zoneOf(account, host)?.id ?? ''), host)
})

/** On real Cloudflare, each of these also needs a DNS record. Here any of them is enough, which keeps tests simple. */
export const isKnownHost = perHost(
  ['dns_records', 'applications', 'worker_hosts', 'worker_routes', 'former_hosts'],
  (account, host) =>
    hasRecord(account, host) ||
    applicationsOn(account, host).length > 0 ||
    workerAt(account, host) !== undefined ||
    isRouted(account, host) ||
    hadApplication(account, host),
)

/** Hosts that are Workers, from the emulator's options or from the seed. */
export function workerHostsOf({ workers, state }: AccountBase): readonly string[] {
  return [...workers.keys(), ...state.tables.worker_hosts.all().map(({ id }) => id)]
}

/** Rows that remember hosts which an application no longer covers: on real Cloudflare, their DNS records stay. */
export function leavingHosts(row: ApplicationRow, next?: ApplicationRow): Change[] {
  const kept = new Set(next === undefined ? [] : hostsOf(next).map(hostIn))
  const left = new Set(hostsOf(row).map(hostIn))
  return [...left].flatMap((id): Change[] =>
    id === undefined || kept.has(id) ? [] : [{ table: 'former_hosts', put: { id } }],
  )
}

const hostIn = (uri: string) => parseDestination(uri)?.host

function hadApplication({ state }: AccountBase, host: string): boolean {
  const { former_hosts } = state.tables
  return hostKeys(host)
    .flatMap((key) => former_hosts.by('key', key))
    .some(({ id }) => matches({ uri: id, host: id, path: '' }, host, '/'))
}

function isRouted(account: AccountBase, host: string): boolean {
  const zone = zoneOf(account, host)
  return account.state.tables.worker_routes
    .by('zone', zone?.id ?? '')
    .some(({ pattern }) => routeCovers(pattern, host))
}

/** The zone of a host: the longest name, if zones are nested. */
export function zoneOf({ zones }: AccountBase, host: string): Zone | undefined {
  return zones
    .filter(({ name }) => isWithin(host, name))
    .toSorted((a, b) => b.name.length - a.name.length)[0]
}
