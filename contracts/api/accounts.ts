/** Accounts that the API token can see. */
import { z } from 'zod'
import { endpoint, once } from '../declaration/endpoint.ts'
import { hex32, pageQuery, timestamp } from '../declaration/primitives.ts'

export const account = once(() =>
  z.object({
    id: hex32(),
    name: z.string(),
    type: z.enum(['standard', 'enterprise']),
    settings: z.looseObject({ enforce_twofactor: z.boolean().optional() }).optional(),
    managed_by: z.looseObject({}).optional(),
    created_on: timestamp().optional(),
  }),
)
export type Account = z.output<ReturnType<typeof account>>

export const accountDefaults = {
  type: 'standard',
  settings: { enforce_twofactor: false },
} as const

const common = {
  scope: 'root',
  status: 200,
  evidence: 'documented',
  source: ['api-accounts-and-zones'],
} as const

export const accounts = {
  list: endpoint({
    ...common,
    id: 'accounts.list',
    summary: 'List accounts',
    method: 'GET',
    path: '/accounts',
    query: once(() =>
      z.object({
        ...pageQuery,
        name: z.string().optional(),
        direction: z.enum(['asc', 'desc']).optional(),
      }),
    ),
    result: once(() => z.array(account())),
    paging: { per_page: 20, max: 50 },
  }),
  get: endpoint({
    ...common,
    id: 'accounts.get',
    summary: 'Get an account',
    method: 'GET',
    path: '/accounts/{account_id}',
    result: account,
    errors: ['unauthorized_resource'],
  }),
} as const
