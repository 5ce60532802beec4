/** The common operations of declared resources: list, get, create, replace and delete, on their tables. */
import type { FiveOperation } from '../../contracts/declaration/declaration.ts'
import type { Endpoint } from '../../contracts/declaration/endpoint.ts'
import type { Resource } from '../../contracts/declaration/resource.ts'
import type { RowOf } from '../../contracts/declaration/row.ts'
import { type Failure, fail, isFailure } from '../../contracts/errors/errors.ts'
import type { Zone } from '../account/account.ts'
import { withoutFields } from '../http/check.ts'
import type { Answer, Call } from '../http/handler.ts'
import { perRow } from '../state/per-row.ts'
import type { Change } from '../state/state.ts'
import { type ApiContext, type ApiHandler, zoneOf } from './context.ts'
import { isFound, plainCreate, plainRemoved, plainReplace, tableOf, viewOf } from './plain-rows.ts'
import type { AnyRow, AnyWays, OperationOf, WaysGiven, Written } from './ways.ts'

/** Of the five operations, those that the resource has. */
export type CrudHandlers<R extends Resource> = {
  readonly [N in keyof R['operations'] & FiveOperation]: (
    call: Call<OperationOf<R, N>>,
    context: ApiContext,
  ) => CrudAnswer<OperationOf<R, N>>
}

/** The common operations of a resource: as declared, with its own variations where it has any. */
export function crud<const R extends Resource>(
  resource: R,
  ...[ways]: WaysGiven<R>
): CrudHandlers<R> {
  // The arguments are checked against the types of `R`. Inside, a row may be of any table.
  const all = handlersOf(resource, (ways ?? {}) as AnyWays)
  const own = Object.entries(all).filter(([name]) => Object.hasOwn(resource.operations, name))
  return Object.fromEntries(own) as unknown as CrudHandlers<R>
}

function handlersOf(resource: Resource, ways: AnyWays) {
  const { deleted, entity, key = 'id', onlyGet = [], scope, searches } = resource
  const isInZone = scope === 'zone'
  const { view = viewOf(resource, ways), inOrder = (rows) => rows } = ways
  const summary = (row: AnyRow, context: ApiContext, before?: AnyRow) =>
    withoutFields(view(row, context, before), onlyGet)
  const isShown = (row: AnyRow, query: Call<Endpoint>['query'], context: ApiContext) =>
    (searches === undefined || isFound(resource, row, Object(query))) &&
    (ways.shows?.(row, query, context) ?? true)

  const put = (row: AnyRow) => ({ table: resource.table, put: row }) as unknown as Change
  const remove = (row: AnyRow) =>
    ({ table: resource.table, delete: String(row[key]) }) as unknown as Change

  /** The answer to a delete: the fields in its contract, or the row as it was. */
  const removed = (row: AnyRow, context: ApiContext) =>
    deleted === entity ? view(row, context) : plainRemoved(resource, row)

  /** The answer to a write. A text key may change, which moves the row. */
  function answered(
    written: Written<AnyRow, unknown> | Failure,
    context: ApiContext,
    before?: AnyRow,
  ) {
    if (isFailure(written)) return written
    const { row, changes = [], result, messages = [] } = written
    const isMoved = before !== undefined && before[key] !== row[key]
    return {
      result: result ?? summary(row, context, before),
      changes: [
        ...changes,
        ...(isMoved ? [remove(before)] : []),
        ...((before && ways.replaced?.(before, row, context)) ?? []),
        put(row),
      ],
      messages,
    }
  }

  return {
    list(call: Call<Endpoint>, context: ApiContext) {
      const all = ways.rows?.(context) ?? tableOf(resource, context).all()
      const below = isInZone ? ofZone(all, zoneOf(context)) : all
      // A page of a long list must not require looking at every row.
      const rows = hasFilter(call.query)
        ? below.filter((row) => isShown(row, call.query, context))
        : below
      return {
        rows: inOrder(rows, call.query),
        view: (row: AnyRow) => summary(row, context),
      }
    },
    get(call: Call<Endpoint>, context: ApiContext) {
      const row = named(resource, call, context)
      return isFailure(row) ? row : { result: view(row, context) }
    },
    create(call: Call<Endpoint>, context: ApiContext) {
      const written = ways.create?.(call, context) ?? plainCreate(resource, ways, call, context)
      if (isFailure(written) || context.explicit === undefined) return answered(written, context)
      const row: AnyRow = { ...written.row, ...context.explicit.fields }
      return answered({ ...written, row }, context)
    },
    replace(call: Call<Endpoint>, context: ApiContext) {
      const before = named(resource, call, context)
      if (isFailure(before)) return before
      const written =
        ways.replace?.(before, call, context) ??
        plainReplace(resource, ways, { before, call, context })
      return answered(written, context, before)
    },
    delete(call: Call<Endpoint>, context: ApiContext) {
      const row = named(resource, call, context)
      if (isFailure(row)) return row
      const refused = ways.inUse?.(row, context)
      if (refused !== undefined) return refused
      return {
        result: ways.removed?.(row, context) ?? removed(row, context),
        changes: [...(ways.deleted?.(row, context) ?? []), remove(row)],
      }
    },
  }
}

/** The row that the path names, or the resource's failure for an unknown one. */
function named(resource: Resource, { params }: Call<Endpoint>, context: ApiContext) {
  const row = tableOf(resource, context).get(String(Reflect.get(params, resource.param)))
  const isBelow = resource.scope !== 'zone' || row?.zone_id === zoneOf(context).id
  return row !== undefined && isBelow ? row : fail(resource.unknown)
}

/** A further operation on one row, which the path names. */
export function onRow<R extends Resource, E extends Endpoint>(
  resource: R,
  act: (row: RowOf<R>, call: Call<E>, context: ApiContext) => ReturnType<ApiHandler<E>>,
): ApiHandler<E> {
  return (call, context) => {
    const row = named(resource, call, context)
    // Checked against the types of `R`: `row` is of its table, and each operation on one declares its failure.
    if (isFailure(row)) return row as CrudAnswer<E>
    return act(row as RowOf<R>, call, context)
  }
}

/** The rows of a zone. Cached: a table returns the same list until it changes. */
const ofZone = perRow((rows: readonly AnyRow[], zone: Zone) =>
  rows.filter(({ zone_id }) => zone_id === zone.id),
)

/** Query parameters that only select the page. */
const ofThePage: ReadonlySet<string> = new Set(['page', 'per_page'])

function hasFilter(query: unknown): boolean {
  return Object.entries(query ?? {}).some(
    ([name, value]) => value !== undefined && !ofThePage.has(name),
  )
}

/** The answer of an additional operation of a resource. */
export type CrudAnswer<E extends Endpoint> = Answer<E, Change[]>
