/** From a seed to accounts: every object is made by the same handlers that the API calls. */
import { api } from '../../contracts/api/operations.ts'
import type { Overrides, Profile } from '../../contracts/behaviours/table.ts'
import type { Endpoint } from '../../contracts/endpoint.ts'
import { apiErrors, type Failure, isFailure } from '../../contracts/errors.ts'
import type { Seed, SeedAccountData } from '../../contracts/seed.ts'
import type { WorkerHost } from '../access/workers.ts'
import { type Account, createAccount, type Zone } from '../account/account.ts'
import type { Accounts } from '../account/accounts.ts'
import { handled } from '../api/in-process.ts'
import { readCall } from '../http/conform.ts'
import { isApiFailure } from '../http/failures.ts'
import type { ChangeLog } from '../state/log.ts'
import type { Change } from '../state/state.ts'
import type { World } from '../world.ts'
import { withExplicitIds } from './explicit-ids.ts'
import { identityOf, refuseTaken } from './identity.ts'
import { resolveNames, type SeedPath } from './names.ts'
import { SeedProblem } from './problem.ts'
import { firstFault } from './schema-fault.ts'

export interface Seeding {
  readonly world: World
  readonly accounts: Accounts
  readonly log: ChangeLog
  readonly profile: Profile
  readonly overrides: Overrides
  readonly workers: ReadonlyMap<string, WorkerHost>
  /** Whether ids and secrets that the seed states are kept, or made anew from the entropy. */
  readonly keepsExplicitIds: boolean
}

/** Accounts are found in `accounts` afterwards; each remembers this state for `reset`. @throws SeedProblem */
export async function applySeed(seed: Seed, seeding: Seeding): Promise<void> {
  for (const [index, data] of seed.accounts.entries()) {
    await seedAccount(data, seeding, ['accounts', index])
  }
}

/** Whole or not at all. @throws SeedProblem */
export async function seedAccount(
  data: SeedAccountData,
  seeding: Seeding,
  at: SeedPath = [],
): Promise<Account> {
  const { world, accounts, log, profile, overrides, workers } = seeding
  const identity = identityOf(data, seeding)
  refuseTaken(identity, accounts, at)
  const journal = accounts.journals.make(identity.id)
  const account = createAccount(identity, { profile, overrides, workers, journal }, world, log)
  // Its handlers look for it: a domain must be in a zone of the account that asks.
  accounts.add(account)
  try {
    await fillAccount(account, data, seeding, at)
    await account.markSeeded()
    return account
  } catch (error) {
    accounts.delete(account.id)
    throw error
  }
}

async function fillAccount(
  account: Account,
  data: SeedAccountData,
  seeding: Seeding,
  at: SeedPath,
): Promise<void> {
  const make = async (
    endpoint: Endpoint,
    items: readonly object[],
    pathOf: (index: number) => SeedPath,
    zone?: Zone,
  ) => {
    const ids = items.map((item) => ('id' in item ? item.id : undefined))
    for (const [index, item] of items.entries()) {
      const path = [...at, ...pathOf(index)]
      if (ids[index] !== undefined && ids.indexOf(ids[index]) < index) {
        throw new SeedProblem([...path, 'id'], 'another has this id')
      }
      await makeOne(endpoint, item, { account, zone, seeding, path })
    }
  }
  const within =
    (...parents: SeedPath) =>
    (index: number) => [...parents, index]

  const rotated_at = seeding.world.now()
  account.commit([{ table: 'keyring', put: { ...account.keyring(), rotated_at } }])
  account.commit(workerHosts(data.workers ?? [], account, seeding, [...at, 'workers']))
  if (data.organization !== undefined) {
    await make(api.organizations.create, [data.organization], () => ['organization'])
  }
  for (const [index, zone] of account.zones.entries()) {
    const { dns_records = [], worker_routes = [] } = data.zones[index] ?? {}
    const inZone = (kind: string) => within('zones', index, kind)
    await make(api.dnsRecords.create, dns_records, inZone('dns_records'), zone)
    await make(api.workerRoutes.create, worker_routes, inZone('worker_routes'), zone)
  }
  await make(api.identityProviders.create, data.identity_providers, within('identity_providers'))
  await make(api.tags.create, data.tags, within('tags'))
  await make(api.serviceTokens.create, data.service_tokens, within('service_tokens'))
  if (seeding.keepsExplicitIds)
    account.commit(explicitPairs(data, account, [...at, 'service_tokens']))
  await make(api.groups.create, data.groups, within('groups'))
  await make(api.reusablePolicies.create, data.policies, within('policies'))
  await make(api.applications.create, data.applications, within('applications'))
}

/** A host is one Worker, of one account. */
function workerHosts(
  explicit: NonNullable<SeedAccountData['workers']>,
  account: Account,
  { accounts }: Seeding,
  at: SeedPath,
): Change[] {
  return explicit.map(({ host, worker, preview }, index) => {
    const id = host.toLowerCase()
    const owner = accounts.byHost(id)
    if (owner !== undefined && owner !== account) {
      throw new SeedProblem([...at, index, 'host'], 'another account has this host')
    }
    return { table: 'worker_hosts', put: { id, worker, preview } }
  })
}

interface SeedPosition {
  readonly account: Account
  readonly zone: Zone | undefined
  readonly seeding: Seeding
  readonly path: SeedPath
}

async function makeOne(
  endpoint: Endpoint,
  item: object,
  { account, zone, seeding, path }: SeedPosition,
): Promise<void> {
  const { world, accounts, keepsExplicitIds } = seeding
  const problemAt = (inItem: SeedPath, message: string) =>
    new SeedProblem([...path, ...inItem], message)
  const given = resolveNames(item, account, problemAt)
  const { method } = endpoint
  const call = readCall(endpoint, { query: {}, body: withoutIds(given), method })
  if ('misfit' in call) {
    const fault = firstFault(call.misfit)
    throw problemAt(fault.path, fault.message)
  }
  const answer = await handled(endpoint, call, { account, zone, world, accounts, isSeed: true })
  if (isFailure(answer)) throw problemAt([], messageOf(answer))
  const { result } = answer
  const changes = keepsExplicitIds
    ? withExplicitIds(answer.changes, given, { endpoint, result })
    : answer.changes
  await account.commit(changes).stored
}

/** An inline policy with an id would be one that is there already; `asStated` gives it its id. */
function withoutIds(given: object): object {
  if (!('policies' in given) || !Array.isArray(given.policies)) return given
  const policies = given.policies.map((each: unknown) => {
    if (typeof each !== 'object' || each === null || !('decision' in each)) return each
    const { id: _, ...policy } = { id: undefined, ...each }
    return policy
  })
  return { ...given, policies }
}

/** Client ids and secrets that the seed states in place of the ones just made. */
function explicitPairs(data: SeedAccountData, account: Account, at: SeedPath): Change[] {
  const rows = account.state.tables.service_tokens.all()
  const ids = data.service_tokens.map(({ client_id }) => client_id)
  return data.service_tokens.flatMap(({ client_id, client_secret }, index): Change[] => {
    const row = rows[index]
    if (row === undefined) return []
    if (client_id !== undefined && ids.indexOf(client_id) < index) {
      throw new SeedProblem([...at, index, 'client_id'], 'another service token has this client id')
    }
    const put = {
      ...row,
      client_id: client_id ?? row.client_id,
      client_secret: client_secret ?? row.client_secret,
    }
    return [{ table: 'service_tokens', put }]
  })
}

function messageOf(failure: Failure): string {
  const row = isApiFailure(failure) ? apiErrors[failure.failure].message : failure.failure
  return failure.detail === undefined ? row : `${row}: ${failure.detail}`
}
