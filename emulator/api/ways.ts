/** How a resource may differ from the common behaviour of declared resources. */
import type { FiveOperation } from '../../contracts/declaration/declaration.ts'
import type { BodyOf, Endpoint, QueryOf, ResultOf } from '../../contracts/declaration/endpoint.ts'
import type { Notice } from '../../contracts/declaration/envelope.ts'
import type { Resource } from '../../contracts/declaration/resource.ts'
import type { DerivedOf, EntityOf, Extra, RowOf } from '../../contracts/declaration/row.ts'
import type { Failure } from '../../contracts/errors/errors.ts'
import type { Minted } from '../account/account.ts'
import type { Call } from '../http/handler.ts'
import type { Change } from '../state/state.ts'
import type { ApiContext } from './context.ts'

/** The result of a write. */
export interface Written<Row, Result> {
  readonly row: Row
  /** Changes besides that of the row itself. */
  readonly changes?: readonly Change[]
  /** An answer that differs from the view, such as one with a secret that is shown once. */
  readonly result?: Result
  readonly messages?: readonly Notice[]
}

type FailureOf<E extends Endpoint> = Failure<E['errors'][number]>
/** `never` if the resource lacks it. */
export type OperationOf<R extends Resource, N extends FiveOperation> = NonNullable<
  R['operations'][N & keyof R['operations']]
>

/** Those that are declared as derived, and any others of the entity. */
type DerivedFields<R extends Resource> = Partial<EntityOf<R>> &
  Pick<EntityOf<R>, DerivedOf<R> & keyof EntityOf<R>>

/** `Row` is the type of a row in the table of `R`. */
interface OptionalWays<R extends Resource, Row> {
  /** The row as shown in answers; by default, its fields and those that are `derived`. */
  view?(row: Row, context: ApiContext): EntityOf<R>
  /** Fields of answers that are computed for each; `before` is the row that the current write replaces. */
  derived?(row: Row, context: ApiContext, before?: Row): DerivedFields<R>
  /** Whether a row matches the query. Not called if the query has no filters. */
  shows?(row: Row, query: QueryOf<OperationOf<R, 'list'>>, context: ApiContext): boolean
  /** All rows in list order, before filtering; by default, in order of creation. */
  rows?(context: ApiContext): readonly Row[]
  /** Sorts a list as the query requests. */
  inOrder?(rows: readonly Row[], query: QueryOf<OperationOf<R, 'list'>>): readonly Row[]
  /** The fields that a row takes from a body; by default, those in the contract. */
  fields?(body: BodyOf<OperationOf<R, 'create'>>): Partial<Row>
  /** Fields of a new row that the server makes up, from bytes that belong to its key. */
  minted?(bytes: Minted['bytes']): Partial<Row>
  /** Why a body that matches the contract is still refused; `before` is the row that it would replace. */
  check?(
    body: BodyOf<OperationOf<R, 'create'>>,
    context: ApiContext,
    before?: Row,
  ): FailureOf<OperationOf<R, 'create'>> | undefined
  /** Changes to other rows when one is replaced. */
  replaced?(before: Row, after: Row, context: ApiContext): readonly Change[]
  /** Changes to other rows when one is deleted. */
  deleted?(row: Row, context: ApiContext): readonly Change[]
  /** Why a row cannot be deleted. */
  inUse?(row: Row, context: ApiContext): FailureOf<OperationOf<R, 'delete'>> | undefined
  /** A whole create, instead of `fields` and `check`. */
  create?(
    call: Call<OperationOf<R, 'create'>>,
    context: ApiContext,
  ): Written<Row, ResultOf<OperationOf<R, 'create'>>> | FailureOf<OperationOf<R, 'create'>>
  replace?(
    row: Row,
    call: Call<OperationOf<R, 'replace'>>,
    context: ApiContext,
  ): Written<Row, ResultOf<OperationOf<R, 'replace'>>> | FailureOf<OperationOf<R, 'replace'>>
  /** The answer to a delete; by default, the fields in the contract. */
  removed?(row: Row, context: ApiContext): ResultOf<OperationOf<R, 'delete'>>
}

type With<R extends Resource, Row, N extends keyof OptionalWays<R, Row>> = {
  readonly [K in N]-?: NonNullable<OptionalWays<R, Row>[K]>
}

/** A resource with derived fields needs `derived` or a whole `view`, and one with declared filters needs `shows`. */
type Ways<R extends Resource, Row = RowOf<R>> = OptionalWays<R, Row> &
  (R extends { readonly derived: readonly [unknown, ...unknown[]] }
    ? With<R, Row, 'view'> | With<R, Row, 'derived'>
    : unknown) &
  (R extends { readonly filters: object } ? With<R, Row, 'shows'> : unknown)

/** Optional if nothing is required. */
export type WaysGiven<R extends Resource> =
  Record<never, never> extends Ways<R> ? [ways?: Ways<R>] : [ways: Ways<R>]

/** Whether the five common operations are all that a resource needs. */
export type IsPlain<R> = R extends Resource & { readonly table: string }
  ? Record<never, never> extends Ways<R>
    ? Exclude<keyof R['operations'], keyof Resource['operations']> extends never
      ? true
      : false
    : false
  : false

/** A row of any table, and the variations of any resource. */
export type AnyRow = Readonly<Record<string, unknown>> & { readonly extra: Extra }
export type AnyWays = OptionalWays<Resource, AnyRow>
