/** What a resource may have of its own in place of what every declared one does. */
import type { z } from 'zod'
import type { BodyOf, Endpoint, QueryOf, ResultOf } from '../../contracts/endpoint.ts'
import type { Notice } from '../../contracts/envelope.ts'
import type { Failure } from '../../contracts/errors.ts'
import type { Resource } from '../../contracts/resource.ts'
import type { Extra, RowOf } from '../../contracts/row.ts'
import type { Call } from '../http/handler.ts'
import type { Change } from '../state/state.ts'
import type { ApiContext } from './context.ts'

/** What a write leaves. */
export interface Written<Row, Result> {
  readonly row: Row
  /** Changes beside the row's own. */
  readonly changes?: readonly Change[]
  /** An answer in place of its view, such as a secret that is shown once. */
  readonly result?: Result
  readonly messages?: readonly Notice[]
}

type EntityOf<R extends Resource> = z.output<ReturnType<R['entity']>>
type FailureOf<E extends Endpoint> = Failure<E['errors'][number]>
type OperationOf<R extends Resource, N extends keyof Resource['operations']> = R['operations'][N]

/** A row of `R`, of its table and of no other. */
interface OptionalWays<R extends Resource, Row> {
  /** As it is answered; `before` is the row that a write under way replaces. */
  view?(row: Row, context: ApiContext, before?: Row): EntityOf<R>
  /** Whether the query wants the row. It is not asked where the query filters nothing. */
  shows?(row: Row, query: QueryOf<OperationOf<R, 'list'>>, context: ApiContext): boolean
  /** All rows in the order of a list before it is filtered; that of their making where absent. */
  rows?(context: ApiContext): readonly Row[]
  /** The order of a list that its query asks for. */
  inOrder?(rows: readonly Row[], query: QueryOf<OperationOf<R, 'list'>>): readonly Row[]
  /** What a row takes from a body: the fields that the contract names, unless said. */
  fields?(body: BodyOf<OperationOf<R, 'create'>>): Partial<Row>
  /** Why a body is refused that fits the contract; `before` is what it would replace. */
  check?(
    body: BodyOf<OperationOf<R, 'create'>>,
    context: ApiContext,
    before?: Row,
  ): FailureOf<OperationOf<R, 'create'>> | undefined
  /** What changes in other rows with one that is made (no `before`), replaced, or removed (no `after`). */
  follows?(before: Row | undefined, after: Row | undefined, context: ApiContext): readonly Change[]
  /** Why one cannot be removed. */
  inUse?(row: Row, context: ApiContext): FailureOf<OperationOf<R, 'delete'>> | undefined
  /** All of a create, in place of `fields` and `check`. */
  create?(
    call: Call<OperationOf<R, 'create'>>,
    context: ApiContext,
  ): Written<Row, ResultOf<OperationOf<R, 'create'>>> | FailureOf<OperationOf<R, 'create'>>
  replace?(
    row: Row,
    call: Call<OperationOf<R, 'replace'>>,
    context: ApiContext,
  ): Written<Row, ResultOf<OperationOf<R, 'replace'>>> | FailureOf<OperationOf<R, 'replace'>>
  /** What a removal answers: the fields that the contract names, unless said. */
  removed?(row: Row, context: ApiContext): ResultOf<OperationOf<R, 'delete'>>
}

/** What is derived is worked out by a view, and a filter that is declared without its meaning by `shows`. */
type Required<R extends Resource> =
  | (R extends { readonly derived: readonly [unknown, ...unknown[]] } ? 'view' : never)
  | (R extends { readonly filters: object } ? 'shows' : never)

type Ways<R extends Resource, Row = RowOf<R>> = OptionalWays<R, Row> & {
  readonly [N in Required<R>]-?: NonNullable<OptionalWays<R, Row>[N]>
}

/** None where nothing has to be said. */
export type WaysGiven<R extends Resource> =
  Record<never, never> extends Ways<R> ? [ways?: Ways<R>] : [ways: Ways<R>]

/** Whether the five operations, over a table of its own, need nothing of a resource's own. */
export type IsPlain<R> = R extends Resource & { readonly table: string }
  ? Record<never, never> extends Ways<R>
    ? Exclude<keyof R['operations'], keyof Resource['operations']> extends never
      ? true
      : false
    : false
  : false

/** A row of whichever table, and the ways of whichever resource. */
export type AnyRow = Readonly<Record<string, unknown>> & { readonly extra: Extra }
export type AnyWays = OptionalWays<Resource, AnyRow>
