/** The five operations of a plain Access resource, or those of them that it has, derived from its declaration. */
import { z } from 'zod'
import type { ApiFailureName } from '../errors/errors.ts'
import type { Declaration, FiveOperation } from './declaration.ts'
import { type Endpoint, type Lazy, once, type Paging } from './endpoint.ts'
import { pageQuery } from './primitives.ts'

/** `{ list, get, create, replace, delete }`, without those that the declaration lacks. */
export function fiveOperations<const D extends Declaration>(declared: D): ExistingOf<D> {
  const { lacks = [] } = declared
  const has = ([name]: [string, Endpoint]) => !lacks.some((one) => one === name)
  return Object.fromEntries(Object.entries(allFive(declared)).filter(has)) as ExistingOf<D>
}

function allFive<const D extends Declaration>(declared: D) {
  const { name, one, many, path, param, scope, evidence, source, unknown } = declared
  const item = `${path}/{${param}}` as `${D['path']}/{${D['param']}}`
  const invalid = (declared.invalid ?? 'invalid_request') as InvalidOf<D>
  const common = { scope: scope as D['scope'], wrap: 'v4', invalid, evidence, source } as const
  const everywhere = (declared.errors ?? []) as readonly Unions<D['errors']>[]
  const taken = declared.unique === undefined ? [] : [declared.unique.failure]
  const write = [invalid, ...everywhere, ...taken, ...(declared.writeErrors ?? [])] as readonly (
    | InvalidOf<D>
    | Unions<D['errors'] | D['writeErrors']>
    | TakenOf<D>
  )[]
  const unknownItem = [...everywhere, unknown] as readonly (Unions<D['errors']> | D['unknown'])[]
  const { onlyGet = [] } = declared
  const shown = () =>
    Object.entries(declared.entity().shape).filter(([field]) => !onlyGet.includes(field))
  const summary = (
    onlyGet.length === 0 ? declared.entity : once(() => z.object(Object.fromEntries(shown())))
  ) as SummaryOf<D>
  type ListResult = Lazy<z.ZodArray<ReturnType<SummaryOf<D>>>>
  const { paging, searches = {} } = declared
  const searched = () => Object.keys(searches).map((name) => [name, z.string().optional()])
  const query = once(() =>
    z.object({ ...pageQuery, ...Object.fromEntries(searched()), ...declared.filters?.() }),
  )
  const paged = (paging === undefined ? {} : { paging, query }) as PagedOf<D>
  return {
    list: {
      ...common,
      id: `${name}.list`,
      summary: `List ${many}`,
      method: 'GET',
      path: path as D['path'],
      result: once(() => z.array(summary())) as ListResult,
      status: 200,
      errors: everywhere,
      ...paged,
    },
    get: {
      ...common,
      id: `${name}.get`,
      summary: `Get ${one}`,
      method: 'GET',
      path: item,
      result: declared.entity as D['entity'],
      status: 200,
      errors: unknownItem,
    },
    create: {
      ...common,
      id: `${name}.create`,
      summary: `Create ${one}`,
      method: 'POST',
      path: path as D['path'],
      body: declared.body as D['body'],
      result: summary,
      status: (declared.createStatus ?? 201) as CreateStatus<D>,
      errors: write,
    },
    replace: {
      ...common,
      id: `${name}.replace`,
      summary: `Replace ${one}`,
      method: 'PUT',
      path: item,
      body: declared.body as D['body'],
      result: summary,
      status: 200,
      errors: [...write, unknown] as readonly ((typeof write)[number] | D['unknown'])[],
    },
    delete: {
      ...common,
      id: `${name}.delete`,
      summary: `Delete ${one}`,
      method: 'DELETE',
      path: item,
      result: (declared.deleted ?? nothing) as DeletedOf<D>,
      status: (declared.deleteStatus ?? 200) as DeleteStatus<D>,
      errors: [...unknownItem, ...(declared.deleteErrors ?? [])] as readonly (
        | (typeof unknownItem)[number]
        | Unions<D['deleteErrors']>
      )[],
    },
  } as const satisfies Record<string, Endpoint>
}

const nothing = once(() => z.object({}))

export type ExistingOf<D extends Declaration> = Omit<ReturnType<typeof allFive<D>>, LackedBy<D>>
type LackedBy<D> = D extends { readonly lacks: readonly (infer L extends FiveOperation)[] }
  ? L
  : never
/** The entity without what GET of one alone shows. */
type SummaryOf<D extends Declaration> = D extends { readonly onlyGet: readonly (infer F)[] }
  ? Lazy<z.ZodObject<Omit<ReturnType<D['entity']>['shape'], F & string>>>
  : D['entity']
type Unions<T> = T extends readonly (infer U)[] ? U : never
type InvalidOf<D extends Declaration> = D extends {
  readonly invalid: infer I extends ApiFailureName
}
  ? I
  : 'invalid_request'
type TakenOf<D extends Declaration> = D extends {
  readonly unique: { readonly failure: infer F extends ApiFailureName }
}
  ? F
  : never
type CreateStatus<D extends Declaration> = D extends { readonly createStatus: infer S } ? S : 201
type DeletedOf<D extends Declaration> = D extends { readonly deleted: infer R extends Lazy }
  ? R
  : typeof nothing
type DeleteStatus<D extends Declaration> = D extends {
  readonly deleteStatus: infer S extends number
}
  ? S
  : 200
type PagedOf<D extends Declaration> = D extends { readonly paging: infer P extends Paging }
  ? {
      readonly paging: P
      readonly query: Lazy<z.ZodObject<typeof pageQuery & SearchesOf<D> & FiltersOf<D>>>
    }
  : Record<never, never>
type SearchesOf<D extends Declaration> = D extends { readonly searches: infer S }
  ? { readonly [Q in keyof S]: z.ZodOptional<z.ZodString> }
  : Record<never, never>
type FiltersOf<D extends Declaration> = D['filters'] extends () => infer F
  ? F
  : Record<never, never>
