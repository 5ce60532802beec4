/** The accounts that a recording belongs to: existing ones, and new ones for hosts and ids that none of them has. */
import { z } from 'zod'
import { type SeedInput, seed } from '../../../contracts/control/seed.ts'
import { once } from '../../../contracts/declaration/endpoint.ts'
import { parseJson } from '../../../contracts/declaration/json.ts'
import { hex32, isWithin } from '../../../contracts/declaration/primitives.ts'
import type { Account } from '../../account/account.ts'
import type { Accounts } from '../../account/accounts.ts'
import type { HostKind } from '../../network/hosts.ts'
import { type Seeding, seedAccount } from '../../seeds/apply-seed.ts'
import { SeedProblem } from '../../seeds/problem.ts'
import { OptionProblem } from '../../world/option-problem.ts'
import type { RecordedAnswer } from './har.ts'

export interface Located extends RecordedAnswer {
  readonly place: HostKind
}

const accountInPath = /^\/client\/v4\/accounts\/([0-9a-f]{32})(?:\/|$)/
const zoneInPath = /^\/client\/v4\/zones\/([0-9a-f]{32})(?:\/|$)/

export function ownerOf({ place, host, path }: Located, accounts: Accounts): Account | undefined {
  if (place === 'team') return accounts.byTeam(host)
  if (place === 'edge') return accounts.byHost(host)
  const [, account] = accountInPath.exec(path) ?? []
  const [, zone] = zoneInPath.exec(path) ?? []
  if (account !== undefined) return accounts.byId(account)
  return zone === undefined ? accounts.first() : accounts.byZone(zone)?.account
}

type SeedAccountInput = SeedInput['accounts'][number]
type Drafts = Map<string | undefined, { name: string; id?: string }[]>

/**
 * Creates the missing accounts. Zones whose account the recording shows go to that account, all others to the first one;
 * each further team or account id gets an account of its own.
 * @throws OptionProblem if an account cannot be created
 */
export async function makeAccounts(located: readonly Located[], seeding: Seeding): Promise<void> {
  const { accounts } = seeding
  const unserved = located.filter((each) => ownerOf(each, accounts) === undefined)
  const zonesOf = draftZones(unserved, zonesTold(located, accounts))
  const inPaths = unserved.flatMap(({ place, path }) => {
    const [, id] = (place === 'api' && accountInPath.exec(path)) || []
    return id === undefined ? [] : [id]
  })
  const told = [...zonesOf.keys()].flatMap((id) => (id === undefined ? [] : [id]))
  const ids = [...new Set([...inPaths, ...told])]
  const teams = [
    ...new Set(unserved.flatMap(({ place, host }) => (place === 'team' ? [host] : []))),
  ]
  const others = zonesOf.get(undefined) ?? []
  const count = Math.max(others.length > 0 ? 1 : 0, teams.length, ids.length)
  const made = Array.from({ length: count }, (_, index): SeedAccountInput => {
    const [id, auth_domain] = [ids[index], teams[index]]
    const own = id === undefined ? [] : (zonesOf.get(id) ?? [])
    return {
      name: 'Recorded',
      id,
      zones: index === 0 ? [...own, ...others] : own,
      ...(auth_domain === undefined ? {} : { organization: { name: 'Recorded', auth_domain } }),
    }
  })
  for (const data of seed().parse({ accounts: made }).accounts) {
    await seedAccount(data, { ...seeding, keepsExplicitIds: true }).catch((error: unknown) => {
      if (!(error instanceof SeedProblem)) throw error
      throw new OptionProblem(`The recording cannot be replayed on this seed: ${error.message}.`)
    })
  }
}

/** Zones by account id; under undefined if the recording does not show whose they are. */
function draftZones(unserved: readonly Located[], told: readonly ToldZone[]): Drafts {
  const drafts: Drafts = new Map()
  const add = (account: string | undefined, zone: { name: string; id?: string }) =>
    drafts.set(account, [...(drafts.get(account) ?? []), zone])
  const isWanted = ({ id, name }: ToldZone) =>
    unserved.some(({ place, host, path }) =>
      place === 'api' ? zoneInPath.exec(path)?.[1] === id : isWithin(host, name),
    )
  for (const zone of told.filter(isWanted)) {
    add(zone.account, { id: zone.id, name: zone.name })
  }
  const hosts = new Set(unserved.flatMap(({ place, host }) => (place === 'edge' ? [host] : [])))
  const untold = [...hosts].filter((host) => !told.some(({ name }) => isWithin(host, name)))
  // Of nested hosts, the topmost is taken as the zone.
  const topmost = untold.filter((host) => !untold.some((other) => host.endsWith(`.${other}`)))
  for (const name of topmost) add(undefined, { name })
  return drafts
}

interface ToldZone {
  readonly id: string
  readonly name: string
  readonly account: string
}

const toldZone = once(() =>
  z.looseObject({ id: hex32(), name: z.string(), account: z.looseObject({ id: hex32() }) }),
)
const toldZones = once(() =>
  z.looseObject({ result: z.union([z.array(toldZone()), toldZone().transform((one) => [one])]) }),
)

/** Zones that recorded answers of the API list, except those of existing accounts, which are not changed. */
function zonesTold(located: readonly Located[], accounts: Accounts): readonly ToldZone[] {
  const answers = located.filter(
    ({ place, path }) => place === 'api' && /^\/client\/v4\/zones(\/[0-9a-f]{32})?$/.test(path),
  )
  const zones = answers.flatMap(({ effect }) => {
    const parsed = toldZones().safeParse(parseJson(effect.body))
    return parsed.success ? parsed.data.result : []
  })
  const free = zones.filter(
    ({ name, account }) =>
      accounts.byHost(name) === undefined && accounts.byId(account.id) === undefined,
  )
  return [
    ...new Map(
      free.map(({ id, name, account }) => [name.toLowerCase(), { id, name, account: account.id }]),
    ).values(),
  ]
}
