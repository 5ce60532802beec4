/** Verifies the API token that a request carries. */
import { z } from 'zod'
import { endpoint, once } from '../declaration/endpoint.ts'
import { hex32, timestamp } from '../declaration/primitives.ts'

export const apiTokenStatus = once(() =>
  z.object({
    id: hex32(),
    status: z.enum(['active', 'disabled', 'expired']),
    not_before: timestamp().optional(),
    expires_on: timestamp().optional(),
  }),
)
export type ApiTokenStatus = z.output<ReturnType<typeof apiTokenStatus>>

/** The message sent along with the status of a valid token (api-token-verify). */
export const apiTokenIsActive = {
  code: 10000,
  message: 'This API Token is valid and active',
  type: null,
} as const

const common = {
  method: 'GET',
  result: apiTokenStatus,
  status: 200,
  errors: ['api_token_invalid', 'authorization_missing'],
  evidence: 'recorded',
  source: ['api-token-verify', 'api-token-verify-invalid'],
} as const

export const tokenVerify = {
  user: endpoint({
    ...common,
    id: 'tokenVerify.user',
    summary: 'Verify an API token of a user',
    scope: 'root',
    path: '/user/tokens/verify',
  }),
  account: endpoint({
    ...common,
    id: 'tokenVerify.account',
    summary: 'Verify an API token of an account',
    scope: 'account',
    path: '/tokens/verify',
  }),
} as const
