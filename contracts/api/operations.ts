/** The Cloudflare API as built here: its groups, and one flat list. */

import type { Endpoint, EndpointGroup, Scope } from '../endpoint.ts'
import { isCollection, type Resource, type Single } from '../resource.ts'
import { accessLogs } from './access-logs.ts'
import { accountTokens } from './account-tokens.ts'
import { accounts } from './accounts.ts'
import { applications } from './applications.ts'
import { authenticatorAaguids } from './authenticator-aaguids.ts'
import { bookmarks } from './bookmarks.ts'
import { certificateSettings } from './certificate-settings.ts'
import { certificates } from './certificates.ts'
import { currentUser } from './current-user.ts'
import { customPages } from './custom-pages.ts'
import { dnsRecords } from './dns-records.ts'
import { gatewayCas } from './gateway-cas.ts'
import { groups } from './groups.ts'
import { identityProviders } from './identity-providers.ts'
import { idpFederationGrants } from './idp-federation-grants.ts'
import { jitRequestLogs } from './jit-request-logs.ts'
import { keys } from './keys.ts'
import { mcpPortals } from './mcp-portals.ts'
import { mcpServers } from './mcp-servers.ts'
import { organizations } from './organization.ts'
import { organizationDoh } from './organization-doh.ts'
import { applicationPolicies, reusablePolicies } from './policies.ts'
import { policyTests } from './policy-tests.ts'
import { samlCertificates } from './saml-certificates.ts'
import { scim } from './scim.ts'
import { seats } from './seats.ts'
import { serviceTokens } from './service-tokens.ts'
import { shortLivedCertificateCas } from './short-lived-certificate-cas.ts'
import { tags } from './tags.ts'
import { targets } from './targets.ts'
import { tokenVerify } from './token-verify.ts'
import { userPopulations } from './user-populations.ts'
import { users } from './users.ts'
import { workerRoutes } from './worker-routes.ts'
import { zones } from './zones.ts'

/** One line each: resources declared by `resource()` or `single()`, and groups of operations without stored state. */
const declared = {
  applications,
  applicationPolicies,
  reusablePolicies,
  serviceTokens,
  groups,
  identityProviders,
  organizations,
  keys,
  tags,
  shortLivedCertificateCas,
  accessLogs,
  accounts,
  zones,
  customPages,
  certificates,
  certificateSettings,
  mcpServers,
  mcpPortals,
  bookmarks,
  gatewayCas,
  idpFederationGrants,
  organizationDoh,
  authenticatorAaguids,
  currentUser,
  samlCertificates,
  targets,
  dnsRecords,
  workerRoutes,
  tokenVerify,
  accountTokens,
  userPopulations,
  users,
  seats,
  policyTests,
  scim,
  jitRequestLogs,
} as const
type Declared = typeof declared

type OperationsOf<T> = T extends { readonly operations: infer O } ? O : T
/** The declared resources, by name. */
export type Resources = {
  readonly [N in keyof Declared as Declared[N] extends { readonly operations: EndpointGroup }
    ? N
    : never]: Declared[N]
}

const entries: readonly (readonly [
  string,
  EndpointGroup | { readonly operations: EndpointGroup },
])[] = Object.entries(declared)

/** The operations by group and name. The types come from the same declarations. */
export const api = Object.fromEntries(
  entries.map(([name, each]) => [name, 'operations' in each ? each.operations : each]),
) as { readonly [N in keyof Declared]: OperationsOf<Declared[N]> }

export type ResourceName = keyof Resources

/** What an account stores, by the same names. */
export const resources = Object.fromEntries(
  entries.filter(([, each]) => 'operations' in each),
) as unknown as Resources

/** The names of their tables. */
export type ResourceTable = {
  [N in ResourceName]: Resources[N] extends { readonly table: infer T extends string } ? T : never
}[ResourceName]

/** Those with a table of their own. */
export const stored = Object.values<Resource | Single>(resources).filter(hasTable)

function hasTable(each: Resource | Single): each is (Resource | Single) & { table: ResourceTable } {
  return each.table !== undefined
}

/** Those with the five operations, in the order above. */
export const collections: readonly Resource[] = Object.values<Resource | Single>(resources).filter(
  isCollection,
)

type KeyForm = 'uuid' | 'hex32' | 'text'

const keyForms: ReadonlyMap<string, KeyForm> = new Map([
  ...collections.map(({ param, keyForm = 'uuid' }) => [param, keyForm] as const),
  ...['account_id', 'zone_id', 'token_id'].map((name) => [name, 'hex32'] as const),
])

/** The form of what a parameter of a path names; undefined where nothing says it. */
export function keyFormOf(name: string): KeyForm | undefined {
  return keyForms.get(name)
}

/** The resources that this one may name or depend on. An unknown name does not compile. */
export function namedBefore(each: Resources[ResourceName]): readonly ResourceName[] {
  const after = 'after' in each ? each.after : []
  return 'below' in each ? [...after, each.below] : after
}

export const operations: readonly Endpoint[] = Object.values(api).flatMap((group: EndpointGroup) =>
  Object.values(group),
)

/** Matches a path with any parameters; each parameter is a capture group. */
export function patternOf(path: string): RegExp {
  return new RegExp(`^${path.replaceAll(/\{\w+\}/g, '([^/]+)')}$`)
}

/** Where an endpoint is served, below `/client/v4` unless its scope is `host`; with two scopes, two paths. */
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
