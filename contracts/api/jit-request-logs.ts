/** The log of requests for temporary access, which an approver decides on (api-jit-request-logs). */
import { z } from 'zod'
import { endpoint, once } from '../declaration/endpoint.ts'
import { audTag, count, pageQuery, timestamp, uuid } from '../declaration/primitives.ts'

const status = once(() => z.enum(['PENDING', 'APPROVED', 'DENIED', 'CANCELED', 'SPENT']))

const event = once(() =>
  z.object({
    type: z.enum([
      'CREATED',
      'APPROVER_DECISION',
      'COMMITTED',
      'CANCELED',
      'LOGIN_SUCCESS',
      'REDIRECT_TO_ACTIVE',
    ]),
    timestamp: timestamp(),
    ray_id: z.string(),
    success: z.boolean(),
    actor_email: z.string().optional(),
    actor_idp: z.string().optional(),
    actor_uuid: uuid().optional(),
    decision_outcome: z.string().optional(),
    session_duration_seconds: count().optional(),
  }),
)

const jitRequest = once(() =>
  z.object({
    knock_request_id: z.string(),
    status: status(),
    requester_email: z.string(),
    app_aud: audTag(),
    app_hostname: z.string(),
    approvals_received: count(),
    approver_emails: z.array(z.string()),
    purpose_justification: z.string().optional(),
    created_at: timestamp(),
    expires_at: timestamp(),
  }),
)

export const jitRequestLogs = {
  list: endpoint({
    id: 'jitRequestLogs.list',
    summary: 'List requests for temporary access',
    method: 'GET',
    path: '/access/logs/jit_requests',
    query: once(() =>
      z.object({
        ...pageQuery,
        status: status().optional(),
        search: z.string().optional(),
        since: z.iso.datetime({ offset: true }).optional(),
        until: z.iso.datetime({ offset: true }).optional(),
      }),
    ),
    result: once(() => z.array(jitRequest())),
    status: 200,
    errors: ['invalid_request'],
    paging: { per_page: 25, max: 1000 },
    evidence: 'emulator_only',
    source: ['api-official-document', 'api-jit-request-logs'],
  }),
  get: endpoint({
    id: 'jitRequestLogs.get',
    summary: 'Get a request for temporary access with its events',
    method: 'GET',
    path: '/access/logs/jit_requests/{knock_request_id}',
    result: once(() => jitRequest().extend({ events: z.array(event()) })),
    status: 200,
    errors: ['not_found'],
    evidence: 'emulator_only',
    source: ['api-official-document', 'api-jit-request-logs', 'api-jit-request-log-unknown'],
  }),
} as const
