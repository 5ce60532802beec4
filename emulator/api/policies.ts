/** What reusable policies and an application's own policies share. */
import {
  type Policy,
  type PolicyBody,
  policy,
  policyBody,
  policyOmitsFalse,
} from '../../contracts/api/policies.ts'
import type { Rule } from '../../contracts/api/rules.ts'
import { type Failure, fail } from '../../contracts/errors/errors.ts'
import { extraOf, knownOf, withExtra } from '../http/check.ts'
import type { PolicyRow } from '../state/rows.ts'
import type { Change } from '../state/state.ts'
import { type ApiContext, nowOf } from './context.ts'
import { explicitOf } from './explicit.ts'

/** A policy in an answer: embedded or listed with its precedence, or by itself with the number of applications that use it. */
export function policyView(
  { application_id: _, extra, session_duration, ...known }: PolicyRow,
  place: { readonly precedence: number } | { readonly app_count: number },
): Policy {
  const reusable = known.reusable === true
  // Present only if set (api-own-policy-fields); otherwise the application's duration applies.
  const given = session_duration ? { session_duration } : {}
  return withExtra({ ...known, ...given, reusable, ...place }, extra)
}

/** The policy's fields in a body, without its precedence. */
function fieldsOf(body: PolicyBody) {
  const { precedence: _, ...fields } = knownOf(body, policyBody())
  for (const name of policyOmitsFalse) if (fields[name] === false) delete fields[name]
  return fields
}

const extraOfPolicy = (body: PolicyBody) => extraOf(body, [policyBody(), policy()])

/** A new policy: reusable, or owned by an application. */
export function createdPolicy(
  body: PolicyBody,
  owner: { readonly application_id: string } | { readonly reusable: true },
  context: ApiContext,
  pending: readonly Change[] = [],
): { readonly row: PolicyRow; readonly minted: Change } {
  const where = 'application_id' in owner ? owner.application_id : 'reusable'
  const given = context.explicit && explicitOf(body, { result: policy, body: policyBody })
  const minted = context.account.mint('policy', `${where}:${body.name}`, {
    explicit: given?.id,
    pending,
  })
  const row: PolicyRow = {
    id: minted.id,
    uid: minted.id,
    ...fieldsOf(body),
    // A reusable policy that an answer embeds belongs to no application.
    ...(given !== undefined && body.reusable === true ? ({ reusable: true } as const) : owner),
    created_at: nowOf(context),
    updated_at: nowOf(context),
    ...given?.fields,
    extra: extraOfPolicy(body),
  }
  return { row, minted: minted.change }
}

/** The same policy with all its fields replaced. */
export function replacedPolicy(row: PolicyRow, body: PolicyBody, context: ApiContext): PolicyRow {
  const { id, uid, created_at, application_id, reusable } = row
  return {
    id,
    uid,
    ...fieldsOf(body),
    ...(reusable === undefined ? {} : { reusable }),
    ...(application_id === undefined ? {} : { application_id }),
    created_at,
    updated_at: nowOf(context),
    extra: extraOfPolicy(body),
  }
}

/** Refuses rules that name objects which do not exist (api-rule-references, api-rule-references-words). */
export function policyProblem(
  body: Pick<PolicyBody, 'include' | 'exclude' | 'require'>,
  { account, isSeed }: Pick<ApiContext, 'account' | 'isSeed'>,
): Failure<'invalid_request'> | undefined {
  const { applications, groups, service_tokens } = account.state.tables
  const rules: readonly Rule[] = [...body.include, ...body.exclude, ...body.require]
  for (const rule of rules) {
    if ('service_token' in rule && service_tokens.get(rule.service_token.token_id) === undefined) {
      return fail('invalid_request', 'service token not found')
    }
    if ('group' in rule && groups.get(rule.group.id) === undefined) {
      return fail('invalid_request', 'group not found')
    }
    // Cloudflare refuses it too (observed). A seed creates policies before the applications that they name.
    if (
      !isSeed &&
      'linked_app_token' in rule &&
      applications.get(rule.linked_app_token.app_uid) === undefined
    ) {
      return fail('invalid_request', 'linked application not found')
    }
  }
  return undefined
}
