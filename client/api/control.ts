/** Calls to an emulator's control API, which Cloudflare does not have. */
import type { Endpoint, ResultOf } from '../../contracts/declaration/endpoint.ts'
import { parseJson } from '../../contracts/declaration/json.ts'
import { bearer } from '../target/credentials.ts'
import type { Target } from '../target/target.ts'
import type { Secret } from '../transport/secret.ts'

export interface ControlOptions {
  readonly target: Pick<Target, 'fetch' | 'apiUrl'>
  /** Required if the emulator is not on loopback. */
  readonly adminToken?: Secret | undefined
  /** Milliseconds to wait for an answer; default: no limit. */
  readonly timeoutMs?: number | undefined
}

export interface ControlCall {
  readonly query?: Readonly<Record<string, string>>
  readonly body?: unknown
}

/** `answer`: what came instead of the result in the contract. */
export type ControlAnswer<Result> =
  | { readonly kind: 'result'; readonly result: Result }
  | { readonly kind: 'other'; readonly status: number; readonly answer: unknown }

export type Control = <E extends Endpoint>(
  endpoint: E,
  call?: ControlCall,
) => Promise<ControlAnswer<ResultOf<E>>>

/** Calls reject only if nothing answers. */
export function createControl({ target, adminToken, timeoutMs }: ControlOptions): Control {
  return async <E extends Endpoint>(endpoint: E, { query, body }: ControlCall = {}) => {
    const address = new URL(endpoint.path, target.apiUrl)
    address.search = String(new URLSearchParams(query))
    const response = await target.fetch(address, {
      method: endpoint.method,
      redirect: 'manual',
      headers: {
        ...(adminToken === undefined ? {} : { authorization: bearer(adminToken) }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(timeoutMs === undefined ? {} : { signal: AbortSignal.timeout(timeoutMs) }),
    })
    const { status } = response
    const answer = parseJson(await response.text())
    const parsed = endpoint.result().safeParse(answer)
    return status === endpoint.status && parsed.success
      ? { kind: 'result', result: parsed.data as ResultOf<E> }
      : { kind: 'other', status, answer }
  }
}
