/** One operation of the API without HTTP or gateway: parsed and handled as `mount` would; the caller commits. */
import { api } from '../../contracts/api.ts'
import type { BodyInput, Endpoint, ParamsOf, ResultOf } from '../../contracts/endpoint.ts'
import { type Failure, fail, isFailure } from '../../contracts/errors.ts'
import type { Account } from '../account/account.ts'
import type { Accounts } from '../account/accounts.ts'
import { extraOf, firstIssue } from '../http/check.ts'
import type { Call, Handler } from '../http/handler.ts'
import type { Change } from '../state/state.ts'
import type { World } from '../world.ts'
import type { ApiContext } from './context.ts'
import { handlers } from './handlers.ts'

export interface ApiInput<E extends Endpoint> {
  readonly params?: ParamsOf<E>
  readonly body?: BodyInput<E>
}

export interface Answered<E extends Endpoint> {
  readonly result: ResultOf<E>
  readonly changes: readonly Change[]
}

export type CallApi = <E extends Endpoint>(
  account: Account,
  endpoint: E,
  input?: ApiInput<E>,
) => Promise<Answered<E> | Failure>

export function createCallApi(options: {
  readonly world: World
  readonly accounts: Accounts
}): CallApi {
  return async (account, endpoint, { params, body } = {}) => {
    const parsed = endpoint.body?.().safeParse(body)
    if (parsed?.success === false) return fail('invalid_request', firstIssue(parsed.error))
    const schemas = endpoint.body === undefined ? [] : [endpoint.body(), endpoint.result()]
    const call = {
      params: params ?? {},
      query: undefined,
      body: parsed?.data,
      extra: extraOf({ ...(body as object | undefined) }, schemas),
      method: endpoint.method,
    } as Call<Endpoint>
    const nowMs = options.world.now()
    const context = { ...options, account, zone: undefined, path: '', ray: '', nowMs }
    const answer = await handlerOf(endpoint)(call, context)
    if (isFailure(answer)) return answer
    if (!('result' in answer)) throw new Error(`${endpoint.id} has no result`)
    return { result: answer.result as ResultOf<typeof endpoint>, changes: answer.changes ?? [] }
  }
}

/** By the id of the operation, `group.name`. */
function handlerOf({ id }: Endpoint): Handler<Endpoint, ApiContext, Change[]> {
  const [group = '', name = ''] = id.split('.')
  const found = Object.hasOwn(api, group)
    ? (handlers[group as keyof typeof api] as Readonly<Record<string, unknown>>)[name]
    : undefined
  if (found === undefined) throw new Error(`the API has no operation ${id}`)
  return found as Handler<Endpoint, ApiContext, Change[]>
}
