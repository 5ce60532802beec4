/** API tokens that an account owns, to be read (api-account-tokens). Seeds and the emulator's control API make them. */
import { z } from 'zod'
import { endpoint, once } from '../declaration/endpoint.ts'
import { pageQuery, queryBoolean } from '../declaration/primitives.ts'
import { apiToken } from './api-tokens.ts'

const policy = once(() =>
  z.object({
    id: z.string(),
    effect: z.enum(['allow', 'deny']),
    permission_groups: z.array(z.looseObject({ id: z.string(), name: z.string().optional() })),
    resources: z.record(z.string(), z.union([z.string(), z.record(z.string(), z.string())])),
  }),
)

/** The value is shown by no operation that reads. */
export const accountToken = once(() =>
  z.object({
    ...apiToken().pick({
      id: true,
      name: true,
      condition: true,
      not_before: true,
      expires_on: true,
      issued_on: true,
    }).shape,
    status: z.enum(['active', 'disabled', 'expired']),
    policies: z.array(policy()),
  }),
)
export type AccountToken = z.output<ReturnType<typeof accountToken>>

const path = '/tokens'
const common = {
  method: 'GET',
  scope: 'account',
  status: 200,
  evidence: 'documented',
  source: ['api-account-tokens', 'api-account-tokens-answers', 'api-account-tokens-ids'],
} as const

export const accountTokens = {
  list: endpoint({
    ...common,
    id: 'accountTokens.list',
    summary: 'List the API tokens of the account',
    path,
    query: once(() =>
      z.object({
        ...pageQuery,
        direction: z.enum(['asc', 'desc']).optional(),
        include_expired: queryBoolean().optional(),
      }),
    ),
    result: once(() => z.array(accountToken())),
    errors: ['invalid_request'],
    paging: { per_page: 20, max: 50 },
  }),
  get: endpoint({
    ...common,
    id: 'accountTokens.get',
    summary: 'Get an API token of the account',
    path: `${path}/{token_id}`,
    result: accountToken,
    errors: ['not_found'],
  }),
} as const
