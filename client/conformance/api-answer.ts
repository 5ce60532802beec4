/** One call of the Cloudflare API made by a case: status, headers and envelope, each checked against the contract. */
import { pathsOf } from '../../contracts/api/operations.ts'
import type {
  BodyInput,
  Endpoint,
  FailureNameOf,
  ParamsOf,
  QueryInput,
  ResultOf,
} from '../../contracts/declaration/endpoint.ts'
import { failureEnvelope, type ResultInfo, success } from '../../contracts/declaration/envelope.ts'
import { parseJson } from '../../contracts/declaration/json.ts'
import { headerNames } from '../../contracts/edge/endpoints.ts'
import { type ApiFailureName, apiErrors } from '../../contracts/errors/errors.ts'
import { readEnvelope, readResult } from '../api/answer.ts'
import { gathered } from '../api/drift.ts'
import { bearer } from '../target/credentials.ts'
import type { CaseTarget } from './case.ts'
import { fits, holds, parsed, same } from './difference.ts'

export interface CaseInput<E extends Endpoint> {
  readonly params?: ParamsOf<E>
  readonly query?: QueryInput<E>
  readonly body?: BodyInput<E>
  /** Under the zone, if the operation exists there too. */
  readonly zone?: boolean
}

export interface CaseAnswer {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  readonly body: unknown
}

/** For an endpoint that is known only at run time, as in a table of resources. */
interface LooseInput {
  readonly params?: Readonly<Record<string, string>>
  readonly query?: object
  readonly body?: unknown
  readonly zone?: boolean
}
export type InputOf<E extends Endpoint> = Endpoint extends E ? LooseInput : CaseInput<E>

type Caller = Pick<CaseTarget, 'fetch' | 'apiUrl' | 'account' | 'zone' | 'onDrift'>

/** Sends a request that matches no operation, or a malformed one. `path` is below `/client/v4`. */
export async function send(
  target: Caller,
  path: string,
  init: RequestInit & { readonly headers?: Readonly<Record<string, string>> } = {},
): Promise<CaseAnswer> {
  const response = await target.fetch(`${target.apiUrl}${path}`, { redirect: 'manual', ...init })
  const text = await response.text()
  return { status: response.status, headers: response.headers, text, body: parseJson(text) }
}

export function authorized(target: Pick<CaseTarget, 'account'>): Record<string, string> {
  return { authorization: bearer(target.account.api_token) }
}

/** The answer to an operation, success or failure. */
export async function call<E extends Endpoint>(
  target: Caller,
  endpoint: E,
  input?: InputOf<E>,
): Promise<CaseAnswer> {
  const { params, query, body, zone } = (input ?? {}) as LooseInput
  const [first = '', second = first] = pathsOf(endpoint)
  const names: Readonly<Record<string, string | undefined>> = {
    account_id: target.account.id,
    zone_id: target.zone.id,
    ...params,
  }
  const path = (zone ? second : first).replaceAll(/\{(\w+)\}/g, (_, name: string) =>
    encodeURIComponent(names[name] ?? ''),
  )
  const search = new URLSearchParams(
    Object.entries({ ...query }).map(([name, value]): [string, string] => [name, String(value)]),
  )
  return send(target, `${path}${search.size === 0 ? '' : `?${search}`}`, {
    method: endpoint.method,
    headers: {
      ...authorized(target),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
}

export interface Succeeded<E extends Endpoint> {
  readonly result: ResultOf<E>
  readonly info: ResultInfo | undefined
  readonly answer: CaseAnswer
}

/** Expects an operation to succeed as declared: status, JSON, envelope, result. */
export async function succeeds<E extends Endpoint>(
  target: Caller,
  endpoint: E,
  input?: InputOf<E>,
): Promise<Succeeded<E>> {
  const answer = await call(target, endpoint, input)
  const { id, status } = endpoint
  const what = `${id}: ${JSON.stringify(answer.body)?.slice(0, 300)}`
  same(answer.status, status, `status of ${what}`)
  const { found } = readResult(endpoint, readEnvelope(endpoint, answer))
  target.onDrift?.(gathered(found, { operation: id }))
  marked(answer, id)
  const envelope = parsed(success(), answer.body, `envelope of ${id}`)
  same(envelope.errors, [], `errors of ${id}`)
  const read = parsed(endpoint.result(), envelope.result, `result of ${id}`, ['result'])
  const result = read as ResultOf<E>
  return { result, info: envelope.result_info, answer }
}

/** Expects an operation to be refused as the table of failures says: status, code, message. */
export async function refuses<E extends Endpoint>(
  target: Caller,
  endpoint: E,
  failure: Endpoint extends E ? ApiFailureName : FailureNameOf<E> & ApiFailureName,
  input?: InputOf<E>,
): Promise<CaseAnswer & { readonly message: string }> {
  const answer = await call(target, endpoint, input)
  return { ...answer, message: refused(answer, failure, endpoint.id) }
}

/** Expects the named refusal and returns its message. */
export function refused(answer: CaseAnswer, failure: ApiFailureName, what: string): string {
  const { status, code, message } = apiErrors[failure]
  const envelope = parsed(failureEnvelope(), answer.body, `envelope of ${what}`)
  const [first] = envelope.errors
  const chained = first?.error_chain?.[0]
  const told = [first, chained].filter((error) => error !== undefined)
  const found = told.find((error) => error.code === code) ?? first
  holds({ status: answer.status, code: found?.code }, { status, code }, `refusal of ${what}`)
  same(found?.message.startsWith(message), true, `message of ${what} (${found?.message})`)
  marked(answer, what)
  return found?.message ?? ''
}

/** Every answer of the API is JSON and carries a ray. */
function marked({ headers }: CaseAnswer, what: string): void {
  fits(headers.get('content-type'), /^application\/json\b/, `content-type of ${what}`)
  fits(headers.get(headerNames.ray), /^[0-9a-f]{16}-[A-Z]{3}$/, `cf-ray of ${what}`)
}
