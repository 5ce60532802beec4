/** The five operations that Cloudflare gives a plain Access resource, from one declaration. */
import { z } from 'zod'
import { type Endpoint, type Lazy, once, type Paging, type Scope } from './endpoint.ts'
import type { ApiFailureName } from './errors.ts'
import type { Evidence } from './evidence.ts'
import { pageQuery } from './primitives.ts'
import type { Sources } from './sources.ts'

interface Declaration {
  /** Group name, plural: `tags`. */
  readonly name: string
  /** What one and several of them are called in a summary: `a tag`, `tags`. */
  readonly one: string
  readonly many: string
  readonly path: string
  /** Name of the path parameter that is the key. */
  readonly param: string
  readonly scope: Scope
  /** Page sizes; without them the list comes whole. */
  readonly paging?: Paging
  readonly entity: Lazy
  readonly body: Lazy
  readonly deleted: Lazy
  readonly deleteStatus: number
  /** Query fields of a paged list beside `page` and `per_page`. */
  readonly filters?: () => z.ZodRawShape
  /** Failures of every operation, such as an unknown parent. */
  readonly errors?: readonly ApiFailureName[]
  /** What a body that breaks the contract is answered, `invalid_request` unless said. */
  readonly invalid?: ApiFailureName
  /** Failures of a create or replace beside that. */
  readonly writeErrors?: readonly ApiFailureName[]
  readonly deleteErrors?: readonly ApiFailureName[]
  readonly unknown: ApiFailureName
  readonly evidence: Evidence
  readonly source: Sources
}

/** `{ list, get, create, replace, delete }`; a file adds operations of its own by spreading. */
export function resource<const D extends Declaration>(declared: D) {
  const { name, one, many, path, param, scope, evidence, source, unknown } = declared
  const item = `${path}/{${param}}` as `${D['path']}/{${D['param']}}`
  const invalid = (declared.invalid ?? 'invalid_request') as InvalidOf<D>
  const common = { scope: scope as D['scope'], wrap: 'v4', invalid, evidence, source } as const
  const everywhere = (declared.errors ?? []) as readonly Unions<D['errors']>[]
  const write = [invalid, ...everywhere, ...(declared.writeErrors ?? [])] as readonly (
    | InvalidOf<D>
    | Unions<D['errors'] | D['writeErrors']>
  )[]
  const unknownItem = [...everywhere, unknown] as readonly (Unions<D['errors']> | D['unknown'])[]
  type ListResult = Lazy<z.ZodArray<ReturnType<D['entity']>>>
  const { paging } = declared
  const query = once(() => z.object({ ...pageQuery, ...declared.filters?.() }))
  const paged = (paging === undefined ? {} : { paging, query }) as PagedOf<D>
  return {
    list: {
      ...common,
      id: `${name}.list`,
      summary: `List ${many}`,
      method: 'GET',
      path: path as D['path'],
      result: once(() => z.array(declared.entity())) as ListResult,
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
      result: declared.entity as D['entity'],
      status: 201,
      errors: write,
    },
    replace: {
      ...common,
      id: `${name}.replace`,
      summary: `Replace ${one}`,
      method: 'PUT',
      path: item,
      body: declared.body as D['body'],
      result: declared.entity as D['entity'],
      status: 200,
      errors: [...write, unknown] as readonly ((typeof write)[number] | D['unknown'])[],
    },
    delete: {
      ...common,
      id: `${name}.delete`,
      summary: `Delete ${one}`,
      method: 'DELETE',
      path: item,
      result: declared.deleted as D['deleted'],
      status: declared.deleteStatus,
      errors: [...unknownItem, ...(declared.deleteErrors ?? [])] as readonly (
        | (typeof unknownItem)[number]
        | Unions<D['deleteErrors']>
      )[],
    },
  } as const satisfies Record<string, Endpoint>
}

type Unions<T> = T extends readonly (infer U)[] ? U : never
type InvalidOf<D extends Declaration> = D extends {
  readonly invalid: infer I extends ApiFailureName
}
  ? I
  : 'invalid_request'
type PagedOf<D extends Declaration> = D extends { readonly paging: infer P extends Paging }
  ? {
      readonly paging: P
      readonly query: Lazy<z.ZodObject<typeof pageQuery & FiltersOf<D>>>
    }
  : Record<never, never>
type FiltersOf<D extends Declaration> = D['filters'] extends () => infer F
  ? F
  : Record<never, never>
