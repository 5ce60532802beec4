/** Access policies: reusable ones, and those of one application (api-policies). */
import { z } from 'zod'
import type { Fresh } from '../declaration/declaration.ts'
import { endpoint, once } from '../declaration/endpoint.ts'
import { duration, timestamp, uuid } from '../declaration/primitives.ts'
import { resource } from '../declaration/resource.ts'
import { recordedDetails } from './details.ts'
import { ruleLists, seedRuleLists, wholeRuleLists } from './rules.ts'

export const decisions = ['allow', 'deny', 'non_identity', 'bypass'] as const
export type Decision = (typeof decisions)[number]

const decision = once(() => z.enum(decisions, { error: recordedDetails.decision }))

const approvalGroup = once(() =>
  z.looseObject({
    approvals_needed: z.number().min(0),
    email_addresses: z.array(z.string()).optional(),
    email_list_uuid: z.string().optional(),
  }),
)

const optionalFields = once(() => ({
  precedence: z.number().int().min(0).optional(),
  session_duration: duration().nullable().optional(),
  approval_required: z.boolean().optional(),
  approval_groups: z.array(approvalGroup()).optional(),
  isolation_required: z.boolean().optional(),
  purpose_justification_required: z.boolean().optional(),
  purpose_justification_prompt: z.string().optional(),
  connection_rules: z.looseObject({}).optional(),
  mfa_config: z.looseObject({}).optional(),
}))

/** A policy as returned: on its own, or embedded in an application with its precedence. */
export const policy = once(() =>
  z.object({
    id: uuid(),
    uid: uuid(),
    name: z.string(),
    decision: decision(),
    ...ruleLists(),
    ...optionalFields(),
    account_id: z.string().optional(),
    /** False for an application's own policies (api-own-policy-fields). */
    reusable: z.boolean().optional(),
    app_count: z.number().int().min(0).optional(),
    created_at: timestamp(),
    updated_at: timestamp(),
  }),
)
export type Policy = z.output<ReturnType<typeof policy>>

export const policyBody = once(() =>
  z.looseObject({
    name: z.string().min(1),
    decision: decision(),
    ...ruleLists(),
    ...optionalFields(),
  }),
)
export type PolicyBody = z.output<ReturnType<typeof policyBody>>

const deletedPolicy = once(() => z.object({ id: uuid() }))

/** Fields that responses omit if they are false (api-policy-false-fields). */
export const policyOmitsFalse = [
  'approval_required',
  'isolation_required',
  'purpose_justification_required',
] as const

/** A policy in a seed; the body schema validates the rest once its rules are resolved. */
export const seedPolicy = once(() =>
  z.looseObject({
    id: uuid().optional(),
    created_at: timestamp().optional(),
    updated_at: timestamp().optional(),
    name: z.string(),
    decision: z.enum(decisions),
    ...seedRuleLists(),
  }),
)
export type SeedPolicyInput = z.input<ReturnType<typeof seedPolicy>>

const example = {
  name: 'allow example.com',
  decision: 'allow',
  include: [{ email_domain: { domain: 'example.com' } }],
} as const

const include = [{ email_domain: { domain: 'people.example' } }]

const tried = {
  body: ({ name }: Fresh) => ({ ...example, name: name('policy') }),
  change: ({ name }: Fresh) => ({ name: name('renamed'), decision: 'deny' }),
}

export const reusablePolicies = resource({
  name: 'reusablePolicies',
  one: 'a reusable policy',
  noun: 'policy',
  many: 'reusable policies',
  path: '/access/policies',
  param: 'policy_id',
  scope: 'account',
  table: 'policies',
  after: ['serviceTokens', 'groups', 'identityProviders'],
  paging: { per_page: 100, max: 1000 },
  entity: policy,
  body: policyBody,
  derived: ['precedence', 'app_count'],
  kept: () => ({
    ...wholeRuleLists(),
    /** The application that owns it; unset for a reusable policy. */
    application_id: uuid().optional(),
  }),
  seedItem: seedPolicy,
  deleted: deletedPolicy,
  deleteStatus: 202,
  deleteErrors: ['conflict'],
  unknown: 'not_found',
  evidence: 'documented',
  source: ['api-policies', 'api-reusable-policy-fields'],
  recognisedBy: [['decision', 'include']],
  example,
  lifeCycle: {
    ...tried,
    invalid: {
      'no include': { name: 'x', decision: 'allow' },
      'an unknown decision': { name: 'x', decision: 'perhaps', include },
    },
  },
})

const itemPath = '/access/apps/{app_id}/policies/{policy_id}'

export const applicationPolicies = resource(
  {
    name: 'applicationPolicies',
    one: 'a policy of an application',
    many: 'the policies of an application',
    path: '/access/apps/{app_id}/policies',
    param: 'policy_id',
    scope: 'account_or_zone',
    below: 'applications',
    paging: { per_page: 200, max: 1000 },
    entity: policy,
    body: policyBody,
    deleted: deletedPolicy,
    deleteStatus: 202,
    errors: ['unknown_application'],
    unknown: 'not_found',
    evidence: 'documented',
    source: ['api-policies', 'api-own-policy-fields'],
    example,
    lifeCycle: {
      ...tried,
      invalid: {
        'no name': { decision: 'allow', include },
        'an unknown decision': { name: 'x', decision: 'perhaps', include },
        'an unknown selector': { name: 'x', decision: 'allow', include: [{ zodiac: {} }] },
      },
    },
  },
  () => ({
    makeReusable: endpoint({
      id: 'applicationPolicies.makeReusable',
      summary: 'Make a policy of an application reusable',
      method: 'PUT',
      path: `${itemPath}/make_reusable`,
      /** A list of the one policy, as in the official document. */
      result: once(() => z.array(policy())),
      status: 200,
      errors: ['not_found', 'unknown_application'],
      evidence: 'documented',
      source: ['api-policies'],
    }),
  }),
)
