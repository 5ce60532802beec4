/** Cases of the plain five operations, the same for every resource: made, read, listed, replaced, removed, refused. */
import { call, refuses, succeeds } from '../api-answer.ts'
import type { Case, CaseTarget } from '../case.ts'
import { Difference, holds, present, same } from '../difference.ts'
import { nobodysId } from '../guard.ts'
import { type Resource, resources } from './resources.ts'

type Row = Readonly<Record<string, unknown>>

interface Made {
  readonly row: Row
  readonly key: string
  readonly body: Row
  /** Parameters of the list's path, and of the item's. */
  readonly parents: Readonly<Record<string, string>>
  readonly params: Readonly<Record<string, string>>
}

function rowOf(result: unknown): Row {
  return typeof result === 'object' && result !== null ? { ...result } : {}
}

async function make(target: CaseTarget, resource: Resource): Promise<Made> {
  const { group, key, param } = resource
  const parents = (await resource.parents?.(target)) ?? {}
  const body = resource.body(target)
  const { result } = await succeeds(target, group.create, { params: parents, body })
  const row = rowOf(result)
  const value = present(row[key], `${key} of what was made`)
  const params = { ...parents, [param]: String(value) }
  // One that the case removed answers 404, which is as good.
  target.cleanup(() => call(target, group.delete, { params }))
  return { row, key: String(value), body, parents, params }
}

function unknownParams(resource: Resource, parents: Made['parents']) {
  return { ...parents, [resource.param]: resource.nobody ?? nobodysId }
}

function shown(body: Row, { hidden = [] }: Resource): Row {
  return Object.fromEntries(Object.entries(body).filter(([name]) => !hidden.includes(name)))
}

interface Check {
  readonly operation: keyof Resource['group']
  readonly what: string
  readonly title: string
  run(target: CaseTarget, resource: Resource): Promise<void>
}

const checks: readonly Check[] = [
  {
    operation: 'create',
    what: 'shows what was sent',
    title: 'a new one is answered as it was sent, with what the server adds',
    async run(target, resource) {
      const { row, body } = await make(target, resource)
      holds(row, shown(body, resource), 'what was made')
      if ('created_at' in row) same(row.updated_at, row.created_at, 'updated_at')
    },
  },
  {
    operation: 'get',
    what: 'is what was made',
    title: 'one that was just made is found as it was answered',
    async run(target, resource) {
      const { row, params } = await make(target, resource)
      const { result } = await succeeds(target, resource.group.get, { params })
      const found = rowOf(result)
      // A secret is shown once, by create.
      holds(row, found, 'what is found')
    },
  },
  {
    operation: 'get',
    what: 'unknown',
    title: 'one that does not exist is refused',
    async run(target, resource) {
      const parents = (await resource.parents?.(target)) ?? {}
      const params = unknownParams(resource, parents)
      await refuses(target, resource.group.get, resource.unknown, { params })
    },
  },
  {
    operation: 'list',
    what: 'has what was made',
    title: 'the list holds what was made, as GET shows it',
    async run(target, resource) {
      const { key, parents, params } = await make(target, resource)
      const { result: found } = await succeeds(target, resource.group.get, { params })
      for (let page = 1; ; page += 1) {
        const query = { page }
        const { result } = await succeeds(target, resource.group.list, { params: parents, query })
        const rows = (Array.isArray(result) ? result : []).map(rowOf)
        const found_there = rows.find((row) => row[resource.key] === key)
        if (found_there !== undefined) return same(found_there, rowOf(found), 'item of the list')
        if (rows.length === 0 || resource.group.list.paging === undefined)
          throw new Difference('list', `to hold ${key}`, 'no such item')
      }
    },
  },
  {
    operation: 'replace',
    what: 'changes what is sent',
    title: 'a replacement is answered, and found afterwards',
    async run(target, resource) {
      const { row, params, body } = await make(target, resource)
      const changed = { ...body, ...resource.change(target) }
      const { result } = await succeeds(target, resource.group.replace, { params, body: changed })
      const { result: found } = await succeeds(target, resource.group.get, { params })
      holds(result, shown(changed, resource), 'answer')
      same(rowOf(found), rowOf(result), 'what is found afterwards')
      holds(found, { [resource.key]: row[resource.key], created_at: row.created_at }, 'what stays')
    },
  },
  {
    operation: 'replace',
    what: 'unknown',
    title: 'one that does not exist cannot be replaced',
    async run(target, resource) {
      const parents = (await resource.parents?.(target)) ?? {}
      const params = unknownParams(resource, parents)
      const body = resource.body(target)
      await refuses(target, resource.group.replace, resource.unknown, { params, body })
    },
  },
  {
    operation: 'delete',
    what: 'is gone',
    title: 'one that was removed is answered by its key and is gone',
    async run(target, resource) {
      const { params, row } = await make(target, resource)
      const { result } = await succeeds(target, resource.group.delete, { params })
      holds(result, { [resource.key]: row[resource.key] }, 'answer')
      await refuses(target, resource.group.get, resource.unknown, { params })
      await refuses(target, resource.group.delete, resource.unknown, { params })
    },
  },
]

function invalidCases(resource: Resource): Case[] {
  const { create } = resource.group
  return Object.entries(resource.invalid).map(([what, body]) => ({
    id: `${create.id}/${what}`.replaceAll(' ', '-'),
    title: `${what} is an invalid request`,
    operation: create.id,
    evidence: resource.refusal === undefined ? 'recorded' : create.evidence,
    source: resource.refusal === undefined ? ['api-invalid-request'] : create.source,
    profiles: ['expected', 'observed', 'strict'],
    needs: ['write'],
    async run(target) {
      const params = (await resource.parents?.(target)) ?? {}
      await refuses(target, create, resource.refusal ?? 'invalid_request', { params, body })
    },
  }))
}

export const lifeCycleCases: readonly Case[] = resources.flatMap((resource) => [
  ...checks.map(({ operation, what, title, run }): Case => {
    const endpoint = resource.group[operation]
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
