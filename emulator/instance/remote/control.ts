/** The control API of a running emulator, over HTTP, as functions. */
import { control } from '../../../contracts/control/endpoints.ts'
import type { Endpoint } from '../../../contracts/declaration/endpoint.ts'
import { isObject, parseJson, parseObject } from '../../../contracts/declaration/json.ts'
import type { ControlCalls, ControlInput } from '../../control/in-process.ts'
import { OptionProblem } from '../../world/option-problem.ts'

export interface RemoteCall {
  readonly endpoint: Endpoint
  readonly input: ControlInput<Endpoint>
}

export interface RemoteCaller {
  readonly url: URL
  readonly token: string | undefined
  readonly fetch: typeof fetch
}

/** Sends a call with a token, and returns its result. @throws Error if the operation refuses */
export async function callRemote(
  { url, token, fetch: send }: RemoteCaller,
  { endpoint, input }: RemoteCall,
): Promise<unknown> {
  const { method } = endpoint
  const { body } = input
  const answer = await send(new URL(pathOf({ endpoint, input }), url), {
    method,
    redirect: 'error',
    headers: {
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  }).catch((error: unknown) => {
    throw new OptionProblem(`No emulator answers at ${url.origin}: ${messageOf(error)}.`)
  })
  const text = await answer.text()
  if (!answer.ok) throw new Error(`${endpoint.id} refuses: ${refusalIn(text) ?? answer.status}`)
  const result = endpoint.result().safeParse(endpoint.wrap === 'page' ? text : parseJson(text))
  if (result.success) return result.data
  throw new OptionProblem(
    `What answers at ${url.origin} is not an Access emulator of this version.`,
  )
}

/** Every call of the control API, sent by `send`. */
export function remoteControl(send: (call: RemoteCall) => Promise<unknown>): ControlCalls {
  const calls = Object.entries(control).map(([name, endpoint]) => [
    name,
    (input: ControlInput<Endpoint> = {}) => send({ endpoint, input }),
  ])
  return Object.fromEntries(calls) as ControlCalls
}

function pathOf({ endpoint, input: { params, query } }: RemoteCall): string {
  const path = endpoint.path.replace(/\{(\w+)\}/g, (_, name: string) =>
    encodeURIComponent(String(Reflect.get(Object(params), name))),
  )
  const search = new URLSearchParams()
  for (const [name, value] of Object.entries(query ?? {})) {
    if (value !== undefined) search.set(name, String(value))
  }
  return search.size === 0 ? path : `${path}?${search}`
}

function refusalIn(text: string): string | undefined {
  const error = parseObject(text)?.error
  return isObject(error) && typeof error.message === 'string' ? error.message : undefined
}

function messageOf(error: unknown): string {
  const { cause } = error instanceof Error ? error : { cause: undefined }
  return cause instanceof Error
    ? cause.message || String(Reflect.get(cause, 'code'))
    : String(error)
}
