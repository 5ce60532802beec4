/** Whether an API token has the permission for an operation, on the account or zone in its path (api-permissions). */
import { type ApiTokenPolicy, resourceNames } from '../../contracts/api/api-tokens.ts'
import { permissionOf } from '../../contracts/api/permissions.ts'
import type { Endpoint } from '../../contracts/endpoint.ts'
import { type ApiFailureName, type Failure, fail } from '../../contracts/errors.ts'
import type { ApiTokenRow } from '../state/rows.ts'
import type { GatewayTarget, Principal } from './gateway.ts'

/** What the token of the request may not do. Any token may verify itself. */
export function forbidden(
  endpoint: Endpoint,
  { token }: Principal,
  target: GatewayTarget,
): Failure<ApiFailureName> | undefined {
  if (token === undefined) return undefined
  if (endpoint.id === 'accounts.list' && token.kind === 'account') {
    return fail('account_token_lists_accounts')
  }
  const missing = missingPermission(token, endpoint, target)
  return missing === undefined ? undefined : fail('permission_missing', missing)
}

/** What is missing, in words for the journal; undefined if the token may do it. */
function missingPermission(
  token: ApiTokenRow,
  endpoint: Endpoint,
  { account, zone }: GatewayTarget,
): string | undefined {
  const { groups } = permissionOf(endpoint, zone !== undefined)
  if (groups.length === 0) return undefined
  const wanted = wantedResources(endpoint, { account, zone })
  const concerns = (policy: ApiTokenPolicy) =>
    policy.permission_groups.some(({ name }) => groups.includes(name)) &&
    (wanted === undefined || resourcesIn(policy, account.id).some((name) => wanted.includes(name)))
  const concerned = token.policies.filter(concerns)
  const isGranted = concerned.length > 0 && concerned.every((policy) => policy.effect === 'allow')
  if (isGranted) return undefined
  const where = zone === undefined ? `the account ${account.id}` : `the zone ${zone.id}`
  const place = wanted === undefined ? '' : ` on ${where}`
  return `"${token.name}" needs ${groups.map((name) => `"${name}"`).join(' or ')}${place}`
}

/** Any of them covers the operation. Undefined: it is about no account or zone in particular. */
function wantedResources(
  { scope }: Endpoint,
  { account, zone }: GatewayTarget,
): readonly string[] | undefined {
  if (scope === 'root') return undefined
  return zone === undefined
    ? [resourceNames.account + account.id, `${resourceNames.account}*`]
    : [resourceNames.zone + zone.id, `${resourceNames.zone}*`]
}

/** The names of a policy's resources. Zones may be given as those of one account. */
function resourcesIn({ resources = {} }: ApiTokenPolicy, accountId: string): readonly string[] {
  return Object.entries(resources).flatMap(([name, value]) => {
    if (value === '*') return [name]
    return name === resourceNames.account + accountId ? Object.keys(value) : []
  })
}
