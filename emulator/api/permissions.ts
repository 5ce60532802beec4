/** Whether an API token has the permission for an operation, on the account or zone in its path (api-permissions). */
import {
  type ApiTokenPolicy,
  type GranularParameter,
  granularResources,
  resourceNames,
} from '../../contracts/api/api-tokens.ts'
import { documentationPages } from '../../contracts/api/documentation-pages.ts'
import { api } from '../../contracts/api/operations.ts'
import { permissionOf } from '../../contracts/api/permissions.ts'
import type { Endpoint } from '../../contracts/declaration/endpoint.ts'
import { type ApiFailureName, type Failure, fail } from '../../contracts/errors/errors.ts'
import type { ApiTokenRow } from '../state/rows.ts'
import type { GatewayTarget, Principal } from './gateway.ts'

/** What a token lets its holder do. `visible`: a list shows only the rows with these ids. */
export interface Permitted {
  readonly visible?: ReadonlySet<string> | undefined
}

const everything: Permitted = {}

/** The parameters of a path, by name. */
type PathIds = Readonly<Record<string, unknown>>

/** What the token of an account is refused, for it has no user (api-token-of-account-list, api-token-of-account-user). */
const refusedToAccounts: Readonly<Record<string, ApiFailureName>> = {
  [api.accounts.list.id]: 'account_token_lists_accounts',
  [api.currentUser.get.id]: 'account_token_without_user',
  [api.currentUser.memberships.id]: 'account_token_without_memberships',
}

export function permitted(
  endpoint: Endpoint,
  { token }: Principal,
  target: GatewayTarget,
  ids: PathIds,
): Permitted | Failure<ApiFailureName> {
  if (token === undefined) return everything
  const onlyOfUsers = token.kind === 'account' ? refusedToAccounts[endpoint.id] : undefined
  if (onlyOfUsers !== undefined) return fail(onlyOfUsers)
  const { groups } = permissionOf(endpoint, target.zone !== undefined)
  if (groups.length === 0) return everything
  const allowed = resourcesFor(token, groups, target)
  const names = namesOf(endpoint, target)
  const isDenied = names.some((name) => allowed.denied.has(name))
  const isPermitted = names.length === 0 || names.some((name) => allowed.granted.has(name))
  if (isPermitted && !isDenied && allowed.granted.size > 0) {
    return endpoint.id === api.zones.list.id ? zonesIn(allowed.granted, target) : everything
  }
  const granular = isDenied ? undefined : granularly(endpoint, allowed.granted, target, ids)
  return granular ?? refusal(endpoint, target, needed(token, groups, target, names.length > 0))
}

function refusal({ id }: Endpoint, { account }: GatewayTarget, detail: string) {
  if (account.behaviour('api.permission_missing') === 'authentication_error') {
    return fail('permission_missing', detail)
  }
  const documentation_url = documentationPages().get(id)
  return { ...fail('permission_forbidden', detail), documentation_url }
}

interface TokenResources {
  readonly granted: ReadonlySet<string>
  readonly denied: ReadonlySet<string>
}

/** The names of all resources on which the token has one of the groups. */
function resourcesFor(
  { policies }: ApiTokenRow,
  groups: readonly string[],
  { account }: GatewayTarget,
): TokenResources {
  const concerned = policies.filter(({ permission_groups }) =>
    permission_groups.some(({ name }) => groups.includes(name)),
  )
  const namesIn = (effect: ApiTokenPolicy['effect']) =>
    concerned
      .filter((policy) => policy.effect === effect)
      .flatMap((policy) => resourcesIn(policy, account.id))
  return { granted: new Set(namesIn('allow')), denied: new Set(namesIn('deny')) }
}

/** The names of a policy's resources. Zones may be given as those of one account. */
function resourcesIn({ resources = {} }: ApiTokenPolicy, accountId: string): readonly string[] {
  return Object.entries(resources).flatMap(([name, value]) => {
    if (value === '*') return [name]
    return name === resourceNames.account + accountId ? Object.keys(value) : []
  })
}

/** Any of these names covers the operation. None: it is about no account or zone in particular. */
function namesOf({ scope }: Endpoint, { account, zone }: GatewayTarget): readonly string[] {
  if (scope === 'root') return []
  return zone === undefined
    ? [resourceNames.account + account.id, `${resourceNames.account}*`]
    : [resourceNames.zone + zone.id, `${resourceNames.zone}*`]
}

/** Zones are listed as far as the token has a permission for them (api-zone-list-permissions). */
function zonesIn(granted: ReadonlySet<string>, { account }: GatewayTarget): Permitted {
  if (granted.has(`${resourceNames.zone}*`)) return everything
  const ids = account.zones.map(({ id }) => id)
  return { visible: new Set(ids.filter((id) => granted.has(resourceNames.zone + id))) }
}

/** Lists of objects that a permission can be given on singly. */
const granularLists: Readonly<Record<string, GranularParameter>> = {
  [api.applications.list.id]: 'app_id',
  [api.reusablePolicies.list.id]: 'policy_id',
  [api.serviceTokens.list.id]: 'service_token_id',
  [api.identityProviders.list.id]: 'identity_provider_id',
}

/** By permissions on single objects of the account (api-granular-lists). */
function granularly(
  { id: operation, path }: Endpoint,
  granted: ReadonlySet<string>,
  { account, zone }: GatewayTarget,
  ids: PathIds,
): Permitted | undefined {
  if (zone !== undefined) return undefined
  const listed = granularLists[operation]
  if (listed === undefined) {
    // The first one counts: a policy below an application is part of that.
    const [, name = ''] = /\{(\w+)\}/.exec(path) ?? []
    if (!isGranular(name)) return undefined
    return granted.has(granularResources[name] + String(ids[name])) ? everything : undefined
  }
  const prefix = granularResources[listed]
  const visible = [...granted].flatMap((name) =>
    name.startsWith(prefix) ? [name.slice(prefix.length)] : [],
  )
  const isShown = visible.length > 0 && account.behaviour('api.granular_lists') === 'filtered'
  return isShown ? { visible: new Set(visible) } : undefined
}

function isGranular(name: string): name is GranularParameter {
  return Object.hasOwn(granularResources, name)
}

/** What is missing, in words for the journal. */
function needed(
  { name }: ApiTokenRow,
  groups: readonly string[],
  { account, zone }: GatewayTarget,
  isPlaced: boolean,
): string {
  const where = zone === undefined ? `the account ${account.id}` : `the zone ${zone.id}`
  const place = isPlaced ? ` on ${where}` : ''
  return `"${name}" needs ${groups.map((each) => `"${each}"`).join(' or ')}${place}`
}
