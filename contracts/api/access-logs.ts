/** The log of authentications at the edge. */
import { z } from 'zod'
import { endpoint, once } from '../declaration/endpoint.ts'
import { pageQuery, queryBoolean, timestamp } from '../declaration/primitives.ts'

export const accessRequest = once(() =>
  z.object({
    ray_id: z.string(),
    created_at: timestamp(),
    /** `login`, `logout` and so on. */
    action: z.string(),
    allowed: z.boolean(),
    app_domain: z.string(),
    app_uid: z.string(),
    /** Type of the identity provider; `service_token` for a service token (api-access-log-answer). */
    connection: z.string(),
    ip_address: z.string(),
    user_email: z.string().optional(),
    // Not in the official document's response, but among its filters (api-access-log-answer).
    app_type: z.string().optional(),
    country: z.string().optional(),
    idp: z.string().optional(),
    non_identity: z.boolean().optional(),
    user_id: z.string().optional(),
  }),
)
export type AccessRequest = z.output<ReturnType<typeof accessRequest>>

const operator = once(() => z.enum(['eq', 'neq']).optional())

/**
 * Each `…Op` inverts the filter of its name; `user_id` is accepted and ignored (api-access-log-filters). `limit` is the
 * maximum number of entries, and the page size unless `per_page` is set (api-access-log-answer).
 */
const query = once(() =>
  z
    .object({
      ...pageQuery,
      limit: z.coerce.number().int().min(1).optional(),
      direction: z.enum(['desc', 'asc']).optional(),
      since: z.iso.datetime({ offset: true }).optional(),
      until: z.iso.datetime({ offset: true }).optional(),
      /** Comma-separated names of the fields to return. */
      fields: z.string().optional(),
      email: z.string().optional(),
      email_exact: queryBoolean().optional(),
      emailOp: z.enum(['eq', 'neq', 'contains']).optional(),
      user_id: z.string().optional(),
      user_idOp: operator(),
      allowed: queryBoolean().optional(),
      allowedOp: operator(),
      country_code: z.string().optional(),
      country_codeOp: operator(),
      app_type: z.string().optional(),
      app_typeOp: operator(),
      app_uid: z.string().optional(),
      app_uidOp: operator(),
      ray_id: z.string().optional(),
      ray_idOp: operator(),
      idp: z.string().optional(),
      idpOp: operator(),
      non_identity: queryBoolean().optional(),
      non_identityOp: operator(),
    })
    .transform((asked) => ({ ...asked, per_page: asked.per_page ?? asked.limit })),
)

export const accessLogs = {
  list: endpoint({
    id: 'accessLogs.list',
    summary: 'List authentications',
    method: 'GET',
    path: '/access/logs/access_requests',
    query,
    /** Every field is optional here, because `fields` may select some. */
    result: once(() => z.array(accessRequest().partial())),
    status: 200,
    errors: ['invalid_request'],
    paging: { per_page: 25, max: 1000 },
    evidence: 'documented',
    source: ['api-access-log-filters', 'api-access-log-answer'],
  }),
} as const
