/** Recognises which resource an API object is by its fields, so that files can have any name. */
import type { StoredResource } from '../../contracts/api/making-order.ts'
import { type ResourceTable, stored } from '../../contracts/api/operations.ts'
import { once } from '../../contracts/declaration/endpoint.ts'
import { isCollection, nounOf } from '../../contracts/declaration/resource.ts'

export type Item = Readonly<Record<string, unknown>>

export type ImportedKind = 'accounts' | 'zones' | 'api_tokens' | ResourceTable

export const kinds: readonly ImportedKind[] = [
  'accounts',
  'zones',
  'api_tokens',
  ...stored.map(({ table }) => table),
]

/** The input of an import: the items of each kind as the API returned them. */
export type SavedAnswers = Readonly<Record<ImportedKind, readonly Item[]>>

export function noAnswers(): Record<ImportedKind, Item[]> {
  return Object.fromEntries(kinds.map((kind) => [kind, []])) as unknown as Record<
    ImportedKind,
    Item[]
  >
}

type RecognisingFields = readonly [kind: ImportedKind, fields: readonly string[]]

/** The fields that identify each kind, longest list first; those that are no resources come last. */
const marks = once((): readonly RecognisingFields[] => [
  ...stored
    .flatMap(({ table, recognisedBy = [] }) =>
      recognisedBy.map((fields): RecognisingFields => [table, fields]),
    )
    .sort(([, some], [, others]) => others.length - some.length),
  ['api_tokens', ['policies', 'issued_on', 'status']],
  ['zones', ['name_servers', 'name']],
  ['zones', ['development_mode', 'name']],
  ['accounts', ['settings', 'name']],
  ['accounts', ['type', 'name', 'id']],
])

/** Of kinds that no field tells apart: all fields that one has. */
const wholes = once((): readonly RecognisingFields[] =>
  stored
    .filter(({ recognisedBy }) => recognisedBy === undefined)
    .map(({ table, entity }) => [table, Object.keys(entity().shape)]),
)

/** A kind without marks is told by having its own fields and no other; of the others, the first row that is all present wins. */
export function kindOf(item: Item): ImportedKind | undefined {
  const has = ([, fields]: RecognisingFields) => fields.every((field) => Object.hasOwn(item, field))
  const count = Object.keys(item).length
  const whole = wholes().find((each) => each[1].length === count && has(each))
  return (whole ?? marks().find(has))?.[0]
}

/** The declaration of a kind; accounts and zones have none. */
export function resourceOf(kind: ImportedKind): StoredResource | undefined {
  return stored.find(({ table }) => table === kind)
}

/** The field that identifies an item of a kind. */
export function keyFieldOf(kind: ImportedKind): string {
  const resource = resourceOf(kind)
  return resource !== undefined && isCollection(resource) ? (resource.key ?? 'id') : 'id'
}

/** For example `application "Wiki"`: the noun and a label that people recognise. */
export function nameOf(kind: ImportedKind, item: Item): string {
  const resource = resourceOf(kind)
  const noun = resource === undefined ? kind.replace(/s$/, '') : nounOf(resource)
  const labels = resource?.labels ?? ['name']
  const key = keyFieldOf(kind)
  const known = [...labels, key]
    .map((field) => item[field])
    .find((each) => typeof each === 'string' && each !== '')
  return `${noun} ${known === undefined ? 'without a name' : JSON.stringify(known)}`
}
