/** What every declared resource does: list, get, create, replace and delete over its table. */
import type { Endpoint } from '../../contracts/endpoint.ts'
import { type Failure, type FailureName, fail, isFailure } from '../../contracts/errors.ts'
import type { Answer, Call } from '../http/mount.ts'
import type { Change } from '../state/state.ts'
import type { Table } from '../state/table.ts'
import type { ApiContext } from './context.ts'

/** The group that `resource()` makes. */
export interface ResourceGroup {
  readonly list: Endpoint & { readonly paging: object }
  readonly get: Endpoint
  readonly create: Endpoint
  readonly replace: Endpoint
  readonly delete: Endpoint
}

/** A row to be stored, and what else changes with it. `result` is answered in place of its view. */
export interface Written<Row, Result> {
  readonly row: Row
  readonly changes: readonly Change[]
  readonly result?: Result
}

type Refusal<E extends Endpoint> = Failure<E['errors'][number]>
type ResultOf<E extends Endpoint> = ReturnType<E['result']>['_output']

/** What a resource has of its own. */
export interface Own<G extends ResourceGroup, Row> {
  readonly table: (context: ApiContext) => Table<Row>
  readonly unknown: G['get']['errors'][number] & G['replace']['errors'][number] & G['delete']['errors'][number]
  readonly view: (row: Row, context: ApiContext) => ResultOf<G['get']>
  /** Whether a list with this query shows the row. */
  readonly shows?: (row: Row, query: Call<G['list']>['query'], context: ApiContext) => boolean
  /** Whether the path and scope of the call reach the row; all do where absent. */
  readonly reaches?: (row: Row, context: ApiContext) => boolean
  readonly create: (
    call: Call<G['create']>,
    context: ApiContext,
  ) => Written<Row, ResultOf<G['create']>> | Refusal<G['create']>
  readonly replace: (
    row: Row,
    call: Call<G['replace']>,
    context: ApiContext,
  ) => Written<Row, ResultOf<G['replace']>> | Refusal<G['replace']>
  readonly remove: (
    row: Row,
    context: ApiContext,
  ) =>
    | { readonly result: ResultOf<G['delete']>; readonly changes: readonly Change[] }
    | Refusal<G['delete']>
}
