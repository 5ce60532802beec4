/** Reusable policies. An application's own policies are in the same table. */
import { reusablePolicies as contract } from '../../contracts/api/policies.ts'
import { fail } from '../../contracts/errors/errors.ts'
import { perRow } from '../state/per-row.ts'
import type { PolicyRow } from '../state/rows.ts'
import { crud } from './crud.ts'
import { createdPolicy, policyProblem, policyView, replacedPolicy } from './policies.ts'

/** Without policies that belong to an application. Cached: a table returns the same list until it changes. */
const onlyReusable = perRow((rows: readonly PolicyRow[]) =>
  rows.filter(({ reusable }) => reusable === true),
)

export const reusablePolicies = crud(contract, {
  view: (row, { account }) =>
    policyView(row, { app_count: account.state.tables.applications.by('policy', row.id).length }),
  rows: ({ account }) => onlyReusable(account.state.tables.policies.all()),
  create({ body }, context) {
    const problem = policyProblem(body, context)
    if (problem !== undefined) return problem
    const { row, minted } = createdPolicy(body, { reusable: true }, context)
    return { row, changes: [minted] }
  },
  replace(row, { body }, context) {
    if (row.reusable !== true) return fail('not_found')
    return policyProblem(body, context) ?? { row: replacedPolicy(row, body, context) }
  },
  inUse(row, { account }) {
    if (row.reusable !== true) return fail('not_found')
    const isUsed = account.state.tables.applications.by('policy', row.id).length > 0
    return isUsed ? fail('conflict', 'policy is used by an application') : undefined
  },
})
