/** Calls of the official suite, made ready: ids that name nothing there name objects that exist here. */
import { z } from 'zod'
import { creatables, newBody } from '../../contracts/api/new-body.ts'
import type { Creatable } from '../../contracts/declaration/resource.ts'
import fixture from '../fixtures/official-client-definitions.json' with { type: 'json' }
import { methodAt } from './client-methods.ts'
import { idsInBodies, otherIds, prepare } from './definitions.ts'
import type { Witness } from './official-client.ts'
import { declaredCalls } from './recorder.ts'

const definition = z.object({
  file: z.string(),
  test: z.string(),
  isSkipped: z.boolean(),
  at: z.array(z.string()),
  args: z.array(z.unknown()),
})
export type Definition = z.output<typeof definition>

export const definitions = z
  .array(definition)
  .parse(fixture.definitions)
  .map((one) => ({ ...one, title: `${one.at.join('.')}: ${one.test}` }))

/** Ids of existing objects, one of each kind, by what they are called in a path or a body. */
function createIds(group: string, witness: Witness) {
  const known = new Map<string, Promise<string>>()
  const fresh = {
    name: (what: string) => `${what} ${witness.freshHost()}`,
    host: witness.freshHost,
  }

  async function made(resource: Creatable): Promise<string> {
    const body = await newBody(resource, fresh, made)
    const { account_id, zone_id, send } = witness
    const root = resource.scope === 'zone' ? `/zones/${zone_id}` : `/accounts/${account_id}`
    const path = resource.path.includes('{app_id}')
      ? resource.path.replace('{app_id}', await idOf('app_id'))
      : resource.path
    const { result } = await send('POST', root + path, body)
    return String(Object(result)[resource.key ?? 'id'])
  }

  /** The policies of applications and reusable ones have the same parameter. */
  const resourceOf = (param: string) => {
    const all = creatables.filter((each) => each.param === param)
    return all.find(({ name }) => name === group) ?? all[0]
  }

  function idOf(param: string): Promise<string> {
    const make = async () => {
      const other = await otherIds(param, group, witness)
      const resource = resourceOf(param)
      if (other === undefined && resource === undefined) throw new Error(`what is ${param}?`)
      return other ?? (resource === undefined ? '' : made(resource))
    }
    const id = known.get(param) ?? make()
    known.set(param, id)
    return id
  }
  return idOf
}

type Ids = ReturnType<typeof createIds>

/** The body with ids of existing objects, where it names any. */
async function withIds(value: unknown, name: string, idOf: Ids): Promise<unknown> {
  const param = idsInBodies[name]
  if (typeof value === 'string') return param === undefined ? value : await idOf(param)
  if (Array.isArray(value)) return Promise.all(value.map((each) => withIds(each, name, idOf)))
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).map(
    async ([key, each]) => [key, await withIds(each, key, idOf)] as const,
  )
  return Object.fromEntries(await Promise.all(entries))
}

const scopes = { account_id: 'account_id', zone_id: 'zone_id' } as const

/** The arguments of a call with ids of existing objects, on an emulator that was reset. */
export async function argumentsOf(
  { at, args }: Definition,
  witness: Witness,
): Promise<readonly unknown[]> {
  await witness.emulator.reset()
  const method = methodAt(at)
  const theirs = method.path.split('/').slice(1)
  // Of some methods that send no GET, only the path is known: the client lists what they answer.
  const ours = declaredCalls.find(({ name }) => {
    const parts = name.split(' /')[1]?.split('/') ?? []
    const isSame = (part: string, index: number) =>
      part.startsWith('{') ? theirs[index]?.startsWith('~') : part === theirs[index]
    return parts.length === theirs.length && parts.every(isSame)
  })
  if (ours === undefined) throw new Error(`nothing is declared for ${method.path}`)
  const [group = ''] = ours.endpoint.id.split('.')
  const idOf = createIds(at.at(-1) === 'create' ? `new ${group}` : group, witness)
  const params = (ours.name.split(' /')[1] ?? '').split('/')
  const values: Record<string, string> = {}
  for (const [index, part] of params.entries()) {
    const placeholder = /^~(\w+)~$/.exec(theirs[index] ?? '')?.[1]
    if (placeholder === undefined) continue
    const param = part.slice(1, -1)
    values[placeholder] =
      param === scopes.account_id
        ? witness.account_id
        : param === scopes.zone_id
          ? witness.zone_id
          : await idOf(param)
  }
  const positional = args.filter((each) => typeof each === 'string')
  const given = args.slice(positional.length)
  const { account_id: _, zone_id: __, ...rest } = Object(given[0])
  const named = Object.entries(values).filter(([name]) => !/^\d$/.test(name))
  const body = (await withIds(rest, '', idOf)) as object
  const first = given.length === 0 ? [] : [{ ...body, ...Object.fromEntries(named) }]
  const all = [
    ...positional.map((_each, index) => values[index] ?? ''),
    ...first,
    ...given.slice(1),
  ]
  await prepare(at.join('.'), witness, idOf)
  return all
}
