/** The Cloudflare API as it is built here: its groups, and one flat list. */
import { accessLogs } from './api/access-logs.ts'
import { accounts } from './api/accounts.ts'
import { applications } from './api/applications.ts'
import { dnsRecords } from './api/dns-records.ts'
import { groups } from './api/groups.ts'
import { identityProviders } from './api/identity-providers.ts'
import { keys } from './api/keys.ts'
import { organizations } from './api/organization.ts'
import { applicationPolicies, reusablePolicies } from './api/policies.ts'
import { serviceTokens } from './api/service-tokens.ts'
import { tags } from './api/tags.ts'
import { tokenVerify } from './api/token-verify.ts'
import { workerRoutes } from './api/worker-routes.ts'
import { zones } from './api/zones.ts'
import type { Endpoint, Group, Scope } from './endpoint.ts'

export const api = {
  applications,
  applicationPolicies,
  reusablePolicies,
  serviceTokens,
  groups,
  identityProviders,
  organizations,
  keys,
  tags,
  accessLogs,
  accounts,
  zones,
  dnsRecords,
  workerRoutes,
  tokenVerify,
} as const satisfies Readonly<Record<string, Group>>

export const operations: readonly Endpoint[] = Object.values(api).flatMap((group: Group) =>
  Object.values(group),
)

/** Where an endpoint is served, below `/client/v4` unless its scope is `host`: two paths where it has two scopes. */
export function pathsOf({ scope, path }: Pick<Endpoint, 'scope' | 'path'>): readonly string[] {
  const account = `/accounts/{account_id}${path}`
  const zone = `/zones/{zone_id}${path}`
  const paths: Readonly<Record<Scope, readonly string[]>> = {
    account: [account],
    account_or_zone: [account, zone],
    zone: [zone],
    root: [path],
    host: [path],
  }
  return paths[scope]
}
