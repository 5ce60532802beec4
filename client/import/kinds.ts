/** Which resource an object of the API is: told by its fields, so that files can be named as one likes. */
import { type ResourceTable, stored } from '../../contracts/api/operations.ts'
import { once } from '../../contracts/endpoint.ts'
import { isCollection, nounOf } from '../../contracts/resource.ts'

export type Item = Readonly<Record<string, unknown>>

export type ImportedKind = 'accounts' | 'zones' | ResourceTable

export const kinds: readonly ImportedKind[] = [
  'accounts',
  'zones',
  ...stored.map(({ table }) => table),
]

/** What an import is made from: the items of each kind, as the API answered them. */
export type SavedAnswers = Readonly<Record<ImportedKind, readonly Item[]>>

export function noAnswers(): Record<ImportedKind, Item[]> {
  return Object.fromEntries(kinds.map((kind) => [kind, []])) as unknown as Record<
    ImportedKind,
    Item[]
  >
}

type Mark = readonly [kind: ImportedKind, fields: readonly string[]]

/** What a resource is told by, the longest first; an account and a zone are what no resource is. */
const marks = once((): readonly Mark[] => [
  ...stored
    .flatMap(({ table, recognisedBy = [] }) => recognisedBy.map((fields): Mark => [table, fields]))
    .sort(([, some], [, others]) => others.length - some.length),
  ['zones', ['name_servers', 'name']],
  ['zones', ['development_mode', 'name']],
  ['accounts', ['settings', 'name']],
  ['accounts', ['type', 'name', 'id']],
])

/** The first row that fits wins: all fields named are there. */
export function kindOf(item: Item): ImportedKind | undefined {
  return marks().find(([, fields]) => fields.every((field) => Object.hasOwn(item, field)))?.[0]
}

/** `application "Wiki"`, by whatever a person would know it by. */
export function nameOf(kind: ImportedKind, item: Item): string {
  const resource = stored.find(({ table }) => table === kind)
  const noun = resource === undefined ? kind.replace(/s$/, '') : nounOf(resource)
  const labels = resource?.labels ?? ['name']
  const key = resource !== undefined && isCollection(resource) ? (resource.key ?? 'id') : 'id'
  const known = [...labels, key]
    .map((field) => item[field])
    .find((each) => typeof each === 'string' && each !== '')
  return `${noun} ${known === undefined ? 'without a name' : JSON.stringify(known)}`
}
