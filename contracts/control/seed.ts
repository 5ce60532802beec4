/** Seed files: initial data in the form of API bodies, with references by name (emulator-seeds). */
import { z } from 'zod'
import { apiTokenBody } from '../api/api-tokens.ts'
import { type Resources, stored } from '../api/operations.ts'
import { type Lazy, once } from '../declaration/endpoint.ts'
import { hex32 } from '../declaration/primitives.ts'
import { isCollection, isInZone } from '../declaration/resource.ts'
import { seedItemOf } from '../declaration/seed-item.ts'

type TableOf<R> = R extends { readonly table: infer T extends string } ? T : never
type IsInZone<R> = R extends { readonly scope: 'zone' } ? true : false
type ItemOf<R> = R extends { readonly seedItem: Lazy<infer S> }
  ? S
  : R extends { readonly body: Lazy<infer B> }
    ? B
    : never
type SectionOf<R> = z.ZodOptional<
  R extends { readonly param: string } ? z.ZodArray<ItemOf<R>> : ItemOf<R>
>
type Created = { readonly operations: { readonly create: object } }
type Sections<InZone extends boolean> = {
  [N in keyof Resources as IsInZone<Resources[N]> extends InZone
    ? Resources[N] extends Created
      ? TableOf<Resources[N]>
      : never
    : never]: SectionOf<Resources[N]>
}

/** The sections of an account, or of a zone: one for each resource, by the name of its table. */
function sections<InZone extends boolean>(inZone: InZone): Sections<InZone> {
  const wanted = stored.filter(
    (each) => isInZone(each) === inZone && each.operations.create !== undefined,
  )
  const made = wanted.map((each) => {
    const item = seedItemOf(each)
    return [each.table, (isCollection(each) ? z.array(item) : item).optional()] as const
  })
  // The types are read from the same declarations.
  return Object.fromEntries(made) as unknown as Sections<InZone>
}

const zoneFields = () => ({ id: hex32().optional(), name: z.string().min(1) })
type ZoneShape = ReturnType<typeof zoneFields> & Sections<true>

// Its type is a name: written out, it would be half of the package's declarations.
const seedZone = once(
  (): z.ZodObject<ZoneShape, z.core.$strict> =>
    z.strictObject({ ...zoneFields(), ...sections(true) }),
)

/** `worker` is the `worker_id` in destinations; `preview` marks the host as one of its preview deployments. */
const seedWorker = once(() =>
  z.strictObject({
    host: z.string().min(1),
    worker: z.string().min(1),
    preview: z.boolean().default(false),
  }),
)

const accountFields = () => ({
  id: hex32().optional(),
  name: z.string().min(1),
  api_token: z.string().min(8).optional(),
  api_key: z.string().optional(),
  email: z.string().optional(),
  zones: z.array(seedZone()).default([]),
  /** Which hosts are Workers, for applications whose destinations name a Worker instead of a host. */
  workers: z.array(seedWorker()).optional(),
  /** API tokens with permissions; `api_token` may do everything. */
  api_tokens: z.array(apiTokenBody()).optional(),
})
type AccountShape = ReturnType<typeof accountFields> & Sections<false>

const seedAccountData = once(
  (): z.ZodObject<AccountShape, z.core.$strict> =>
    z.strictObject({ ...accountFields(), ...sections(false) }),
)

export const seed = once(() => z.strictObject({ accounts: z.array(seedAccountData()) }))
export type Seed = z.output<ReturnType<typeof seed>>
export type SeedInput = z.input<ReturnType<typeof seed>>
export type SeedAccountData = Seed['accounts'][number]
