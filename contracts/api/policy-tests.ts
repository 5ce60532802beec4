/** Policy tests: what policies would decide for every user of the account (api-policy-tests). */
import { z } from 'zod'
import { endpoint, once } from '../declaration/endpoint.ts'
import { count, pageQuery, uuid } from '../declaration/primitives.ts'
import { policyBody } from './policies.ts'

const path = '/access/policy-tests'
const item = `${path}/{policy_test_id}` as const

const id = once(() => z.string().regex(/^[0-9a-f]{64}$/, 'must be 64 hex characters'))
const percent = once(() => z.number().int().min(0).max(100))

export const policyTestUser = once(() =>
  z.object({
    id: uuid(),
    email: z.string(),
    name: z.string().optional(),
    status: z.enum(['approved', 'blocked', 'error']),
  }),
)
export type PolicyTestUser = z.output<ReturnType<typeof policyTestUser>>

const policyTest = once(() =>
  z.object({
    id: id(),
    status: z.enum(['blocked', 'processing', 'exceeded time', 'complete']),
    percent_users_processed: percent(),
    total_users: count(),
    users_approved: count(),
    users_blocked: count(),
    users_errored: count(),
    percent_approved: percent(),
    percent_blocked: percent(),
    percent_errored: percent(),
  }),
)
export type PolicyTest = z.output<ReturnType<typeof policyTest>>

const common = {
  status: 200,
  evidence: 'documented',
  source: ['api-official-document', 'api-policy-tests', 'api-policy-test-outcomes'],
} as const

export const policyTests = {
  create: endpoint({
    ...common,
    id: 'policyTests.create',
    summary: 'Start a policy test',
    method: 'POST',
    path,
    /** Each a policy, or the id of a reusable one; without any, nobody is let in (api-policy-test-outcomes). */
    body: once(() =>
      z.looseObject({ policies: z.array(z.union([uuid(), policyBody()])).default([]) }),
    ),
    result: once(() => z.object({ id: id(), status: z.literal('success') })),
    errors: ['invalid_request'],
  }),
  get: endpoint({
    ...common,
    id: 'policyTests.get',
    summary: 'Get the status of a policy test',
    method: 'GET',
    path: item,
    result: policyTest,
    errors: ['not_found'],
  }),
  users: endpoint({
    ...common,
    id: 'policyTests.users',
    summary: 'List the users of a policy test',
    method: 'GET',
    path: `${item}/users`,
    query: once(() =>
      z.object({ ...pageQuery, status: z.enum(['success', 'fail', 'error']).optional() }),
    ),
    result: once(() => z.array(policyTestUser())),
    paging: { per_page: 25, max: 1000 },
    errors: ['invalid_request', 'not_found'],
  }),
} as const
