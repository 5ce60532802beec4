/** An application's links to its policies, in order: to its own and to reusable ones. */

import { policyNotFound, recordedDetails } from '../../contracts/api/details.ts'
import type { Policy } from '../../contracts/api/policies.ts'
import type { PolicyItem } from '../../contracts/api/policy-items.ts'
import { type Failure, fail, isFailure } from '../../contracts/errors/errors.ts'
import type { Account } from '../account/account.ts'
import type { ApplicationRow, PolicyLink, PolicyRow } from '../state/rows.ts'
import type { Change } from '../state/state.ts'
import type { ApiContext } from './context.ts'
import { createdPolicy, policyProblem, policyView, replacedPolicy } from './policies.ts'

type Invalid = Failure<'invalid_request'>
type LinkHolder = Pick<ApplicationRow, 'id' | 'links'>

export interface Linked {
  readonly links: readonly PolicyLink[]
  readonly changes: readonly Change[]
}

/** The policies that an application links. @param pending changes with policies that are not committed yet */
export function linkedPolicies(
  account: Account,
  { links }: Pick<LinkHolder, 'links'>,
  pending: readonly Change[] = [],
): readonly PolicyRow[] {
  const written = pending.flatMap((change) =>
    change.table === 'policies' && 'put' in change ? [change.put] : [],
  )
  return links.flatMap(
    ({ id }) => written.find((row) => row.id === id) ?? account.state.tables.policies.get(id) ?? [],
  )
}

/** The policies of an application, in order, as embedded in its answers. */
export function embedded(
  links: readonly PolicyLink[],
  linked: readonly PolicyRow[],
  saysReusable: boolean,
): Policy[] {
  return inOrder(links).flatMap(({ id, precedence }) => {
    const row = linked.find((each) => each.id === id)
    if (row === undefined) return []
    const policy = policyView(row, { precedence })
    if (!saysReusable) delete policy.reusable
    return [policy]
  })
}

export function inOrder(links: readonly PolicyLink[]): readonly PolicyLink[] {
  return [...links].sort((a, b) => a.precedence - b.precedence)
}

/** Applies the `policies` of a create or replace: links to existing policies, or inline ones (api-application-policies). */
export function linkAll(
  items: readonly PolicyItem[],
  holder: LinkHolder,
  context: ApiContext,
): Linked | Invalid {
  const links: PolicyLink[] = []
  const changes: Change[] = []
  for (const [index, item] of items.entries()) {
    const linked = linkOne(item, holder, context, changes)
    if (isFailure(linked)) return linked
    const given = typeof item === 'string' ? undefined : item.precedence
    links.push({ id: linked.id, precedence: given ?? index + 1 })
    changes.push(...linked.changes)
  }
  if (new Set(links.map((link) => link.precedence)).size < links.length) {
    return fail('invalid_request', recordedDetails.precedences)
  }
  const kept = new Set(links.map((link) => link.id))
  const dropped = holder.links.filter((link) => !kept.has(link.id))
  return { links, changes: [...changes, ...removalOf(dropped, holder.id, context.account)] }
}

type InlinePolicy = Exclude<PolicyItem, string | { readonly decision?: undefined }>

function isInline(item: PolicyItem): item is InlinePolicy {
  return typeof item !== 'string' && item.decision !== undefined
}

function linkOne(
  item: PolicyItem,
  holder: LinkHolder,
  context: ApiContext,
  pending: readonly Change[],
): { readonly id: string; readonly changes: readonly Change[] } | Invalid {
  const id = typeof item === 'string' ? item : item.id
  const known = id === undefined ? undefined : context.account.state.tables.policies.get(id)
  const isOwn = known?.application_id === holder.id
  // A seed may give the id of a policy to create; only a reusable one is embedded more than once.
  const isGiven = context.explicit !== undefined && isInline(item) && known?.reusable !== true
  if (id !== undefined && !isGiven && !(isOwn || known?.reusable)) {
    return fail('invalid_request', policyNotFound(id))
  }
  if (!isInline(item)) {
    return { id: known?.id ?? '', changes: [] }
  }
  const problem = policyProblem(item, context)
  if (problem !== undefined) return problem
  if (known === undefined || isGiven) {
    const { row, minted } = createdPolicy(item, { application_id: holder.id }, context, pending)
    return { id: row.id, changes: [minted, { table: 'policies', put: row }] }
  }
  // Reusable policies are changed at their own path; an embedded one is just a copy from an answer.
  if (!isOwn) return { id: known.id, changes: [] }
  return {
    id: known.id,
    changes: [{ table: 'policies', put: replacedPolicy(known, item, context) }],
  }
}

/** The changes that delete an application's own policies when it unlinks them; reusable ones stay. */
export function removalOf(
  links: readonly PolicyLink[],
  applicationId: string,
  account: Account,
): Change[] {
  return links.flatMap((link): Change[] => {
    const isOwn = account.state.tables.policies.get(link.id)?.application_id === applicationId
    return isOwn ? [{ table: 'policies', delete: link.id }] : []
  })
}
