/** Cases of create, get, list, replace and delete, the same for every resource. */
import { collections } from '../../../contracts/api/operations.ts'
import type { Fresh } from '../../../contracts/declaration.ts'
import type { Resource } from '../../../contracts/resource.ts'
import { call, refuses, succeeds } from '../api-answer.ts'
import { hostName } from '../arrange.ts'
import type { Case, CaseTarget } from '../case.ts'
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
  const parent = collections.find(({ name }) => name === below)
  return parent === undefined ? {} : (await make(target, parent)).params
}

async function make(target: CaseTarget, resource: Resource): Promise<Made> {
  const { operations, key: field = 'id', param, lifeCycle } = resource
  const parents = await parentsOf(target, resource)
  const body = lifeCycle.body(freshIn(target))
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
function shown(body: AnyObject, { lifeCycle: { hidden = [] } }: Resource): AnyObject {
  return without(body, hidden)
}

/** An object as lists and writes show it. */
function summary(fields: AnyObject, { onlyGet = [] }: Resource): AnyObject {
  return without(fields, onlyGet)
}

interface LifeCycleCheck {
  readonly operation: keyof Resource['operations']
  readonly what: string
  readonly title: string
  run(target: CaseTarget, resource: Resource): Promise<void>
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
      const { row, body, params } = await make(target, resource)
      const { result } = await succeeds(target, resource.operations.get, { params })
      const found = rowOf(result)
      // A secret is shown once, by create.
      holds(row, summary(found, resource), 'what was made')
      holds(found, shown(body, resource), 'what is found')
    },
  },
  {
    operation: 'get',
    what: 'unknown',
    title: 'one that does not exist is refused',
    async run(target, resource) {
      const parents = await parentsOf(target, resource)
      const params = unknownParams(resource, parents)
      await refuses(target, resource.operations.get, resource.unknown, { params })
    },
  },
  {
    operation: 'list',
    what: 'has what was made',
    title: 'the list holds a new one as GET shows it',
    async run(target, resource) {
      const { key, parents, params } = await make(target, resource)
      const { operations, key: field = 'id' } = resource
      const { list } = operations
      const { result: found } = await succeeds(target, operations.get, { params })
      for (let page = 1; ; page += 1) {
        const { result } = await succeeds(target, list, { params: parents, query: { page } })
        const rows = (Array.isArray(result) ? result : []).map(rowOf)
        const item = rows.find((row) => row[field] === key[field])
        if (item !== undefined)
          return same(item, summary(rowOf(found), resource), 'item of the list')
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
      const { row, key, params, body } = await make(target, resource)
      const { operations, lifeCycle } = resource
      const changed = { ...body, ...lifeCycle.change(freshIn(target)) }
      const { result } = await succeeds(target, operations.replace, { params, body: changed })
      const { result: found } = await succeeds(target, operations.get, { params })
      holds(result, summary(shown(changed, resource), resource), 'answer')
      same(summary(rowOf(found), resource), rowOf(result), 'what is found afterwards')
      holds(found, { ...key, created_at: row.created_at, ...shown(changed, resource) }, 'GET')
    },
  },
  {
    operation: 'replace',
    what: 'unknown',
    title: 'one that does not exist cannot be replaced',
    async run(target, resource) {
      const parents = await parentsOf(target, resource)
      const params = unknownParams(resource, parents)
      const body = resource.lifeCycle.body(freshIn(target))
      await refuses(target, resource.operations.replace, resource.unknown, { params, body })
    },
  },
  {
    operation: 'delete',
    what: 'is gone',
    title: 'delete returns the key, if it returns anything, and the object is gone',
    async run(target, resource) {
      const { params, key } = await make(target, resource)
      const { result } = await succeeds(target, resource.operations.delete, { params })
      const [field] = Object.keys(resource.deleted().shape)
      if (field !== undefined) holds(result, { [field]: Object.values(key)[0] }, 'answer')
      await refuses(target, resource.operations.get, resource.unknown, { params })
      await refuses(target, resource.operations.delete, resource.unknown, { params })
    },
  },
]

function invalidCases(resource: Resource): Case[] {
  const { create } = resource.operations
  return Object.entries(resource.lifeCycle.invalid).map(([what, body]) => ({
    id: `${create.id}/${what}`.replaceAll(' ', '-'),
    title: `${what} is an invalid request`,
    operation: create.id,
    evidence: resource.invalid === undefined ? 'recorded' : create.evidence,
    source: resource.invalid === undefined ? ['api-invalid-request'] : create.source,
    profiles: ['expected', 'observed', 'strict'],
    needs: ['write'],
    async run(target) {
      const params = await parentsOf(target, resource)
      await refuses(target, create, resource.invalid ?? 'invalid_request', { params, body })
    },
  }))
}

export const lifeCycleCases: readonly Case[] = collections.flatMap((resource) => [
  ...checks.map(({ operation, what, title, run }): Case => {
    const endpoint = resource.operations[operation]
    return {
      id: `${endpoint.id}/${what}`.replaceAll(' ', '-'),
      title,
      operation: endpoint.id,
      evidence: endpoint.evidence,
      source: endpoint.source,
      profiles: ['expected', 'observed', 'strict'],
      needs: ['write'],
      run: (target) => run(target, resource),
    }
  }),
  ...invalidCases(resource),
])
