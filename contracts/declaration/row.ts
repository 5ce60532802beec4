/** What an account stores of a resource, as type and schema: the entity minus derived fields, plus fields only stored. */
import { z } from 'zod'
import type { Stored } from './declaration.ts'
import { once } from './endpoint.ts'
import { hex32 } from './primitives.ts'

/** Fields of a request that no contract names: stored and echoed. */
export type Extra = Readonly<Record<string, unknown>>

type None = Record<never, never>
/** An object as GET returns it. */
export type EntityOf<D extends Stored> = z.output<ReturnType<D['entity']>>
export type DerivedOf<D extends Stored> = D extends { readonly derived: readonly (infer F)[] }
  ? F
  : never
type KeptOf<D extends Stored> = D extends { readonly kept: () => infer S extends z.ZodRawShape }
  ? Exact<z.output<z.ZodObject<S>>>
  : None
type ZoneOf<D> = D extends { readonly scope: 'zone' } ? { zone_id: string } : None
/** Optional fields are absent, never undefined. */
type Exact<T> = {
  readonly [K in keyof T]: None extends Pick<T, K> ? Exclude<T[K], undefined> : T[K]
}
type Whole<T> = { readonly [K in keyof T]: T[K] }

export type RowOf<D extends Stored> = Whole<
  Omit<EntityOf<D>, (DerivedOf<D> & keyof EntityOf<D>) | keyof KeptOf<D>> &
    KeptOf<D> &
    ZoneOf<D> & { extra: Extra }
>

const anything = once(() => z.record(z.string(), z.unknown()))

/** Derived fields, which a row does not have, must be undefined, and `extra` must not contain them either. */
export function rowSchema(declared: Stored & { readonly scope?: string }): z.ZodType {
  const { entity, derived = [], kept, scope } = declared
  const { shape } = entity()
  const extra = anything().superRefine((fields, context) => {
    for (const name of Object.keys(fields)) {
      if (!Object.hasOwn(shape, name)) continue
      context.addIssue({ code: 'custom', path: [name], message: 'is a field of the row itself' })
    }
  })
  const absent = derived.map((name) => [name, z.undefined().optional()])
  const fields: z.ZodRawShape = {
    ...shape,
    ...Object.fromEntries(absent),
    extra,
    ...kept?.(),
    ...(scope === 'zone' ? { zone_id: hex32() } : {}),
  }
  return z.strictObject(fields)
}
