/** The policies of an application: its own, and the reusable ones that it links. */
import { endUserPolicies } from '../../contracts/api/application-problems.ts'
import { recordedDetails } from '../../contracts/api/details.ts'
import type { applicationPolicies as contract, PolicyBody } from '../../contracts/api/policies.ts'
import { type Failure, fail, isFailure } from '../../contracts/errors/errors.ts'
import type { Account } from '../account/account.ts'
import type { ApplicationRow, PolicyLink, PolicyRow } from '../state/rows.ts'
import type { Change } from '../state/state.ts'
import { type HandlersOf, nowOf } from './context.ts'
import { createdPolicy, policyProblem, policyView, replacedPolicy } from './policies.ts'
import { inOrder, removalOf } from './policy-links.ts'

interface LinkedPolicy {
  readonly application: ApplicationRow
  readonly link: PolicyLink
  readonly row: PolicyRow
}

function find(
  params: { readonly app_id: string; readonly policy_id: string },
  account: Account,
): LinkedPolicy | Failure<'unknown_application' | 'not_found'> {
  const application = account.state.tables.applications.get(params.app_id)
  if (application === undefined) return fail('unknown_application')
  const link = application.links.find((each) => each.id === params.policy_id)
  const row = account.state.tables.policies.get(params.policy_id)
  if (link === undefined || row === undefined) return fail('not_found')
  return { application, link, row }
}

/** The requested precedence, or the next free one; a failure if another policy has it. */
function placed(
  body: PolicyBody,
  links: readonly PolicyLink[],
): number | Failure<'invalid_request'> {
  const free = Math.max(0, ...links.map((link) => link.precedence)) + 1
  const precedence = body.precedence ?? free
  const isTaken = links.some((link) => link.precedence === precedence)
  return isTaken ? fail('invalid_request', recordedDetails.precedences) : precedence
}

function relinked(application: ApplicationRow, links: readonly PolicyLink[]): Change {
  return { table: 'applications', put: { ...application, links: inOrder(links) } }
}

export const applicationPolicies: HandlersOf<typeof contract> = {
  list({ params }, { account }) {
    const application = account.state.tables.applications.get(params.app_id)
    if (application === undefined) return fail('unknown_application')
    return {
      rows: inOrder(application.links).flatMap(({ id, precedence }) => {
        const row = account.state.tables.policies.get(id)
        return row === undefined ? [] : [{ row, precedence }]
      }),
      view: ({ row, precedence }: { row: PolicyRow; precedence: number }) =>
        policyView(row, { precedence }),
    }
  },
  get({ params }, { account }) {
    const found = find(params, account)
    if (isFailure(found)) return found
    return { result: policyView(found.row, { precedence: found.link.precedence }) }
  },
  create({ params, body }, context) {
    const application = context.account.state.tables.applications.get(params.app_id)
    if (application === undefined) return fail('unknown_application')
    if (application.type === 'end_user') return fail('invalid_request', endUserPolicies)
    const problem = policyProblem(body, context)
    if (problem !== undefined) return problem
    const precedence = placed(body, application.links)
    if (typeof precedence !== 'number') return precedence
    const { row, minted } = createdPolicy(body, { application_id: application.id }, context)
    const links = [...application.links, { id: row.id, precedence }]
    return {
      result: policyView(row, { precedence }),
      changes: [minted, { table: 'policies', put: row }, relinked(application, links)],
    }
  },
  replace({ params, body }, context) {
    const found = find(params, context.account)
    if (isFailure(found)) return found
    const { application, link, row } = found
    if (row.reusable)
      return fail('invalid_request', 'a reusable policy is changed under /access/policies')
    const problem = policyProblem(body, context)
    if (problem !== undefined) return problem
    const others = application.links.filter((each) => each.id !== link.id)
    const precedence = placed({ ...body, precedence: body.precedence ?? link.precedence }, others)
    if (typeof precedence !== 'number') return precedence
    const replaced = replacedPolicy(row, body, context)
    return {
      result: policyView(replaced, { precedence }),
      changes: [
        { table: 'policies', put: replaced },
        relinked(application, [...others, { id: row.id, precedence }]),
      ],
    }
  },
  delete({ params }, { account }) {
    const found = find(params, account)
    if (isFailure(found)) return found
    const { application, link } = found
    const others = application.links.filter((each) => each.id !== link.id)
    return {
      result: { id: link.id },
      changes: [relinked(application, others), ...removalOf([link], application.id, account)],
    }
  },
  makeReusable({ params }, context) {
    const found = find(params, context.account)
    if (isFailure(found)) return found
    const { application_id: _, ...kept } = found.row
    const row: PolicyRow = { ...kept, reusable: true, updated_at: nowOf(context) }
    return {
      result: [policyView(row, { app_count: 1 })],
      changes: [{ table: 'policies', put: row }],
    }
  },
}
