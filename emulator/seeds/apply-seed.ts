/** Turns a seed into accounts; every object is created by the same handlers as through the API. */
import type { ApiTokenBody } from '../../contracts/api/api-tokens.ts'
import { inOrderOfMaking, type StoredResource } from '../../contracts/api/making-order.ts'
import type { Overrides, Profile } from '../../contracts/behaviours/table.ts'
import type { Seed, SeedAccountData } from '../../contracts/control/seed.ts'
import type { Endpoint } from '../../contracts/declaration/endpoint.ts'
import { isObject } from '../../contracts/declaration/json.ts'
import { isCollection, isInZone, nounOf } from '../../contracts/declaration/resource.ts'
import { apiErrors, type Failure, isFailure } from '../../contracts/errors/errors.ts'
import type { WorkerHost } from '../access/workers.ts'
import { type Account, createAccount, type Zone } from '../account/account.ts'
import type { Accounts } from '../account/accounts.ts'
import { newApiToken } from '../account/api-tokens.ts'
import { IdTaken } from '../account/base.ts'
import { refuseOverQuota } from '../account/quota.ts'
import { explicitOf } from '../api/explicit.ts'
import { handled } from '../api/in-process.ts'
import { readCall } from '../http/conform.ts'
import { isApiFailure } from '../http/failures.ts'
import type { ChangeLog } from '../state/log.ts'
import type { AccountIdentity, AccountLease } from '../state/rows.ts'
import type { Change } from '../state/state.ts'
import type { World } from '../world/world.ts'
import { identityOf, refuseTaken } from './identity.ts'
import { resolveNames, type SeedPath } from './names.ts'
import { SeedProblem } from './problem.ts'
import { refuseRepeated, repeated } from './repeated.ts'
import { firstFault } from './schema-fault.ts'

export interface Seeding {
  readonly world: World
  readonly accounts: Accounts
  readonly log: ChangeLog
  readonly profile: Profile
  readonly overrides: Overrides
  readonly workers: ReadonlyMap<string, WorkerHost>
  /** Whether ids and secrets given in the seed are kept, or derived from the entropy instead. */
  readonly keepsExplicitIds: boolean
  /** The same for a named seed, whose secrets are published. */
  readonly keepsPublishedIds: boolean
  /** Whether strangers use the emulator side by side. */
  readonly shared: boolean
}

/** Adds the accounts to `accounts`; each remembers this state for `reset`. @throws SeedProblem */
export async function applySeed(seed: Seed, seeding: Seeding): Promise<void> {
  for (const [index, data] of seed.accounts.entries()) {
    await seedAccount(data, seeding, ['accounts', index])
  }
}

/** Adds one account, completely or not at all. @throws SeedProblem, OverQuota */
export async function seedAccount(
  data: SeedAccountData,
  seeding: Seeding,
  at: SeedPath = [],
  lease?: AccountLease,
): Promise<Account> {
  const { accounts } = seeding
  const identity = identityOf(data, seeding, lease)
  refuseTaken(identity, accounts, at)
  const account = accountOf(identity, seeding)
  // Handlers look it up: a domain must be in a zone of the calling account.
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

/** An account with its journal among those of the emulator: empty, or with what is stored of it. */
export function accountOf(
  identity: AccountIdentity,
  { world, accounts, log, profile, overrides, workers }: Seeding,
  stored?: Parameters<typeof createAccount>[4],
): Account {
  const journal = accounts.journals.make(identity.id, identity.lease !== undefined)
  const applied = accounts.heldPolls.wake
  const given = { profile, overrides, workers, journal, applied }
  return createAccount(identity, given, world, log, stored)
}

async function fillAccount(
  account: Account,
  data: SeedAccountData,
  seeding: Seeding,
  at: SeedPath,
): Promise<void> {
  const make = async (
    { operations, ...resource }: StoredResource,
    items: readonly object[],
    pathOf: (index: number) => SeedPath,
    zone?: Zone,
  ) => {
    for (const [index, item] of items.entries()) {
      const path = [...at, ...pathOf(index)]
      const noun = nounOf(resource)
      refuseRepeated(item, items.slice(0, index), noun, path)
      const { create } = operations
      if (create !== undefined) await makeOne(create, item, { account, zone, seeding, path, noun })
    }
  }

  const rotated_at = seeding.world.now()
  await added(account, [{ table: 'keyring', put: { ...account.keyring(), rotated_at } }])
  await added(account, workerHosts(data.workers ?? [], account, seeding, [...at, 'workers']))
  for (const [index, item] of (data.api_tokens ?? []).entries()) {
    const path = [...at, 'api_tokens', index]
    await added(account, apiTokenChanges(item, account, seeding, path))
  }
  const [inZone, inAccount] = [true, false].map((wanted) =>
    inOrderOfMaking().filter((each) => isInZone(each) === wanted),
  )
  for (const [zoneIndex, zone] of account.zones.entries()) {
    for (const each of inZone ?? []) {
      const items = sectionOf(data.zones[zoneIndex], each)
      await make(each, items, (index) => ['zones', zoneIndex, each.table, index], zone)
    }
  }
  for (const each of inAccount ?? []) {
    await make(each, sectionOf(data, each), (index) =>
      isCollection(each) ? [each.table, index] : [each.table],
    )
  }
}

/** The account is in no log yet: if it may not hold as much, nothing has been stored. @throws OverQuota */
async function added(account: Account, changes: readonly Change[]): Promise<void> {
  refuseOverQuota(account, changes)
  await account.commit(changes)
}

/** The seed's section for a resource: a list, or a single object. */
function sectionOf(data: object | undefined, { table }: StoredResource): readonly object[] {
  const section: unknown = Reflect.get(data ?? {}, table)
  return [section].flat().filter(isObject)
}

/** Which hosts are Workers; each host belongs to one account. */
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

/** Values and ids are secrets and ids of the seed like any other: with another entropy, new ones. */
function apiTokenChanges(
  { id, value, ...item }: ApiTokenBody,
  account: Account,
  seeding: Seeding,
  path: SeedPath,
): readonly Change[] {
  const explicit = seeding.keepsExplicitIds
    ? { ...(id !== undefined && { id }), ...(value !== undefined && { value }) }
    : {}
  try {
    const made = newApiToken({ ...item, ...explicit }, account, seeding)
    if (made === undefined) throw new SeedProblem([...path, 'value'], 'another API token has it')
    return made.changes
  } catch (error) {
    if (!(error instanceof IdTaken)) throw error
    throw new SeedProblem([...path, 'id'], 'another API token has this id')
  }
}

interface SeedPosition {
  readonly account: Account
  readonly zone: Zone | undefined
  readonly seeding: Seeding
  readonly path: SeedPath
  readonly noun: string
}

async function makeOne(
  endpoint: Endpoint,
  item: object,
  { account, zone, seeding, path, noun }: SeedPosition,
): Promise<void> {
  const { world, accounts, keepsExplicitIds } = seeding
  const problemAt = (inItem: SeedPath, message: string) =>
    new SeedProblem([...path, ...inItem], message)
  const given = resolveNames(item, account, problemAt)
  const { method } = endpoint
  const body = keepsExplicitIds ? given : withoutIds(given)
  const call = readCall(endpoint, { query: {}, body, method })
  if ('misfit' in call) {
    const fault = firstFault(call.misfit)
    throw problemAt(fault.path, fault.message)
  }
  const explicit = keepsExplicitIds ? explicitOf(given, endpoint) : undefined
  const where = { account, zone, world, accounts, isSeed: true, explicit }
  const answer = await handled(endpoint, call, where).catch((error: unknown) => {
    throw error instanceof IdTaken ? repeated(error, given, { noun, problemAt }) : error
  })
  if (isFailure(answer)) throw problemAt([], messageOf(answer))
  await added(account, answer.changes)
}

/** Without the ids of inline policies, which would mean policies that exist. */
function withoutIds(given: object): object {
  if (!('policies' in given) || !Array.isArray(given.policies)) return given
  const policies = given.policies.map((each: unknown) => {
    if (!isObject(each) || !('decision' in each)) return each
    const { id: _, ...policy } = { id: undefined, ...each }
    return policy
  })
  return { ...given, policies }
}

function messageOf(failure: Failure): string {
  const row = isApiFailure(failure) ? apiErrors[failure.failure].message : failure.failure
  return failure.detail === undefined ? row : `${row}: ${failure.detail}`
}
