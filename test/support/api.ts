/** The API of an emulator in this process, over HTTP: by contract (`ok`, `refused`), or raw (`send`). */
import request from 'supertest'
import { afterAll, beforeAll, beforeEach, expect } from 'vitest'
import { pathsOf } from '../../contracts/api/operations.ts'
import type { SeedInput } from '../../contracts/control/seed.ts'
import type { Endpoint, Method, ParamsOf, ResultOf } from '../../contracts/declaration/endpoint.ts'
import { createEmulator, type Emulator, type EmulatorOptions } from '../../emulator/index.ts'

export const root = '/client/v4'
/** The time of the frozen clock until a test moves it. */
export const start = '2026-01-02T03:04:05Z'

export const team = {
  id: '11111111111111111111111111111111',
  name: 'Team',
  api_token: 'token-of-the-team-account',
  api_key: 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa',
  email: 'owner@example.com',
  zones: [
    { id: '11111111111111111111111111111112', name: 'example.com' },
    { id: '11111111111111111111111111111113', name: 'example.org' },
  ],
  organization: { name: 'Team', auth_domain: 'team.cloudflareaccess.com' },
}

/** Another account, which `team` must not see. */
export const other = {
  id: '22222222222222222222222222222222',
  name: 'Other',
  api_token: 'token-of-the-other-account',
  zones: [{ id: '22222222222222222222222222222223', name: 'example.net' }],
  organization: { name: 'Other', auth_domain: 'other.cloudflareaccess.com' },
}

/** An account without an organization. */
export const fresh = {
  id: '33333333333333333333333333333333',
  name: 'Fresh',
  api_token: 'token-of-the-fresh-account',
  zones: [],
}

const seed: SeedInput = { accounts: [team, other, fresh] }

export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly text: string
  readonly body: {
    readonly result?: unknown
    readonly success?: boolean
    readonly errors?: readonly { readonly code: number; readonly message: string }[]
    readonly messages?: readonly unknown[]
    readonly result_info?: Readonly<Record<string, number>>
  }
}

export interface Sending {
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
  /** Default: that of the first account. Null: no credentials. */
  readonly token?: string | null
}

export interface Input<E extends Endpoint> {
  readonly params?: ParamsOf<E>
  readonly query?: Readonly<Record<string, string | number | undefined>>
  /** Of any type, for bodies that the contract refuses. */
  readonly body?: unknown
  /** Under the first zone, where the operation is served there too. */
  readonly zone?: boolean
  readonly as?: { readonly id: string; readonly api_token: string }
}

export interface Api {
  readonly emulator: Emulator
  /** `path` is below `/client/v4`. */
  send(method: Method | 'HEAD', path: string, sending?: Sending): Promise<Answer>
  /** The response to an operation, successful or not. */
  call<E extends Endpoint>(endpoint: E, input?: Input<E>): Promise<Answer>
  /** The result of an operation that succeeds as declared. */
  ok<E extends Endpoint>(endpoint: E, input?: Input<E>): Promise<ResultOf<E>>
  /** Status, code and message of an operation that is refused. */
  refused<E extends Endpoint>(
    endpoint: E,
    input?: Input<E>,
  ): Promise<{ readonly status: number; readonly code: number; readonly message: string }>
  /** Moves the clock; seconds. */
  advance(seconds: number): Promise<void>
}

export async function startApi(options: EmulatorOptions = {}): Promise<Api> {
  const emulator = await createEmulator({ seed, at: start, ...options })
  return apiOf(() => emulator)
}

/** One emulator for all tests of a file. Unless `resets` is false, each test begins with the state after the start. */
export function useApi({ resets = true, ...options }: EmulatorOptions & { resets?: boolean } = {}) {
  let started: Emulator
  beforeAll(async () => {
    started = await createEmulator({ seed, at: start, ...options })
  })
  if (resets) beforeEach(() => started.reset())
  afterAll(() => started.close())
  return apiOf(() => started)
}

function apiOf(running: () => Emulator): Api {
  const send: Api['send'] = async (method, path, { body, headers = {}, token } = {}) => {
    const verb = method.toLowerCase() as 'get' | 'post' | 'put' | 'patch' | 'delete' | 'head'
    const sent = request(running().url)
      [verb](root + path)
      .set(headers)
    if (token !== null) sent.set('authorization', `Bearer ${token ?? running().account.api_token}`)
    const answer = await (body === undefined ? sent : sent.send(body as string | object))
    return {
      status: answer.status,
      headers: answer.headers as Record<string, string>,
      text: answer.text,
      body: answer.body as Answer['body'],
    }
  }

  const call: Api['call'] = (endpoint, { params, query, body, zone, as } = {}) => {
    const [first = '', second = first] = pathsOf(endpoint)
    const names: Readonly<Record<string, string>> = {
      account_id: as?.id ?? running().account.id,
      zone_id: running().account.zones[0]?.id ?? '',
      ...params,
    }
    const path = (zone ? second : first).replaceAll(/\{(\w+)\}/g, (_, name: string) =>
      encodeURIComponent(names[name] ?? ''),
    )
    const search = new URLSearchParams(
      Object.entries({ ...(query as object | undefined) }).map(
        ([name, value]): [string, string] => [name, String(value)],
      ),
    )
    const token = as === undefined ? {} : { token: as.api_token }
    return send(endpoint.method, `${path}${search.size > 0 ? `?${search}` : ''}`, {
      body,
      ...token,
    })
  }

  return {
    get emulator() {
      return running()
    },
    send,
    call,
    async ok(endpoint, input) {
      const { status, body } = await call(endpoint, input)
      expect({ status, errors: body.errors }).toEqual({ status: endpoint.status, errors: [] })
      endpoint.result().parse(body.result)
      return body.result as ResultOf<typeof endpoint>
    },
    async refused(endpoint, input) {
      const { status, body } = await call(endpoint, input)
      expect(body.success).toBe(false)
      const { code = 0, message = '' } = body.errors?.[0] ?? {}
      return { status, code, message }
    },
    async advance(seconds) {
      await running().control.setClock({ body: { advance: seconds } })
    },
  }
}
