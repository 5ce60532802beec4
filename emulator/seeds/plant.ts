/** From a seed to accounts: every object is made by the same handlers that the API calls. */

import { api } from '../../contracts/api.ts'
import type { Overrides, Profile } from '../../contracts/behaviours.ts'
import type { Endpoint } from '../../contracts/endpoint.ts'
import { apiErrors, type Failure, isFailure } from '../../contracts/errors.ts'
import type { Seed, SeedAccountData } from '../../contracts/seed.ts'
import { type Account, createAccount, type Zone } from '../account/account.ts'
import type { Accounts } from '../account/accounts.ts'
import { applications } from '../api/applications.ts'
import type { ApiContext } from '../api/context.ts'
import { dnsRecords } from '../api/dns-records.ts'
import { groups } from '../api/groups.ts'
import { identityProviders } from '../api/identity-providers.ts'
import { organizations } from '../api/organization.ts'
import { reusablePolicies } from '../api/policies.ts'
import { serviceTokens } from '../api/service-tokens.ts'
import { tags } from '../api/tags.ts'
import { workerRoutes } from '../api/worker-routes.ts'
import { extraOf } from '../http/check.ts'
import { isApiFailure } from '../http/failures.ts'
import type { Call, Handler } from '../http/handler.ts'
import type { ChangeLog } from '../state/log.ts'
import type { Change } from '../state/state.ts'
import type { World } from '../world.ts'
import { identityOf, refuseTaken } from './identity.ts'
import { resolveNames, type SeedPath } from './names.ts'
import { SeedProblem } from './problem.ts'
import { firstFault } from './schema-fault.ts'
import { asStated } from './stated.ts'

export interface Planting {
  readonly world: World
  readonly accounts: Accounts
  readonly log: ChangeLog
  readonly profile: Profile
  readonly overrides: Overrides
  /** Whether ids and secrets that the seed states are kept, or made anew from the entropy. */
  readonly keepsStated: boolean
}

/** Accounts are found in `accounts` afterwards; each remembers this state for `reset`. @throws SeedProblem */
export async function plant(seed: Seed, planting: Planting): Promise<void> {
  for (const [index, data] of seed.accounts.entries()) {
    await plantAccount(data, planting, ['accounts', index])
  }
}

/** Whole or not at all. @throws SeedProblem */
export async function plantAccount(
  data: SeedAccountData,
  planting: Planting,
  at: SeedPath = [],
): Promise<Account> {
  const { world, accounts, log, profile, overrides } = planting
  const identity = identityOf(data, planting)
  refuseTaken(identity, accounts, at)
  const account = createAccount(identity, { profile, overrides }, world, log)
  // Its handlers look for it: a domain must be in a zone of the account that asks.
  accounts.add(account)
  try {
    await furnish(account, data, planting, at)
    await account.markSeeded()
    return account
  } catch (error) {
    accounts.delete(account.id)
    throw error
  }
}

async function furnish(
  account: Account,
  data: SeedAccountData,
  planting: Planting,
  at: SeedPath,
): Promise<void> {
  const { world, accounts } = planting
  const nowMs = world.now()
  const context = { account, accounts, world, path: '/', ray: '', nowMs }
  const make = async <E extends Endpoint>(
    [endpoint, handler]: Maker<E>,
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
      const where = { context: { ...context, zone }, path }
      await makeOne(endpoint, handler, item, { ...where, keepsStated: planting.keepsStated })
    }
  }
  const within =
    (...parents: SeedPath) =>
    (index: number) => [...parents, index]

  account.commit([{ table: 'keyring', put: { ...account.keyring(), rotated_at: nowMs } }])
  if (data.organization !== undefined) {
    await make(makers.organization, [data.organization], () => ['organization'])
  }
  for (const [index, zone] of account.zones.entries()) {
    const { dns_records = [], worker_routes = [] } = data.zones[index] ?? {}
    await make(makers.dns_records, dns_records, within('zones', index, 'dns_records'), zone)
    await make(makers.worker_routes, worker_routes, within('zones', index, 'worker_routes'), zone)
  }
  await make(makers.identity_providers, data.identity_providers, within('identity_providers'))
  await make(makers.tags, data.tags, within('tags'))
  await make(makers.service_tokens, data.service_tokens, within('service_tokens'))
  if (planting.keepsStated) account.commit(statedPairs(data, account, [...at, 'service_tokens']))
  await make(makers.groups, data.groups, within('groups'))
  await make(makers.policies, data.policies, within('policies'))
  await make(makers.applications, data.applications, within('applications'))
}

type Maker<E extends Endpoint> = readonly [E, Handler<E, ApiContext, Change[]>]

const makers = {
  organization: [api.organizations.create, organizations.create],
  dns_records: [api.dnsRecords.create, dnsRecords.create],
  worker_routes: [api.workerRoutes.create, workerRoutes.create],
  identity_providers: [api.identityProviders.create, identityProviders.create],
  tags: [api.tags.create, tags.create],
  service_tokens: [api.serviceTokens.create, serviceTokens.create],
  groups: [api.groups.create, groups.create],
  policies: [api.reusablePolicies.create, reusablePolicies.create],
  applications: [api.applications.create, applications.create],
} as const

/** What `mount` does for a request: parse, call, commit. */
async function makeOne<E extends Endpoint>(
  endpoint: E,
  handler: Handler<E, ApiContext, Change[]>,
  item: object,
  where: { context: ApiContext; path: SeedPath; keepsStated: boolean },
): Promise<void> {
  const { context, path } = where
  const given = resolveNames(
    item,
    context.account,
    (inItem, message) => new SeedProblem([...path, ...inItem], message),
  )
  const schema = endpoint.body?.()
  const parsed = schema?.safeParse(withoutIds(given))
  if (parsed?.success === false) {
    const fault = firstFault(parsed.error)
    throw new SeedProblem([...path, ...fault.path], fault.message)
  }
  const schemas = schema === undefined ? [] : [schema, endpoint.result()]
  const answer = await handler(
    {
      params: {} as Call<E>['params'],
      query: undefined as Call<E>['query'],
      body: parsed?.data as Call<E>['body'],
      extra: extraOf({ ...given }, schemas),
      method: endpoint.method,
    },
    context,
  )
  if (isFailure(answer)) throw new SeedProblem(path, messageOf(answer))
  if (!('changes' in answer) || !answer.changes) return
  const { result } = { result: undefined, ...answer }
  const changes = where.keepsStated
    ? asStated(answer.changes, given, { endpoint, result })
    : answer.changes
  await context.account.commit(changes).stored
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
function statedPairs(data: SeedAccountData, account: Account, at: SeedPath): Change[] {
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
