/**
 * Every declared resource, through the official client: created, read, listed, replaced, deleted, without a manual
 * list.
 */
import { NotFoundError } from 'cloudflare'
import { expect } from 'vitest'
import { creatable, creatables, newBody } from '../../../contracts/api/new-body.ts'
import { pathsOf } from '../../../contracts/api/operations.ts'
import type { Endpoint } from '../../../contracts/declaration/endpoint.ts'
import { isObject } from '../../../contracts/declaration/json.ts'
import { type Creatable, has } from '../../../contracts/declaration/resource.ts'
import { drive } from '../client-methods.ts'
import { everyItem, type LifeCycle, type Witness } from '../official-client.ts'

type Fields = Readonly<Record<string, unknown>>
type Scope = 'account' | 'zone'

/** One resource in one scope: its operations by the client's own methods. */
interface Driven {
  /** Values of the path's parameters, from the scope down. */
  readonly within: readonly string[]
  send(endpoint: Endpoint, values: readonly string[], body?: Fields): Promise<Fields>
  items(endpoint: Endpoint, values: readonly string[]): Promise<readonly unknown[]>
}

function driven({ client, account_id, zone_id }: Witness, scope: Scope): Driven {
  const call = ({ method, ...endpoint }: Endpoint) => {
    const path = pathsOf(endpoint).find((each) => each.startsWith(`/${scope}s/`)) ?? ''
    return `${method} ${path}`
  }
  return {
    within: [scope === 'account' ? account_id : zone_id],
    async send(endpoint, values, body) {
      const answer: unknown = await drive(client, call(endpoint), values, body)
      return isObject(answer) ? answer : {}
    },
    async items(endpoint, values) {
      const listed = drive(client, call(endpoint), values)
      // Of some lists the client returns a promise.
      const isPaged = Symbol.asyncIterator in Object(listed)
      return isPaged ? everyItem(listed as AsyncIterable<unknown>) : ((await listed) as unknown[])
    },
  }
}

function freshOf({ freshHost }: Witness) {
  return { name: (what: string) => `witness ${what}`, host: freshHost }
}

/** Creates what the path names before one of these. */
async function parentsOf(
  witness: Witness,
  { below }: Creatable,
  of: Driven,
): Promise<readonly string[]> {
  if (below === undefined) return of.within
  const parent = creatable(below)
  const above = await parentsOf(witness, parent, of)
  return [...above, keyIn(parent, await create(witness, parent, of, above))]
}

function keyIn({ key = 'id' }: Creatable, { [key]: value }: Fields): string {
  return String(value)
}

async function bodyOf(witness: Witness, resource: Creatable, of: Driven): Promise<Fields> {
  return newBody(resource, freshOf(witness), async (named) =>
    keyIn(named, await create(witness, named, of, of.within)),
  )
}

async function create(
  witness: Witness,
  resource: Creatable,
  of: Driven,
  above: readonly string[],
): Promise<Fields> {
  return of.send(resource.operations.create, above, await bodyOf(witness, resource, of))
}

function without(fields: Fields, names: readonly string[] = []): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([name]) => !names.includes(name)))
}

async function live(witness: Witness, resource: Creatable, scope: Scope): Promise<void> {
  const { operations, key: field = 'id', lifeCycle, onlyGet = [] } = resource
  const of = driven(witness, scope)
  const above = await parentsOf(witness, resource, of)
  const body = await bodyOf(witness, resource, of)
  const shown = (fields: Fields) => without(fields, [...onlyGet, ...(lifeCycle.hidden ?? [])])

  const made = await of.send(operations.create, above, body)
  expect(made).toMatchObject(shown(body))
  const item = [...above, String(made[field])]
  const found = has(resource, 'get') ? await of.send(resource.operations.get, item) : made
  // A secret is shown once, by the create.
  expect(made).toMatchObject(without(found, onlyGet))
  expect(Object.keys(found)).toEqual(expect.arrayContaining([...onlyGet]))
  expect(await of.items(operations.list, above)).toContainEqual(without(found, onlyGet))

  if (has(resource, 'replace')) {
    const change = lifeCycle.change?.(freshOf(witness)) ?? {}
    const replaced = await of.send(resource.operations.replace, item, { ...body, ...change })
    expect(replaced).toMatchObject({ [field]: made[field], ...shown(change) })
  }
  await of.send(operations.delete, item)
  const again = resource.operations.get ?? operations.delete
  await expect(of.send(again, item)).rejects.toThrow(NotFoundError)
}

const scopes = {
  account: ['account'],
  account_or_zone: ['account', 'zone'],
  zone: ['zone'],
} as const

export const resourceLifeCycles: readonly LifeCycle[] = creatables.flatMap((resource) => {
  const { one, scope } = resource
  if (scope === 'root' || scope === 'host') return []
  return scopes[scope].map((each) => ({
    title: `${one} under ${each === 'account' ? 'an account' : 'a zone'}, by its declaration`,
    drive: (witness: Witness) => live(witness, resource, each),
  }))
})
