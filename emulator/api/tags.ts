/** Tags of applications: the name is the key, and applications hold it. */
import type { tags as contract, Tag } from '../../contracts/api/tags.ts'
import { type Failure, fail } from '../../contracts/errors.ts'
import type { Account } from '../account/account.ts'
import { withExtra } from '../http/check.ts'
import type { TagRow } from '../state/rows.ts'
import type { Change } from '../state/state.ts'
import { type ApiContext, type ApiHandlers, nowOf } from './context.ts'
import { crud } from './crud.ts'

function view({ extra, ...known }: TagRow, app_count: number): Tag {
  return withExtra({ ...known, app_count }, extra)
}

function appCount(name: string, { account }: ApiContext): number {
  return account.state.tables.applications.by('tag', name).length
}

function nameTaken(name: string, { account }: ApiContext): Failure<'conflict'> | undefined {
  return account.state.tables.tags.get(name) === undefined
    ? undefined
    : fail('conflict', `tag ${name} already exists`)
}

/** The applications that have a tag, with it renamed, or without it. */
function retagged(account: Account, name: string, renamed?: string): Change[] {
  return account.state.tables.applications.by('tag', name).map((application) => {
    const others = (application.tags ?? []).filter((tag) => tag !== name)
    const tags = renamed === undefined ? others : [...others, renamed].sort()
    return { table: 'applications', put: { ...application, tags } }
  })
}

export const tags: ApiHandlers<(typeof contract)['operations']> = crud<
  (typeof contract)['operations'],
  TagRow
>({
  table: ({ account }) => account.state.tables.tags,
  key: (params) => params.tag_name ?? '',
  unknown: 'not_found',
  view: (row, context) => view(row, appCount(row.name, context)),
  create({ body, extra }, context) {
    const taken = nameTaken(body.name, context)
    if (taken !== undefined) return taken
    const now = nowOf(context)
    const row: TagRow = { name: body.name, created_at: now, updated_at: now, extra }
    return { row, changes: [{ table: 'tags', put: row }] }
  },
  // Another name in the body renames the tag (api-tag-writes).
  replace(old, { body, extra }, context) {
    const isRenamed = body.name !== old.name
    const taken = isRenamed ? nameTaken(body.name, context) : undefined
    if (taken !== undefined) return taken
    const row: TagRow = { ...old, name: body.name, updated_at: nowOf(context), extra }
    const moved: readonly Change[] = isRenamed
      ? [{ table: 'tags', delete: old.name }, ...retagged(context.account, old.name, row.name)]
      : []
    return {
      row,
      changes: [...moved, { table: 'tags', put: row }],
      // Counted under the old name: the applications move with the commit that follows.
      result: view(row, appCount(old.name, context)),
    }
  },
  // The applications of a deleted tag lose it (api-tag-writes).
  remove: (row, { account }) => ({
    result: { name: row.name },
    changes: [...retagged(account, row.name), { table: 'tags', delete: row.name }],
  }),
})
