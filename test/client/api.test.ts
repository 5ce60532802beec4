/** The typed client of the Cloudflare API: paths, pages, retries, unknown fields, refusals. */
import { inspect } from 'node:util'
import { describe, expect, expectTypeOf, test } from 'vitest'
import { type ApiClientOptions, createApiClient } from '../../client/api/api.ts'
import type { News } from '../../client/api/call.ts'
import { ContractMismatch } from '../../client/api/contract-mismatch.ts'
import { targetFrom } from '../../client/target/target.ts'
import { AccessApiError, AccessUsageError } from '../../client/transport/errors.ts'
import type { Application } from '../../contracts/api/applications.ts'
import type { ServiceTokenWithSecret } from '../../contracts/api/service-tokens.ts'
import { handClock } from './profiles.ts'
import { type Asked, type Reply, startStub } from './stub.ts'

const account_id = '0a'.repeat(16)
const apiToken = 'cf-api-token-do-not-show'
const app_id = '11111111-2222-4333-8444-555555555555'

const tag = (name: string) => ({
  name,
  app_count: 0,
  created_at: '2026-11-24T10:00:00Z',
  updated_at: '2026-11-24T10:00:00Z',
})

function success(result: unknown, result_info?: object): Reply {
  const envelope = { result, success: true, errors: [], messages: [], result_info }
  return { headers: { 'cf-ray': 'r1-SJC' }, body: JSON.stringify(envelope) }
}

function failure(status: number, code: number, message: string): Reply {
  const body = JSON.stringify({ success: false, errors: [{ code, message }], result: null })
  return { status, headers: { 'cf-ray': 'r9-SJC' }, body }
}

async function apiOver(
  answer: (asked: Asked, time: number) => Reply,
  options: ApiClientOptions = {},
) {
  let time = 0
  const stub = await startStub((asked) => answer(asked, time++))
  const clock = handClock()
  const target = targetFrom({ emulator: stub.url, env: {} })
  const api = createApiClient({ target, apiToken, account_id, clock, env: {}, ...options })
  return { stub, clock, api }
}

async function thrown(promise: Promise<unknown>): Promise<unknown> {
  return await promise.then(
    () => expect.fail('it did not throw'),
    (error: unknown) => error,
  )
}

test('an operation goes to its path below the account, with token and body', async () => {
  const { stub, api } = await apiOver(() => ({ ...success(tag('a b')), status: 201 }))
  expect(await api.tags.create({ body: { name: 'a b' } })).toEqual(tag('a b'))
  await api.tags.get({ tag_name: 'a b/c' })
  expect(stub.asked).toMatchObject([
    {
      method: 'POST',
      host: 'api.cloudflare.com',
      path: `/client/v4/accounts/${account_id}/access/tags`,
      body: '{"name":"a b"}',
      headers: { authorization: `Bearer ${apiToken}`, 'content-type': 'application/json' },
    },
    { method: 'GET', path: `/client/v4/accounts/${account_id}/access/tags/a%20b%2Fc` },
  ])
  expect(stub.asked[1]?.headers).not.toHaveProperty('content-type')
})

test('a zone takes the place of the account where an operation has both', async () => {
  const zone_id = '0b'.repeat(16)
  const env = { CLOUDFLARE_ACCOUNT_ID: account_id }
  const options = { zone_id, account_id: undefined, env }
  const { stub, api } = await apiOver(() => success({}), options)
  await api.applications.revokeTokens({ app_id })
  expect(stub.asked[0]?.path).toBe(
    `/client/v4/zones/${zone_id}/access/apps/${app_id}/revoke_tokens`,
  )
  await expect(api.tags.get({ tag_name: 'x' })).rejects.toThrow(/tags\.get needs an account/)
})

test('credentials come from the environment, and another base URL is taken', async () => {
  const stub = await startStub(() => success([]))
  const env = {
    ACCESS_EMULATOR_URL: stub.url,
    CLOUDFLARE_API_TOKEN: apiToken,
    CLOUDFLARE_ACCOUNT_ID: account_id,
  }
  await createApiClient({ env, baseUrl: 'https://api.example.com/v4/' }).tags.list().all()
  expect(stub.asked[0]).toMatchObject({
    host: 'api.example.com',
    path: `/v4/accounts/${account_id}/access/tags?page=1`,
  })
  expect(() => createApiClient({ env: {} })).toThrow(/CLOUDFLARE_API_TOKEN/)
})

test('a redirect is not followed with the API token', async () => {
  const other = await startStub(() => success([]))
  const stub = await startStub(() => ({ status: 307, headers: { location: other.url } }))
  const target = targetFrom({ env: {} })
  const api = createApiClient({ target, baseUrl: stub.url, apiToken, account_id, env: {} })
  await expect(api.tags.list().all()).rejects.toThrow(ContractMismatch)
  expect(other.asked).toEqual([])
})

test('an empty id is refused before it turns one thing into a list', async () => {
  const { stub, api } = await apiOver(() => success([]))
  await expect(api.tags.get({ tag_name: '' })).rejects.toThrow(AccessUsageError)
  expect(stub.asked).toEqual([])
})

test('types of parameters, bodies and results come from the contracts', async () => {
  const { api } = await apiOver(() => success([]))
  expectTypeOf(api.applications.get).parameter(0).toEqualTypeOf<{ readonly app_id: string }>()
  expectTypeOf(api.applications.get).returns.resolves.toEqualTypeOf<Application>()
  expectTypeOf(api.serviceTokens.create).returns.resolves.toEqualTypeOf<ServiceTokenWithSecret>()
  expectTypeOf(api.applications.list().all).returns.resolves.toEqualTypeOf<Application[]>()
  expectTypeOf<Record<never, never>>().not.toExtend<Parameters<typeof api.applications.get>[0]>()
  expectTypeOf<{ body: { nam: string } }>().not.toExtend<Parameters<typeof api.tags.create>[0]>()
})

describe('a list', () => {
  const names = ['a', 'b', 'c', 'd', 'e']
  const paged = ({ path }: Asked): Reply => {
    const page = Number(new URL(path, 'http://x').searchParams.get('page'))
    const items = names.slice((page - 1) * 2, page * 2).map(tag)
    const info = { page, per_page: 2, count: items.length, total_count: 5, total_pages: 3 }
    return success(items, info)
  }
  const pageOf = ({ path }: Asked) => new URL(path, 'http://x').searchParams.get('page')

  test('is iterated over its pages until an empty one', async () => {
    const { stub, api } = await apiOver(paged)
    const seen: string[] = []
    for await (const { name } of api.tags.list({ query: { per_page: 2 } })) seen.push(name)
    expect(seen).toEqual(names)
    expect(stub.asked.map(pageOf)).toEqual(['1', '2', '3', '4'])
    expect(stub.asked[0]?.path).toContain('per_page=2')
  })

  test('is fetched no further than it is read', async () => {
    const { stub, api } = await apiOver(paged)
    for await (const page of api.tags.list({ query: { page: 2 } }).pages()) {
      expect(page.map(({ name }) => name)).toEqual(['c', 'd'])
      break
    }
    expect(stub.asked.map(pageOf)).toEqual(['2'])
  })

  test.each([
    ['without result_info', undefined],
    [
      'that answers page 1 whatever is asked',
      { page: 1, per_page: 2, count: 1, total_count: 1, total_pages: 1 },
    ],
  ])('%s ends', async (_, info) => {
    const { api } = await apiOver(() => success([tag('a')], info))
    expect(await api.tags.list().all()).toEqual([tag('a')])
  })
})

describe('a refusal', () => {
  test('carries status, codes, messages, ray and operation, and no secret', async () => {
    const { api } = await apiOver(() => failure(403, 10000, 'Authentication error'))
    const error = await thrown(api.organizations.get())
    expect(error).toBeInstanceOf(AccessApiError)
    expect(error).toMatchObject({
      operation: 'organizations.get',
      status: 403,
      codes: [10000],
      messages: ['Authentication error'],
      ray: 'r9-SJC',
    })
    expect(String(error)).toBe(
      'AccessApiError: organizations.get was refused with status 403 (ray r9-SJC): Authentication error (code 10000). Check the API token, that it has "Access: Organizations, Identity Providers, and Groups Read" or "Access: Organizations, Identity Providers, and Groups Revoke" or "Access: Organizations, Identity Providers, and Groups Write", and that it covers this account or zone.',
    )
    expect(inspect(error, { depth: 9 }) + inspect(api, { depth: 9 })).not.toContain(apiToken)
  })

  test('carries the chain behind an error', async () => {
    const errors = [
      { code: 6003, message: 'Invalid headers', error_chain: [{ code: 6111, message: 'Format' }] },
    ]
    const body = JSON.stringify({ success: false, errors })
    const { api } = await apiOver(() => ({ status: 400, body }))
    const error = await thrown(api.tags.get({ tag_name: 'x' }))
    expect(error).toMatchObject({ codes: [6003, 6111], messages: ['Invalid headers', 'Format'] })
  })

  test('that is a page says so', async () => {
    const { api } = await apiOver(() => ({ status: 404, body: '<html>' }))
    const error = await thrown(api.tags.get({ tag_name: 'x' }))
    expect(error).toMatchObject({ status: 404, codes: [] })
    expect(String(error)).toContain('not an envelope')
  })
})

describe('a failure of the service', () => {
  const busy = (headers: Record<string, string>): Reply => ({
    ...failure(429, 10013, 'Rate limit'),
    headers,
  })

  test.each<[string, Reply, number[]]>([
    ['429 after the seconds it names', busy({ 'retry-after': '7' }), [7000, 7000]],
    [
      '429 at the time it names',
      busy({ 'retry-after': 'Tue, 24 Nov 2026 10:00:05 GMT' }),
      [5000, 0],
    ],
    ['503 with growing pauses', failure(503, 1, 'busy'), [500, 1000]],
  ])('is asked again: %s', async (_, reply, slept) => {
    const { clock, stub, api } = await apiOver((__, time) => (time < 2 ? reply : success(tag('a'))))
    expect(await api.tags.get({ tag_name: 'a' })).toEqual(tag('a'))
    expect(clock.slept).toEqual(slept)
    expect(stub.asked).toHaveLength(3)
  })

  test.each<[string, Reply, 'GET' | 'POST']>([
    ['501, which will not change', failure(501, 19501, 'not emulated'), 'GET'],
    ['404', failure(404, 12135, 'not found'), 'GET'],
    [
      'one that asks not to',
      { ...failure(503, 1, 'x'), headers: { 'x-should-retry': 'false' } },
      'GET',
    ],
    ['one that asks to wait for an hour', busy({ 'retry-after': '3600' }), 'GET'],
    ['429 to a POST', busy({ 'retry-after': '1' }), 'POST'],
  ])('is not asked again: %s', async (_, reply, method) => {
    const { stub, api } = await apiOver(() => reply)
    const call = method === 'GET' ? api.tags.get({ tag_name: 'a' }) : api.keys.rotate()
    await expect(call).rejects.toThrow(AccessApiError)
    expect(stub.asked).toHaveLength(1)
  })

  test('is reported after the last retry', async () => {
    const { stub, api } = await apiOver(() => busy({ 'retry-after': '3' }), { retries: 1 })
    const error = await thrown(api.tags.delete({ tag_name: 'a' }))
    expect(error).toMatchObject({ status: 429, retryAfter: 3 })
    expect(stub.asked).toHaveLength(2)
    expect(api.answers().map(({ operation, status }) => [operation, status])).toEqual([
      ['tags.delete', 429],
      ['tags.delete', 429],
    ])
  })
})

describe('an answer that the contract does not know', () => {
  test('in a field is kept and reported', async () => {
    const news: News[] = []
    const onNews = (item: News) => news.push(item)
    const info = { page: 1, per_page: 50, count: 2, total_count: 2, total_pages: 1 }
    const items = [
      { ...tag('a'), colour: 'red' },
      { ...tag('b'), colour: 'blue' },
    ]
    const { api } = await apiOver((_, time) => success(time === 0 ? items : [], info), { onNews })
    expect(await api.tags.list().all()).toEqual(items)
    expect(news).toEqual([
      { operation: 'tags.list', kind: 'field', found: 'result[].colour', ray: 'r1-SJC' },
    ])
  })

  test('in its status is reported', async () => {
    const news: News[] = []
    const { api } = await apiOver(() => success(tag('a')), { onNews: (item) => news.push(item) })
    await api.tags.create({ body: { name: 'a' } })
    expect(news).toMatchObject([{ operation: 'tags.create', kind: 'status', found: '200' }])
  })

  test.each<[string, Reply, RegExp]>([
    ['in the type of a field', success({ ...tag('a'), app_count: '0' }), /result\.app_count: /],
    ['in having no envelope', { body: '{"ok":true}' }, /not an envelope/],
    ['in being a page', { body: '<html>' }, /not an envelope/],
  ])('%s is a mismatch', async (_, reply, problem) => {
    const { api } = await apiOver(() => reply)
    const error = await thrown(api.tags.get({ tag_name: 'a' }))
    expect(error).toBeInstanceOf(ContractMismatch)
    expect(error).toMatchObject({ operation: 'tags.get', status: 200 })
    expect(String(error)).toMatch(problem)
  })
})
