/** `getToken` in all three profiles: which way it chooses, why, and what its errors say. */
import { describe, expect, test } from 'vitest'
import { AccessEdgeError } from '../../client/edge/edge-error.ts'
import { targetFrom } from '../../client/target/target.ts'
import { getToken, type TokenOptions, type Way } from '../../client/token/token.ts'
import { AccessUsageError } from '../../client/transport/errors.ts'
import {
  appUrl,
  aud,
  type MetAccess,
  pair,
  profiles,
  startProfile,
  team,
  wrongPair,
} from './profiles.ts'
import { startStub } from './stub.ts'

async function against(access: MetAccess, options: TokenOptions = {}) {
  const stub = await startProfile(access)
  const target = targetFrom({ emulator: stub.url, env: {} })
  const get = () => getToken(appUrl, { credentials: pair, target, ...options })
  return { stub, get }
}

function requests(stub: { asked: readonly { method: string; path: string }[] }): string[] {
  return stub.asked.map(({ method, path }) => `${method} ${path}`)
}

async function refusal(promise: Promise<unknown>): Promise<AccessEdgeError> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  if (error instanceof AccessEdgeError) return error
  throw new Error(`not an AccessEdgeError: ${error}`)
}

describe('auto', () => {
  test.each([
    ['expected', { strategy: 'service_auth', replayable: true, world: 'expected' }],
    ['observed', { strategy: 'headers', replayable: true, world: 'observed' }],
    ['observedServiceAuthOnly', { strategy: 'headers', replayable: false, world: 'observed' }],
  ] as const)('gives a token with profile %s and says how it came by it', async (name, like) => {
    const { stub, get } = await against(profiles[name])
    const result = await get()
    expect(result).toMatchObject({
      kind: 'token',
      token: stub.tokens[0],
      expires_at: '2026-11-24T11:00:00Z',
      claims: { common_name: pair.client_id },
      ...like,
    })
    expect(result.rays).toEqual(stub.asked.map((_, index) => `ray${index + 1}-SJC`))
    expect(result.why.join('\n')).toContain(
      like.strategy === 'headers' ? '404' : 'marked "expected"',
    )
  })

  test('returns no token if service tokens are strict, and recognises the gate by the response without credentials', async () => {
    const { stub, get } = await against(profiles.strict)
    const result = await get()
    expect(result).toMatchObject({ kind: 'headers_only', strategy: 'headers', world: 'strict' })
    expect(requests(stub)).toEqual([
      'POST /cdn-cgi/access/service/auth',
      'GET /reports',
      'GET /reports',
    ])
    expect(stub.asked[2]?.headers).not.toHaveProperty('cf-access-client-secret')
  })

  test('asks a host once for an endpoint that does not exist', async () => {
    const ways = new Map<string, Way>()
    const { stub, get } = await against(profiles.observed, { ways, probe: false })
    await get()
    const result = await get()
    expect(requests(stub)).toEqual([
      'POST /cdn-cgi/access/service/auth',
      'GET /reports',
      'GET /reports',
    ])
    expect(result.why[0]).toBe('app.example.com had no exchange endpoint before.')
  })

  test('takes a refusal of the endpoint as final', async () => {
    const { stub, get } = await against(profiles.expected, { credentials: wrongPair })
    expect(await refusal(get())).toMatchObject({ code: 'credentials_invalid', status: 401 })
    expect(stub.asked).toHaveLength(1)
  })
})

describe('the strategy', () => {
  test('service_auth sends the AUD tag in the body, and makes no other request', async () => {
    const { stub, get } = await against(profiles.expected, { strategy: 'service_auth', aud })
    expect(await get()).toMatchObject({ kind: 'token', replayable: undefined })
    expect(stub.asked).toHaveLength(1)
    expect(stub.asked[0]).toMatchObject({ host: 'app.example.com', body: JSON.stringify({ aud }) })
  })

  test('service_auth on the team domain sends the AUD tag in the query', async () => {
    const options = { strategy: 'service_auth', aud, team: 'example' } as const
    const { stub, get } = await against(profiles.expected, options)
    await get()
    const path = `/cdn-cgi/access/service/auth?aud=${aud}`
    expect(stub.asked[0]).toMatchObject({ host: team, path, body: '' })
  })

  test('service_auth says that the endpoint does not exist', async () => {
    const { get } = await against(profiles.observed, { strategy: 'service_auth' })
    expect(await refusal(get())).toMatchObject({ code: 'exchange_absent', status: 404 })
  })

  test('headers does not call the endpoint, and probes only on request', async () => {
    const { stub, get } = await against(profiles.expected, { strategy: 'headers' })
    expect(await get()).toMatchObject({ replayable: undefined, world: undefined })
    expect(requests(stub)).toEqual(['GET /reports'])
    const probed = await against(profiles.expected, { strategy: 'headers', probe: true })
    expect(await probed.get()).toMatchObject({ replayable: true })
  })

  test('a team without an AUD tag cannot be queried', async () => {
    const { stub, get } = await against(profiles.expected, { team: 'example' })
    await expect(get()).rejects.toThrow(AccessUsageError)
    expect(stub.asked).toEqual([])
  })
})

describe('a refusal', () => {
  const { observed, observedServiceAuthOnly, strict, expected } = profiles
  test.each<[string, MetAccess, TokenOptions, Partial<AccessEdgeError>, RegExp]>([
    [
      'login, the pair being good, blames the policy',
      { ...observed, admitted: false },
      {},
      { code: 'login_redirect', status: 302 },
      /pair is valid.*non_identity/,
    ],
    [
      'login, the pair being wrong, blames the pair',
      observed,
      { credentials: wrongPair },
      { code: 'login_redirect', status: 302 },
      /does not belong to an active service token/,
    ],
    [
      'block in an application of service tokens only names both causes',
      observedServiceAuthOnly,
      { credentials: wrongPair },
      { code: 'not_authorized', status: 403 },
      /No policy.*wrong pair/,
    ],
    [
      '401 of a strict organization blames the pair',
      strict,
      { credentials: wrongPair },
      { code: 'credentials_invalid', status: 401 },
      /did not authenticate/,
    ],
    [
      '403 of a strict organization blames the policy',
      { ...strict, admitted: false },
      {},
      { code: 'not_authorized', status: 403 },
      /No policy/,
    ],
    [
      '403 of the exchange blames the policy',
      { ...expected, admitted: false },
      {},
      { code: 'not_authorized', status: 403 },
      /policy of the application/,
    ],
  ])('with %s', async (_, access, options, like, message) => {
    const { stub, get } = await against(access, options)
    const error = await refusal(get())
    expect(error).toMatchObject(like)
    expect(error.message).toMatch(message)
    expect(error.rays).toHaveLength(stub.asked.length)
    const shown = JSON.stringify(error) + error.message + error.stack
    expect(shown).not.toContain(pair.client_secret)
    expect(shown).not.toContain(wrongPair.client_secret)
  })

  test.each([
    [true, { ...observed, admitted: false }, pair],
    [false, observed, wrongPair],
  ])('carries service_token_status %s from the redirect', async (status, access, credentials) => {
    const { get } = await against(access, { credentials })
    const { meta } = await refusal(get())
    expect(meta).toMatchObject({ service_token_status: status, aud, auth_status: 'NONE' })
  })

  test.each<[string, number, number, string]>([
    ['a host that opens to everybody is not protected', 200, 200, 'not_protected'],
    ['a failing origin proves nothing', 502, 403, 'unexpected'],
    ['a 403 without a sign of Access is not taken for one of Access', 403, 403, 'unexpected'],
  ])('%s', async (_, withPair, without, code) => {
    const stub = await startStub(({ headers, method }) => {
      if (method === 'POST') return { status: 404 }
      if ('cf-access-client-id' in headers) return { status: withPair }
      const marks = without === 403 ? { 'cf-access-aud': aud } : {}
      return { status: without, headers: marks }
    })
    const target = targetFrom({ emulator: stub.url, env: {} })
    expect((await refusal(getToken(appUrl, { credentials: pair, target }))).code).toBe(code)
  })

  test('of the endpoint with 503 is not taken for its absence', async () => {
    const stub = await startStub(() => ({ status: 503 }))
    const target = targetFrom({ emulator: stub.url, env: {} })
    const error = await refusal(getToken(appUrl, { credentials: pair, target }))
    expect(error).toMatchObject({ code: 'unexpected', status: 503 })
    expect(stub.asked).toHaveLength(1)
  })
})
