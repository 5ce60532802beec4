/** The policies of an application: its own, and the reusable ones that it links. */
import { endUserPolicies } from '../../contracts/api/application-problems.ts'
import { applications } from '../../contracts/api/applications.ts'
import { recordedDetails } from '../../contracts/api/details.ts'
import type { applicationPolicies as contract, PolicyBody } from '../../contracts/api/policies.ts'
import { type Failure, fail } from '../../contracts/errors/errors.ts'
import type { Answer, Call } from '../http/handler.ts'
import type { ApplicationRow, PolicyLink, PolicyRow } from '../state/rows.ts'
import type { Change } from '../state/state.ts'
import { type ApiContext, type ApiHandler, type HandlersOf, nowOf } from './context.ts'
import { onRow } from './crud.ts'
import { createdPolicy, policyProblem, policyView, replacedPolicy } from './policies.ts'
import { inOrder, removalOf } from './policy-links.ts'

interface LinkedPolicy {
  readonly application: ApplicationRow
  readonly link: PolicyLink
  readonly row: PolicyRow
}

type OfOnePolicy = Omit<(typeof contract)['operations'], 'list' | 'create'>

/** An operation on one policy of an application. */
function onLinked<E extends OfOnePolicy[keyof OfOnePolicy]>(
  act: (
    found: LinkedPolicy,
    call: Call<E>,
    context: ApiContext,
  ) => Answer<E, Change[]> | Failure<'not_found'>,
): ApiHandler<E> {
  return onRow(applications, (application, call, context) => {
    const id = String(Reflect.get(call.params, 'policy_id'))
    const link = application.links.find((each) => each.id === id)
    const row = context.account.state.tables.policies.get(id)
    if (link === undefined || row === undefined) return fail('not_found')
    return act({ application, link, row }, call, context)
  })
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
  list: onRow(applications, ({ links }, _call, { account }) => ({
    rows: inOrder(links).flatMap(({ id, precedence }) => {
      const row = account.state.tables.policies.get(id)
      return row === undefined ? [] : [{ row, precedence }]
    }),
    view: ({ row, precedence }: { row: PolicyRow; precedence: number }) =>
      policyView(row, { precedence }),
  })),
  get: onLinked(({ link, row }) => ({
    result: policyView(row, { precedence: link.precedence }),
  })),
  create: onRow(applications, (application, { body }, context) => {
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
  }),
  replace: onLinked(({ application, link, row }, { body }, context) => {
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
  }),
  delete: onLinked(({ application, link }, _call, { account }) => {
    const others = application.links.filter((each) => each.id !== link.id)
    return {
      result: { id: link.id },
      changes: [relinked(application, others), ...removalOf([link], application.id, account)],
    }
  }),
  makeReusable: onLinked((found, _call, context) => {
    const { application_id: _, ...kept } = found.row
    const row: PolicyRow = { ...kept, reusable: true, updated_at: nowOf(context) }
    return {
      result: [policyView(row, { app_count: 1 })],
      changes: [{ table: 'policies', put: row }],
    }
  }),
}
