/** The Cloudflare API as built here: its groups, and one flat list. */

import type { Endpoint, EndpointGroup, Scope } from '../declaration/endpoint.ts'
import { isCollection, type Resource, type Single } from '../declaration/resource.ts'
import * as all from './declared.ts'

type Declared = typeof all

/** In the order of pages and answers: resources declared by `resource()` or `single()`, and groups of operations without stored state. */
const declared: Declared = {
  applications: all.applications,
  applicationPolicies: all.applicationPolicies,
  reusablePolicies: all.reusablePolicies,
  serviceTokens: all.serviceTokens,
  groups: all.groups,
  identityProviders: all.identityProviders,
  organizations: all.organizations,
  keys: all.keys,
  tags: all.tags,
  shortLivedCertificateCas: all.shortLivedCertificateCas,
  accessLogs: all.accessLogs,
  accounts: all.accounts,
  zones: all.zones,
  customPages: all.customPages,
  certificates: all.certificates,
  certificateSettings: all.certificateSettings,
  mcpServers: all.mcpServers,
  mcpPortals: all.mcpPortals,
  bookmarks: all.bookmarks,
  gatewayCas: all.gatewayCas,
  idpFederationGrants: all.idpFederationGrants,
  organizationDoh: all.organizationDoh,
  authenticatorAaguids: all.authenticatorAaguids,
  currentUser: all.currentUser,
  samlCertificates: all.samlCertificates,
  targets: all.targets,
  dnsRecords: all.dnsRecords,
  workerRoutes: all.workerRoutes,
  tokenVerify: all.tokenVerify,
  accountTokens: all.accountTokens,
  userPopulations: all.userPopulations,
  users: all.users,
  seats: all.seats,
  policyTests: all.policyTests,
  scim: all.scim,
  jitRequestLogs: all.jitRequestLogs,
}

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
