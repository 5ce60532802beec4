/** From a seed to accounts: every object is made by the same handlers that the API calls. */

import { api } from '../../contracts/api.ts'
import type { Overrides, Profile } from '../../contracts/behaviours.ts'
import type { Endpoint } from '../../contracts/endpoint.ts'
import { apiErrors, type Failure, isFailure } from '../../contracts/errors.ts'
import type { Seed, SeedAccountData } from '../../contracts/seed.ts'
import { type Account, createAccount } from '../account/account.ts'
import type { Accounts } from '../account/accounts.ts'
import { applications } from '../api/applications.ts'
import type { ApiContext } from '../api/context.ts'
import { groups } from '../api/groups.ts'
import { identityProviders } from '../api/identity-providers.ts'
import { organizations } from '../api/organization.ts'
import { reusablePolicies } from '../api/policies.ts'
import { serviceTokens } from '../api/service-tokens.ts'
import { tags } from '../api/tags.ts'
import { extraOf, firstIssue } from '../http/check.ts'
import { isApiFailure } from '../http/failures.ts'
import type { Call, Handler } from '../http/handler.ts'
import { alphanumeric, hex } from '../ids.ts'
import type { ChangeLog } from '../state/log.ts'
import type { Change } from '../state/state.ts'
import type { World } from '../world.ts'
import { resolveNames } from './names.ts'

export interface Planting {
  readonly world: World
  readonly accounts: Accounts
  readonly log: ChangeLog
  readonly profile: Profile
  readonly overrides: Overrides
  /** Whether ids and secrets that the seed states are kept, or made anew from the entropy. */
  readonly keepsStated: boolean
}

/** The seed asks for something that the API would refuse. `path` leads to it. */
export class SeedProblem extends Error {
  readonly path: readonly (string | number)[]
  constructor(path: readonly (string | number)[], message: string) {
    super(message)
    this.path = path
  }
}

/** Accounts are found in `accounts` afterwards; each remembers this state for `reset`. */
export async function plant(seed: Seed, planting: Planting): Promise<void> {
  for (const [index, data] of seed.accounts.entries()) {
    await plantAccount(data, planting, ['accounts', index])
  }
}

export async function plantAccount(
  data: SeedAccountData,
  planting: Planting,
  at: readonly (string | number)[] = [],
): Promise<Account> {
  const { world, accounts, log, profile, overrides } = planting
  const account = createAccount(identityOf(data, planting), { profile, overrides }, world, log)
  accounts.add(account)
  const nowMs = world.now()
  const context = { account, accounts, world, zone: undefined, path: '/', ray: '', nowMs }
  const make = async <E extends Endpoint>(
    [endpoint, handler]: Maker<E>,
    items: readonly object[],
    name: string,
  ) => {
    for (const [index, item] of items.entries()) {
      await makeOne(endpoint, handler, item, { context, path: [...at, name, index] })
    }
  }

  account.commit([{ table: 'keyring', put: { ...account.keyring(), rotated_at: nowMs } }])
  if (data.organization !== undefined) {
    await make(makers.organization, [data.organization], 'organization')
  }
  await make(makers.identity_providers, data.identity_providers, 'identity_providers')
  await make(makers.tags, data.tags, 'tags')
  await make(makers.service_tokens, data.service_tokens, 'service_tokens')
  if (planting.keepsStated) account.commit(statedPairs(data, account))
  await make(makers.groups, data.groups, 'groups')
  await make(makers.policies, data.policies, 'policies')
  await make(makers.applications, data.applications, 'applications')
  account.markSeeded()
  return account
}

type Maker<E extends Endpoint> = readonly [E, Handler<E, ApiContext, Change[]>]

const makers = {
  organization: [api.organizations.create, organizations.create],
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
  { context, path }: { context: ApiContext; path: readonly (string | number)[] },
): Promise<void> {
  const given = resolveNames(item, context.account, (message) => new SeedProblem(path, message))
  const schema = endpoint.body?.()
  const parsed = schema?.safeParse(given)
  if (parsed?.success === false) {
    const issuePath = parsed.error.issues[0]?.path ?? []
    throw new SeedProblem([...path, ...issuePath.map(asKey)], firstIssue(parsed.error))
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
  if ('changes' in answer && answer.changes) await context.account.commit(answer.changes).stored
}

function asKey(key: PropertyKey): string | number {
  return typeof key === 'number' ? key : String(key)
}

function identityOf(data: SeedAccountData, { world, keepsStated }: Planting) {
  const bytes = (n: number, what: string) => world.bytes(n, 'account', data.name, what)
  const stated = keepsStated ? data : { api_token: undefined, api_key: undefined }
  return {
    id: data.id ?? hex(bytes(16, 'id')),
    name: data.name,
    zones: data.zones.map(({ id, name }) => ({
      id: id ?? hex(world.bytes(16, 'zone', name)),
      name: name.toLowerCase(),
    })),
    api_token: stated.api_token ?? alphanumeric(bytes(40, 'api_token'), 40),
    api_key: stated.api_key ?? hex(bytes(19, 'api_key')).slice(0, 37),
    email: data.email ?? 'admin@example.com',
  }
}

/** Client ids and secrets that the seed states in place of the ones just made. */
function statedPairs(data: SeedAccountData, account: Account): Change[] {
  const rows = account.state.tables.service_tokens.all()
  return data.service_tokens.flatMap(({ client_id, client_secret }, index): Change[] => {
    const row = rows[index]
    if (row === undefined) return []
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
