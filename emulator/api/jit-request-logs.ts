/** Access asks no approver here (sign-in skips that step), so nothing is ever requested (api-jit-request-logs). */
import type { jitRequestLogs as contract } from '../../contracts/api/jit-request-logs.ts'
import { fail } from '../../contracts/errors/errors.ts'
import type { ApiHandlers } from './context.ts'

export const jitRequestLogs: ApiHandlers<typeof contract> = {
  list: () => ({ rows: [], view: (row: never) => row }),
  get: () => fail('not_found'),
}
