/** Access groups. One that is in use can be deleted: what names it can no longer be evaluated (api-group-deleted-in-use). */
import { type groups as contract, type GroupBody, groupBody } from '../../contracts/api/groups.ts'
import type { Extra } from '../../contracts/row.ts'
import { knownOf, withExtra } from '../http/check.ts'
import type { GroupRow } from '../state/rows.ts'
import { type ApiContext, type ApiHandlers, nowOf } from './context.ts'
import { crud } from './crud.ts'
import { named } from './filters.ts'
import { policyProblem } from './policies.ts'

function rowOf(
  body: GroupBody,
  { id, created_at }: Pick<GroupRow, 'id' | 'created_at'>,
  extra: Extra,
  context: ApiContext,
): GroupRow {
  return {
    id,
    uid: id,
    ...knownOf(body, groupBody()),
    created_at,
    updated_at: nowOf(context),
    extra,
  }
}

export const groups: ApiHandlers<(typeof contract)['operations']> = crud<
  (typeof contract)['operations'],
  GroupRow
>({
  table: ({ account }) => account.state.tables.groups,
  key: (params) => params.group_id ?? '',
  unknown: 'unknown_group',
  view: ({ extra, ...known }) => withExtra(known, extra),
  shows: (row, query) => named(row.name, query),
  create({ body, extra }, context) {
    const problem = policyProblem(body, context)
    if (problem !== undefined) return problem
    const minted = context.account.mint('group', body.name)
    const row = rowOf(body, { id: minted.id, created_at: nowOf(context) }, extra, context)
    return { row, changes: [minted.change, { table: 'groups', put: row }] }
  },
  replace(row, { body, extra }, context) {
    const problem = policyProblem(body, context)
    if (problem !== undefined) return problem
    const replaced = rowOf(body, row, extra, context)
    return { row: replaced, changes: [{ table: 'groups', put: replaced }] }
  },
  remove: (row) => ({ result: { id: row.id }, changes: [{ table: 'groups', delete: row.id }] }),
})
