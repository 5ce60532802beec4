/** Cases of create, get, list, replace and delete, the same for every resource that has them. */

import { creatable, creatables, newBody } from '../../../contracts/api/new-body.ts'
import type { FiveOperation, Fresh } from '../../../contracts/declaration/declaration.ts'
import type { Endpoint } from '../../../contracts/declaration/endpoint.ts'
import { type Creatable, has, type Resource } from '../../../contracts/declaration/resource.ts'
import { call, refuses, succeeds } from '../api-answer.ts'
import { hostName } from '../arrange.ts'
import type { Case, CaseTarget } from '../case.ts'
import { writing } from '../define.ts'
import { Difference, holds, present, same } from '../difference.ts'
import { nobodysHex, nobodysId } from '../guard.ts'

type AnyObject = Readonly<Record<string, unknown>>

interface Made {
  readonly row: AnyObject
  /** The key field and its value. */
  readonly key: Readonly<Record<string, string>>
  readonly body: AnyObject
  /** Parameters of the list's path, and of the item's. */
  readonly parents: Readonly<Record<string, string>>
  readonly params: Readonly<Record<string, string>>
}

function rowOf(result: unknown): AnyObject {
  return typeof result === 'object' && result !== null ? { ...result } : {}
}

function freshIn(target: CaseTarget): Fresh {
  return { name: target.name, host: () => hostName(target) }
}

/** Creates the parent object, if any, and returns its key as path parameters. */
async function parentsOf(target: CaseTarget, { below }: Resource): Promise<Made['parents']> {
  return below === undefined ? {} : (await make(target, creatable(below))).params
}

function bodyOf(target: CaseTarget, resource: Creatable): Promise<AnyObject> {
  return newBody(resource, freshIn(target), async (named) => {
    const { key } = await make(target, named)
    return Object.values(key)[0] ?? ''
  })
}

async function make(target: CaseTarget, resource: Creatable): Promise<Made> {
  const { operations, key: field = 'id', param } = resource
  const parents = await parentsOf(target, resource)
  const body = await bodyOf(target, resource)
  const { result } = await succeeds(target, operations.create, { params: parents, body })
  const row = rowOf(result)
  const key = String(present(row[field], `${field} of what was made`))
  const params = { ...parents, [param]: key }
  // The case may have removed it already: 404 is fine.
  target.cleanup(() => call(target, operations.delete, { params }))
  return { row, key: { [field]: key }, body, parents, params }
}

function unknownParams({ param, keyForm }: Resource, parents: Made['parents']) {
  return { ...parents, [param]: keyForm === 'hex32' ? nobodysHex : nobodysId }
}

function without(fields: AnyObject, names: readonly string[]): AnyObject {
  return Object.fromEntries(Object.entries(fields).filter(([name]) => !names.includes(name)))
}

/** The body as GET of this one object shows it. */
function shown(body: AnyObject, { lifeCycle: { hidden = [] } }: Creatable): AnyObject {
  return without(body, hidden)
}

/** An object as lists and writes show it. */
function summary(fields: AnyObject, { onlyGet = [] }: Resource): AnyObject {
  return without(fields, onlyGet)
}

/** Runs on the resources that have `operation`. */
interface LifeCycleCheck {
  readonly operation: FiveOperation
  readonly what: string
  readonly title: string
  run(target: CaseTarget, resource: Creatable): Promise<void>
}

/** As GET of one alone shows it; as it was created, if there is no GET of one alone. */
async function found(target: CaseTarget, resource: Creatable, { params, row }: Made) {
  if (!has(resource, 'get')) return row
  return rowOf((await succeeds(target, resource.operations.get, { params })).result)
}

async function isUnknown(
  target: CaseTarget,
  resource: Creatable,
  operation: FiveOperation,
  input: { readonly params: Made['params']; readonly body?: AnyObject },
): Promise<void> {
  const endpoint = resource.operations[operation]
  if (endpoint !== undefined) await refuses(target, endpoint, resource.unknown, input)
}

const checks: readonly LifeCycleCheck[] = [
  {
    operation: 'create',
    what: 'shows what was sent',
    title: 'a new one is returned as sent, plus what the server adds',
    async run(target, resource) {
      const { row, body } = await make(target, resource)
      holds(row, summary(shown(body, resource), resource), 'what was made')
      if ('updated_at' in row) same(row.updated_at, row.created_at, 'updated_at')
    },
  },
  {
    operation: 'get',
    what: 'is what was made',
    title: 'a new one is found as create returned it',
    async run(target, resource) {
      const made = await make(target, resource)
      const one = await found(target, resource, made)
      // A secret is shown once, by create.
      holds(made.row, summary(one, resource), 'what was made')
      holds(one, shown(made.body, resource), 'what is found')
    },
  },
  {
    operation: 'get',
    what: 'unknown',
    title: 'one that does not exist is refused',
    async run(target, resource) {
      const parents = await parentsOf(target, resource)
      await isUnknown(target, resource, 'get', { params: unknownParams(resource, parents) })
    },
  },
  {
    operation: 'list',
    what: 'has what was made',
    title: 'the list holds a new one as GET shows it',
    async run(target, resource) {
      const made = await make(target, resource)
      const { key, parents } = made
      const { operations, key: field = 'id' } = resource
      const { list } = operations
      const one = await found(target, resource, made)
      for (let page = 1; ; page += 1) {
        const { result } = await succeeds(target, list, { params: parents, query: { page } })
        const rows = (Array.isArray(result) ? result : []).map(rowOf)
        const item = rows.find((row) => row[field] === key[field])
        if (item !== undefined) return same(item, summary(one, resource), 'item of the list')
        if (rows.length === 0 || list.paging === undefined)
          throw new Difference('list', `to hold ${key[field]}`, 'no such item')
      }
    },
  },
  {
    operation: 'replace',
    what: 'changes what is sent',
    title: 'a replacement is returned, and found afterwards',
    async run(target, resource) {
      const made = await make(target, resource)
      const { row, key, params, body } = made
      const { operations, lifeCycle } = resource
      const replace = present(operations.replace, 'replace')
      const change = present(lifeCycle.change, 'change of the life cycle')
      const changed = { ...body, ...change(freshIn(target)) }
      const { result } = await succeeds(target, replace, { params, body: changed })
      const after = await found(target, resource, { ...made, row: rowOf(result) })
      holds(result, summary(shown(changed, resource), resource), 'answer')
      same(summary(after, resource), rowOf(result), 'what is found afterwards')
      holds(after, { ...key, created_at: row.created_at, ...shown(changed, resource) }, 'GET')
    },
  },
  {
    operation: 'replace',
    what: 'unknown',
    title: 'one that does not exist cannot be replaced',
    async run(target, resource) {
      const parents = await parentsOf(target, resource)
      const params = unknownParams(resource, parents)
      const body = await bodyOf(target, resource)
      await isUnknown(target, resource, 'replace', { params, body })
    },
  },
  {
    operation: 'delete',
    what: 'is gone',
    title: 'delete returns the key, if it returns anything, and the object is gone',
    async run(target, resource) {
      const { params, key } = await make(target, resource)
      const { result } = await succeeds(target, resource.operations.delete, { params })
      const [field] = Object.keys(resource.deleted?.().shape ?? {})
      if (field !== undefined) holds(result, { [field]: Object.values(key)[0] }, 'answer')
      await isUnknown(target, resource, 'get', { params })
      await isUnknown(target, resource, 'delete', { params })
    },
  },
]

/** Bodies that create refuses. */
function invalidCases(resource: Creatable): readonly Case[] {
  const { operations, invalid, lifeCycle } = resource
  const common = { evidence: 'recorded', source: ['api-invalid-request'] } as const
  return Object.entries(lifeCycle.invalid).map(([what, body]) =>
    writing<Endpoint>(operations.create, what, {
      title: `${what} is an invalid request`,
      ...(invalid === undefined ? common : {}),
      refused: invalid ?? 'invalid_request',
      input: async (target) => ({ params: await parentsOf(target, resource), body }),
    }),
  )
}

export const lifeCycleCases: readonly Case[] = creatables.flatMap((resource) => [
  ...checks.flatMap(({ operation, what, title, run }) => {
    const endpoint = resource.operations[operation]
    if (endpoint === undefined) return []
    return [writing(endpoint, what, { title, run: (target) => run(target, resource) })]
  }),
  ...invalidCases(resource),
])
