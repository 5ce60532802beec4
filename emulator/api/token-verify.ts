/** Verifies the API token of a request. An invalid one never reaches these handlers (see `surface.ts`). */
import { apiTokenIsActive, type tokenVerify as contract } from '../../contracts/api/token-verify.ts'
import { statusOf } from '../account/api-tokens.ts'
import { hex } from '../world/ids.ts'
import type { ApiContext, ApiHandlers } from './context.ts'

/** The id of the account's own token is not a secret: it is derived from the account. */
function verified({ account, world, token, nowMs }: ApiContext) {
  if (token !== undefined) {
    // One that is over is told without a message (api-token-verify-status).
    const { id, not_before, expires_on } = token
    const status = statusOf(token, nowMs)
    const messages = status === 'active' ? [apiTokenIsActive] : []
    return { result: { id, status, not_before, expires_on }, messages }
  }
  const id = hex(world.bytes(16, 'api_token', account.id))
  return { result: { id, status: 'active' } as const, messages: [apiTokenIsActive] }
}

export const tokenVerify: ApiHandlers<typeof contract> = {
  user: (_call, context) => verified(context),
  account: (_call, context) => verified(context),
}
