/** What every declared resource does: list, get, create, replace and delete over its table. */
import type { z } from 'zod'
import type { Endpoint } from '../../contracts/endpoint.ts'
import type { Notice } from '../../contracts/envelope.ts'
import { type Failure, fail, isFailure } from '../../contracts/errors.ts'
import type { Answer, Call, Handler } from '../http/handler.ts'
import type { Change } from '../state/state.ts'
import type { Table } from '../state/table.ts'
import type { ApiContext } from './context.ts'

/** The group that `resource()` makes. */
export interface ResourceGroup {
  readonly list: Endpoint
  readonly get: Endpoint
  readonly create: Endpoint
  readonly replace: Endpoint
  readonly delete: Endpoint
}

type CrudResult<E extends Endpoint> = z.output<ReturnType<E['result']>>
type FailureOf<E extends Endpoint> = Failure<E['errors'][number]>

/** What else changes with a row, or an answer in place of its view (a secret that is shown once). */
export interface Written<Row, Result> {
  readonly row: Row
  readonly changes: readonly Change[]
  readonly result?: Result
  readonly messages?: readonly Notice[]
}

/** What a resource has of its own. `Row` is what its table keeps. */
export interface OwnHandlers<G extends ResourceGroup, Row> {
  readonly table: (context: ApiContext) => Table<Row>
  /** Whether the path that was asked has the row below it; without this, everything in the table is. */
  readonly isBelow?: (row: Row, context: ApiContext) => boolean
  readonly key: (params: Readonly<Record<string, string>>) => string
  readonly unknown: G['get']['errors'][number]
  readonly view: (row: Row, context: ApiContext) => CrudResult<G['get']>
  /** Whether the query wants the row. It is not asked where the query filters nothing. */
  readonly shows?: (row: Row, query: Call<G['list']>['query'], context: ApiContext) => boolean
  /** All rows in the order of a list before it is filtered; that of their making where absent. */
  readonly rows?: (context: ApiContext) => readonly Row[]
  /** The order of a list that its query asks for. */
  readonly inOrder?: (rows: readonly Row[], query: Call<G['list']>['query']) => readonly Row[]
  readonly create: (
    call: Call<G['create']>,
    context: ApiContext,
  ) => Written<Row, CrudResult<G['create']>> | FailureOf<G['create']>
  readonly replace: (
    row: Row,
    call: Call<G['replace']>,
    context: ApiContext,
  ) => Written<Row, CrudResult<G['replace']>> | FailureOf<G['replace']>
  readonly remove: (
    row: Row,
    context: ApiContext,
  ) =>
    | { readonly result: CrudResult<G['delete']>; readonly changes: Change[] }
    | FailureOf<G['delete']>
}

export type CrudHandlers<G extends ResourceGroup> = {
  readonly [K in keyof ResourceGroup]: Handler<G[K], ApiContext, Change[]>
}

export function crud<G extends ResourceGroup, Row extends object>(
  own: OwnHandlers<G, Row>,
): CrudHandlers<G> {
  const { isBelow = () => true, shows = () => true, inOrder = (rows) => rows } = own

  const find = (call: { params: Readonly<Record<string, string>> }, context: ApiContext) => {
    const row = own.table(context).get(own.key(call.params))
    return row !== undefined && isBelow(row, context) ? row : fail(own.unknown)
  }

  const handlers = {
    list(call: Call<G['list']>, context: ApiContext) {
      const all = own.rows?.(context) ?? own.table(context).all()
      // A page of a long list must not cost a look at every row of it.
      const isWhole = own.isBelow === undefined && !hasFilter(call.query)
      const rows = isWhole
        ? all
        : all.filter((row) => isBelow(row, context) && shows(row, call.query, context))
      return {
        rows: inOrder(rows, call.query),
        view: (row: Row) => own.view(row, context),
      }
    },
    get(call: Call<G['get']>, context: ApiContext) {
      const row = find(call, context)
      return isFailure(row) ? row : { result: own.view(row, context) }
    },
    create(call: Call<G['create']>, context: ApiContext) {
      return answered(own.create(call, context), context)
    },
    replace(call: Call<G['replace']>, context: ApiContext) {
      const row = find(call, context)
      return isFailure(row) ? row : answered(own.replace(row, call, context), context)
    },
    delete(call: Call<G['delete']>, context: ApiContext) {
      const row = find(call, context)
      return isFailure(row) ? row : own.remove(row, context)
    },
  }

  function answered(written: Written<Row, unknown> | Failure, context: ApiContext) {
    if (isFailure(written)) return written
    const { row, changes, result, messages = [] } = written
    return { result: result ?? own.view(row, context), changes, messages }
  }

  // Each is checked against `Own`; that a list is `Listed` and the rest are `Done` cannot be said of an open `G`.
  return handlers as unknown as CrudHandlers<G>
}

/** What a query says of the page alone. */
const ofThePage: ReadonlySet<string> = new Set(['page', 'per_page'])

function hasFilter(query: unknown): boolean {
  return Object.entries(query ?? {}).some(
    ([name, value]) => value !== undefined && !ofThePage.has(name),
  )
}

/** The conditional type of an answer, where a resource adds an operation of its own. */
export type CrudAnswer<E extends Endpoint> = Answer<E, Change[]>
