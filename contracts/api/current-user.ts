/** The user of the credentials, and the accounts they are a member of (api-user-and-memberships). */
import { z } from 'zod'
import { endpoint, once } from '../declaration/endpoint.ts'
import { hex32, pageQuery } from '../declaration/primitives.ts'
import { account } from './accounts.ts'

const user = once(() =>
  z.object({
    id: hex32(),
    email: z.string(),
    first_name: z.string().nullable(),
    last_name: z.string().nullable(),
    telephone: z.string().nullable(),
    country: z.string().nullable(),
    zipcode: z.string().nullable(),
    two_factor_authentication_enabled: z.boolean(),
    two_factor_authentication_locked: z.boolean(),
    has_pro_zones: z.boolean(),
    has_business_zones: z.boolean(),
    has_enterprise_zones: z.boolean(),
    suspended: z.boolean(),
    betas: z.array(z.string()),
    organizations: z.array(
      z.object({
        id: hex32(),
        name: z.string(),
        status: z.enum(['member', 'invited']),
        permissions: z.array(z.string()),
        roles: z.array(z.string()),
      }),
    ),
  }),
)

const status = once(() => z.enum(['accepted', 'pending', 'rejected']))

export const membership = once(() =>
  z.object({
    id: hex32(),
    status: status(),
    account: account(),
    api_access_enabled: z.boolean().nullable(),
    permissions: z.looseObject({}),
    roles: z.array(z.string()),
  }),
)
export type Membership = z.output<ReturnType<typeof membership>>

const common = {
  scope: 'root',
  method: 'GET',
  status: 200,
  evidence: 'documented',
  source: ['api-user-and-memberships', 'api-user-of-account'],
} as const

export const currentUser = {
  get: endpoint({
    ...common,
    id: 'currentUser.get',
    summary: 'Get the user of the credentials',
    path: '/user',
    result: user,
  }),
  memberships: endpoint({
    ...common,
    id: 'currentUser.memberships',
    summary: 'List the memberships of the user',
    path: '/memberships',
    query: once(() =>
      z.object({
        ...pageQuery,
        'account.name': z.string().max(100).optional(),
        name: z.string().max(100).optional(),
        status: status().optional(),
        order: z.enum(['id', 'account.name', 'status']).optional(),
        direction: z.enum(['asc', 'desc']).optional(),
      }),
    ),
    result: once(() => z.array(membership())),
    errors: ['invalid_request'],
    paging: { per_page: 20, max: 50 },
  }),
} as const
