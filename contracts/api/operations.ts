/** The Cloudflare API as it is built here: its groups, and one flat list. */

import type { Endpoint, Group, Scope } from '../endpoint.ts'
import { accessLogs } from './access-logs.ts'
import { accounts } from './accounts.ts'
import { applications } from './applications.ts'
import { dnsRecords } from './dns-records.ts'
import { groups } from './groups.ts'
import { identityProviders } from './identity-providers.ts'
import { keys } from './keys.ts'
import { organizations } from './organization.ts'
import { applicationPolicies, reusablePolicies } from './policies.ts'
import { serviceTokens } from './service-tokens.ts'
import { tags } from './tags.ts'
import { tokenVerify } from './token-verify.ts'
import { workerRoutes } from './worker-routes.ts'
import { zones } from './zones.ts'

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
