/** The common behaviour of declared resources: rows from bodies, and answers from rows. */
import { type Endpoint, once } from '../../contracts/declaration/endpoint.ts'
import { nounOf, type Resource } from '../../contracts/declaration/resource.ts'
import type { EntityOf, RowOf } from '../../contracts/declaration/row.ts'
import { type Failure, fail } from '../../contracts/errors/errors.ts'
import { knownOf, withExtra } from '../http/check.ts'
import type { Call } from '../http/handler.ts'
import type { Change } from '../state/state.ts'
import type { Table } from '../state/table.ts'
import { type ApiContext, nowOf, zoneOf } from './context.ts'
import { contains } from './filters.ts'
import type { AnyRow, AnyWays, Written } from './ways.ts'

type Fields = Readonly<Record<string, unknown>>

/** The table of a resource, found by name. */
export function tableOf({ table = '' }: Resource, { account }: ApiContext): Table<AnyRow> {
  return Reflect.get(account.state.tables, table) as Table<AnyRow>
}

/** The row as answers show it, where nothing is computed for them. */
export function plainView<R extends Resource>(resource: R): (row: RowOf<R>) => EntityOf<R> {
  const view = shownFields(resource)
  return (row) => withExtra(view(row), row.extra) as EntityOf<R>
}

/** The same with the fields that are computed for each answer. */
export function viewOf(resource: Resource, { derived }: AnyWays) {
  const view = shownFields(resource)
  return (row: AnyRow, context: ApiContext, before?: AnyRow): Fields =>
    // Rows of older releases may have no `extra`.
    withExtra({ ...view(row), ...derived?.(row, context, before) }, row.extra ?? {})
}

/** The row without fields that answers never show. */
function shownFields(resource: Resource): (row: Fields) => Fields {
  const { entity, kept, scope } = resource
  // On first use: schemas are not built at start.
  const unseen = once(() => {
    const internal = Object.keys(kept?.() ?? {}).filter(
      (name) => !Object.hasOwn(entity().shape, name),
    )
    return new Set(['extra', ...(scope === 'zone' ? ['zone_id'] : []), ...internal])
  })
  return (row) => Object.fromEntries(Object.entries(row).filter(([name]) => !unseen().has(name)))
}

export function isFound({ searches = {} }: Resource, row: AnyRow, query: Fields): boolean {
  return Object.entries(searches).every(([name, field]) => {
    const [text, part] = [row[field], query[name]]
    return contains(
      typeof text === 'string' ? text : undefined,
      typeof part === 'string' ? part : undefined,
    )
  })
}

type Body = Call<Endpoint>

function fieldsOf(resource: Resource, { fields }: AnyWays, { body }: Body): Fields {
  return fields?.(body) ?? knownOf(Object(body), resource.body())
}

/** The failure if another row has the same values in the fields that must be unique. */
function taken(
  resource: Resource,
  fields: Fields,
  context: ApiContext,
  before?: AnyRow,
): Failure | undefined {
  const { unique, scope, key = 'id' } = resource
  if (unique === undefined) return undefined
  const { by, failure } = unique
  const isSame = (row: AnyRow | undefined) =>
    row !== undefined &&
    row !== before &&
    (scope !== 'zone' || row.zone_id === zoneOf(context).id) &&
    by.every((field) => row[field] === fields[field])
  const table = tableOf(resource, context)
  const isTaken =
    by.length === 1 && by[0] === key
      ? isSame(table.get(String(fields[key])))
      : table.all().some(isSame)
  if (!isTaken) return undefined
  const values = by.map((field) => fields[field]).join(' ')
  const noun = nounOf(resource)
  const problem =
    by.length === 0 ? `there is a ${noun} already` : `${noun} ${values} already exists`
  // Other failures have a message of their own.
  return failure === 'conflict' ? fail(failure, problem) : fail(failure)
}

interface NewKey {
  readonly fields: Fields
  readonly changes: readonly Change[]
}

/** The key of a new row, and what is minted with it; a text key is a field of the body. */
function identityOf(
  resource: Resource,
  { minted: mintedFields }: AnyWays,
  fields: Fields,
  context: ApiContext,
): NewKey {
  const { key = 'id', keyForm, labels = ['name'], param, scope, entity, derived = [] } = resource
  if (keyForm === 'text') return { fields: {}, changes: [] }
  const kind = nounOf(resource).toLowerCase().replaceAll(' ', '_')
  const zone = scope === 'zone' ? [zoneOf(context)] : []
  const naturalKey = [...zone.map(({ name }) => name), fields[labels[0] ?? '']].join(' ')
  const minted = context.account.mint(kind, naturalKey, {
    explicit: context.explicit?.id,
    ...(keyForm === 'hex32' ? { hexFor: param } : {}),
  })
  const hasUid = Object.hasOwn(entity().shape, 'uid') && !derived.includes('uid')
  const zoneId = zone.map((one) => ['zone_id', one.id] as const)
  return {
    fields: {
      [key]: minted.id,
      ...(hasUid ? { uid: minted.id } : {}),
      ...Object.fromEntries(zoneId),
      ...mintedFields?.(minted.bytes),
    },
    changes: [minted.change],
  }
}

function timesOf({ entity }: Resource, created_at: unknown, context: ApiContext): Fields {
  const { shape } = entity()
  return {
    ...(Object.hasOwn(shape, 'created_at') ? { created_at } : {}),
    ...(Object.hasOwn(shape, 'updated_at') ? { updated_at: nowOf(context) } : {}),
    ...(Object.hasOwn(shape, 'modified_at') ? { modified_at: nowOf(context) } : {}),
  }
}

type WriteOutcome = Written<AnyRow, never> | Failure

export function plainCreate(
  resource: Resource,
  ways: AnyWays,
  call: Body,
  context: ApiContext,
): WriteOutcome {
  const fields = fieldsOf(resource, ways, call)
  const refused = ways.check?.(call.body, context) ?? taken(resource, fields, context)
  if (refused !== undefined) return refused
  const identity = identityOf(resource, ways, fields, context)
  const row: AnyRow = {
    ...identity.fields,
    ...resource.defaults,
    ...fields,
    ...timesOf(resource, nowOf(context), context),
    extra: call.extra,
  }
  return { row, changes: identity.changes }
}

/** Fields that no body has are kept: the key, those that only the server writes, and internal ones. */
export function plainReplace(
  resource: Resource,
  ways: AnyWays,
  { before, call, context }: { before: AnyRow; call: Body; context: ApiContext },
): WriteOutcome {
  const fields = fieldsOf(resource, ways, call)
  const refused =
    ways.check?.(call.body, context, before) ?? taken(resource, fields, context, before)
  if (refused !== undefined) return refused
  const given = resource.body().shape
  const kept = Object.entries(before).filter(([name]) => !Object.hasOwn(given, name))
  const { created_at, updated_at: _, modified_at: __, ...own } = Object.fromEntries(kept)
  const row: AnyRow = {
    ...own,
    ...resource.defaults,
    ...fields,
    ...timesOf(resource, created_at, context),
    extra: call.extra,
  }
  return { row }
}

/** The answer to a delete: the fields in its contract. */
export function plainRemoved({ deleted, key = 'id' }: Resource, row: AnyRow): Fields {
  const names = Object.keys(deleted?.().shape ?? {})
  return Object.fromEntries(names.map((name) => [name, row[name] ?? row[key]]))
}
