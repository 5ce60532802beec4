/** The control API without HTTP: the same operations, checked against the same contracts, as functions. */
import { control } from '../../contracts/control/endpoints.ts'
import type {
  BodyInput,
  Endpoint,
  ParamsOf,
  QueryInput,
  ResultOf,
} from '../../contracts/declaration/endpoint.ts'
import { controlErrors, type Failure, isFailure } from '../../contracts/errors/errors.ts'
import { untilNotOutrun } from '../account/stored.ts'
import { firstIssue } from '../http/check.ts'
import { readCall } from '../http/conform.ts'
import type { Handler } from '../http/handler.ts'
import type { ControlContext, Controlled } from './context.ts'
import { handlers } from './handlers.ts'

type ControlEndpoints = typeof control

/** The input of one operation: path parameters, query and body, where it has them. */
export interface ControlInput<E extends Endpoint> {
  readonly params?: ParamsOf<E>
  readonly query?: QueryInput<E>
  readonly body?: BodyInput<E>
}

export type ControlCalls = {
  readonly [K in keyof ControlEndpoints]: (
    input?: ControlInput<ControlEndpoints[K]>,
  ) => Promise<ResultOf<ControlEndpoints[K]>>
}

/**
 * Each call throws an Error with the failure's message if its operation refuses.
 *
 * @param before called before each
 */
export function createControlCalls(controlled: Controlled, before: () => void): ControlCalls {
  const calls = Object.entries(control).map(([name, endpoint]) => [
    name,
    (input: ControlInput<Endpoint> = {}) => {
      before()
      const handler = handlers[name as keyof ControlEndpoints] as unknown as AnyHandler
      return run(endpoint, handler, input, controlled)
    },
  ])
  return Object.fromEntries(calls) as ControlCalls
}

type AnyHandler = Handler<Endpoint, ControlContext, never>

async function run(
  endpoint: Endpoint,
  handler: AnyHandler,
  input: ControlInput<Endpoint>,
  controlled: Controlled,
): Promise<unknown> {
  const { params, query = {}, body } = input
  const call = readCall(endpoint, { params, query, body, method: endpoint.method })
  if ('misfit' in call) throw new Error(`${endpoint.id} refuses: ${firstIssue(call.misfit)}`)
  const nowMs = controlled.world.now()
  await controlled.current?.()
  const answer = await untilNotOutrun(async () => handler(call, { ...controlled, ray: '', nowMs }))
  if (isFailure(answer)) throw new Error(`${endpoint.id} refuses: ${messageOf(answer)}`)
  if (!('result' in answer)) throw new Error(`${endpoint.id} has no result`)
  return answer.result
}

function messageOf({ failure, detail }: Failure): string {
  const rows: Readonly<Record<string, { message: string }>> = controlErrors
  return detail ?? rows[failure]?.message ?? failure
}
