/** Runs an operation of the API without HTTP and gateway, as `mount` would. The caller commits the changes. */
import { api } from '../../contracts/api/operations.ts'
import type {
  BodyInput,
  Endpoint,
  ParamsOf,
  ResultOf,
} from '../../contracts/declaration/endpoint.ts'
import { type Failure, fail, isFailure } from '../../contracts/errors/errors.ts'
import type { Account, Zone } from '../account/account.ts'
import type { Accounts } from '../account/accounts.ts'
import { firstIssue } from '../http/check.ts'
import { readCall } from '../http/conform.ts'
import { answered, type Call, type Handler } from '../http/handler.ts'
import type { Change } from '../state/state.ts'
import type { World } from '../world/world.ts'
import type { ApiContext } from './context.ts'
import { handlers } from './handlers.ts'

interface InProcess {
  readonly world: World
  readonly accounts: Accounts
}

export interface ApiInput<E extends Endpoint> {
  readonly params?: ParamsOf<E>
  readonly body?: BodyInput<E>
  /** For operations of a zone. */
  readonly zone?: Zone
}

export interface CallAnswer<E extends Endpoint> {
  readonly result: ResultOf<E>
  readonly changes: readonly Change[]
}

export type CallApi = <E extends Endpoint>(
  account: Account,
  endpoint: E,
  input?: ApiInput<E>,
) => Promise<CallAnswer<E> | Failure>

export function createCallApi(whole: InProcess): CallApi {
  return async (account, endpoint, { params, body, zone } = {}) => {
    const call = readCall(endpoint, { params, query: {}, body, method: endpoint.method })
    if ('misfit' in call) return fail('invalid_request', firstIssue(call.misfit))
    return handled(endpoint, call, { account, zone, ...whole })
  }
}

/** Runs the handler of a call that is already parsed. */
export async function handled<E extends Endpoint>(
  endpoint: E,
  call: Call<E>,
  where: InProcess & Pick<ApiContext, 'account' | 'zone' | 'isSeed' | 'explicit'>,
): Promise<CallAnswer<E> | Failure> {
  const context = { ...where, path: '', ray: '', nowMs: where.world.now() }
  return answered<Endpoint, ApiContext, Change[], CallAnswer<E> | Failure>(
    handlerOf(endpoint),
    call,
    context,
    (answer) => {
      if (isFailure(answer)) return answer
      if (!('result' in answer)) throw new Error(`${endpoint.id} has no result`)
      return { result: answer.result as ResultOf<E>, changes: answer.changes ?? [] }
    },
  )
}

/** Finds the handler by the operation's id, `group.name`. */
function handlerOf({ id }: Endpoint): Handler<Endpoint, ApiContext, Change[]> {
  const [group = '', name = ''] = id.split('.')
  const found = Object.hasOwn(api, group)
    ? (handlers[group as keyof typeof api] as Readonly<Record<string, unknown>>)[name]
    : undefined
  if (found === undefined) throw new Error(`the API has no operation ${id}`)
  return found as Handler<Endpoint, ApiContext, Change[]>
}
