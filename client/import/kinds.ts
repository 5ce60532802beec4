/** Which resource an object of the API is: told by its fields, so that files can be named as one likes. */

export type Item = Readonly<Record<string, unknown>>

export const kinds = [
  'accounts',
  'zones',
  'dns_records',
  'worker_routes',
  'organizations',
  'identity_providers',
  'tags',
  'service_tokens',
  'groups',
  'policies',
  'applications',
] as const
export type ImportedKind = (typeof kinds)[number]

/** What an import is made from: the items of each kind, as the API answered them. */
export type SavedAnswers = Readonly<Record<ImportedKind, readonly Item[]>>

export function noAnswers(): Record<ImportedKind, Item[]> {
  return {
    accounts: [],
    zones: [],
    dns_records: [],
    worker_routes: [],
    organizations: [],
    identity_providers: [],
    tags: [],
    service_tokens: [],
    groups: [],
    policies: [],
    applications: [],
  }
}

/** The first row that fits wins: all fields named are there. */
const marks: readonly (readonly [kind: ImportedKind, fields: readonly string[]])[] = [
  ['applications', ['aud', 'type']],
  ['policies', ['decision', 'include']],
  ['groups', ['include', 'name']],
  ['service_tokens', ['client_id', 'name']],
  ['organizations', ['auth_domain']],
  ['identity_providers', ['type', 'config']],
  ['dns_records', ['content', 'type', 'name']],
  ['worker_routes', ['pattern']],
  ['zones', ['name_servers', 'name']],
  ['zones', ['development_mode', 'name']],
  ['accounts', ['settings', 'name']],
  ['accounts', ['type', 'name', 'id']],
  ['tags', ['app_count', 'name']],
  ['tags', ['created_at', 'name']],
]

export function kindOf(item: Item): ImportedKind | undefined {
  return marks.find(([, fields]) => fields.every((field) => Object.hasOwn(item, field)))?.[0]
}

const words: Readonly<Record<ImportedKind, string>> = {
  accounts: 'account',
  zones: 'zone',
  dns_records: 'DNS record',
  worker_routes: 'Worker route',
  organizations: 'organization',
  identity_providers: 'identity provider',
  tags: 'tag',
  service_tokens: 'service token',
  groups: 'group',
  policies: 'policy',
  applications: 'application',
}

/** `application "Wiki"`, by whatever a person would know it by. */
export function nameOf(kind: ImportedKind, item: Item): string {
  const known = [item.name, item.domain, item.pattern, item.id].find(
    (each) => typeof each === 'string' && each !== '',
  )
  return `${words[kind]} ${known === undefined ? 'without a name' : JSON.stringify(known)}`
}
