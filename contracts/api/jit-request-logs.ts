/** The log of requests for temporary access, which an approver decides on (api-jit-request-logs). */
import { z } from 'zod'
import { endpoint, once } from '../endpoint.ts'
import { audTag, count, pageQuery, timestamp } from '../primitives.ts'

const status = once(() => z.enum(['PENDING', 'APPROVED', 'DENIED', 'CANCELED', 'SPENT']))

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
} as const
