/** Verifies the API token of a request. An invalid one never reaches these handlers (see `surface.ts`). */
import { apiTokenIsActive, type tokenVerify as contract } from '../../contracts/api/token-verify.ts'
import { hex } from '../ids.ts'
import type { ApiContext, ApiHandlers } from './context.ts'

/** The id of the token is not a secret: it is derived from the account. */
function verified({ account, world }: ApiContext) {
  const id = hex(world.bytes(16, 'api_token', account.id))
  return { result: { id, status: 'active' } as const, messages: [apiTokenIsActive] }
}

export const tokenVerify: ApiHandlers<typeof contract> = {
  user: (_call, context) => verified(context),
  account: (_call, context) => verified(context),
}
