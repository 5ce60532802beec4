import { once } from 'node:events'
import http, { type IncomingMessage } from 'node:http'
import { text } from 'node:stream/consumers'
import { beforeEach, describe, expect, test } from 'vitest'
import { api as contract } from '../../contracts/api/operations.ts'
import { root, team, useApi } from '../support/api.ts'

const api = useApi()

const access = `/accounts/${team.id}/access`
const missing = '01234567-89ab-4cde-8f01-23456789abcd'
const json = { 'content-type': 'application/json' }

test('an answer comes in the envelope, as JSON', async () => {
  const { headers, body } = await api.send('GET', `${access}/tags`)
  expect(headers['content-type']).toBe('application/json; charset=UTF-8')
  expect(headers['cf-ray']).toMatch(/^[0-9a-f]{16}-/)
  expect(body).toEqual({
    result: [],
    success: true,
    errors: [],
    messages: [],
    result_info: { page: 1, per_page: 50, count: 0, total_count: 0, total_pages: 0 },
  })
})

test('GET 200 and POST 201 carry the audit log id and the quota, the same after a reset', async () => {
  const quota = ['cf-auditlog-id', 'ratelimit', 'ratelimit-policy']
  const seen = async () => {
    const answers = [
      await api.send('GET', `${access}/tags`),
      await api.send('POST', `${access}/tags`, { body: { name: 'ours' } }),
      await api.send('GET', `${access}/tags/ours`),
      await api.send('PUT', `${access}/tags/ours`, { body: { name: 'ours' } }),
      await api.send('DELETE', `${access}/tags/ours`),
      await api.send('GET', `${access}/tags/ours`),
    ]
    return answers.map(({ status, headers }) => [status, ...quota.map((name) => headers[name])])
  }
  const first = await seen()
  const id = expect.stringMatching(
    /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/,
  )
  const full = ['"default";r=1199;t=300', '"default";q=1200;w=300']
  const none = [undefined, undefined, undefined]
  expect(first).toEqual([
    [200, id, ...full],
    [201, id, ...full],
    [200, id, ...full],
    [200, ...none],
    [202, ...none],
    [404, ...none],
  ])
  expect(new Set(first.slice(0, 3).map(([, each]) => each)).size).toBe(3)
  await api.emulator.reset()
  expect(await seen()).toEqual(first)
})

describe('a body in chunks', () => {
  const post = async (path: string, chunks: readonly string[], type: Record<string, string>) => {
    const sent = http.request(`${api.emulator.url}${root}${path}`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${team.api_token}`,
        'transfer-encoding': 'chunked',
        ...type,
      },
    })
    for (const chunk of chunks) sent.write(chunk)
    sent.end()
    const [answer] = (await once(sent, 'response')) as [IncomingMessage]
    return { status: answer.statusCode, body: JSON.parse(await text(answer)) }
  }

  test('of zero bytes counts as no body', async () => {
    const token = await api.ok(contract.serviceTokens.create, { body: { name: 'ci' } })
    const path = `${access}/service_tokens/${token.id}/rotate`
    for (const type of [{}, { 'content-type': 'text/plain' }, json]) {
      expect(await post(path, [], type)).toMatchObject({ status: 200 })
    }
  })

  test('that is not JSON is refused, and the connection stays usable', async () => {
    const chunks = Array.from({ length: 50 }, () => 'x'.repeat(10_000))
    expect(await post(`${access}/tags`, chunks, { 'content-type': 'text/plain' })).toMatchObject({
      status: 400,
      body: { errors: [{ code: 12130 }] },
    })
  })

  test('that is JSON is read', async () => {
    expect(await post(`${access}/tags`, ['{"name"', ':"a"}'], json)).toMatchObject({ status: 201 })
  })
})

describe('a body that cannot be used is an invalid request', () => {
  const say = (detail: string) => `access.api.error.invalid_request: ${detail}`
  test.each([
    ['half a JSON text', '{"name": "a', json, 400, say('the body is not valid JSON')],
    [
      'another content type',
      'name=a',
      { 'content-type': 'application/x-www-form-urlencoded' },
      400,
      say('the body must be JSON, sent with content-type: application/json'),
    ],
    ['no body', undefined, {}, 400, expect.stringContaining('invalid_request: ')],
    ['a list', '[]', json, 400, expect.stringContaining('invalid_request: ')],
    ['null', 'null', json, 400, expect.stringContaining('invalid_request: ')],
    ['a field of another type', '{"name": 7}', json, 400, expect.stringMatching(/: name: /)],
    [
      'more than 1 MiB',
      JSON.stringify({ name: 'a'.repeat(1_100_000) }),
      json,
      413,
      say('the body is larger than 1 MiB'),
    ],
  ])('%s', async (_what, body, headers, status, message) => {
    const answer = await api.send('POST', `${access}/service_tokens`, { body, headers })
    expect(answer.status).toBe(status)
    expect(answer.body).toEqual({
      result: null,
      success: false,
      errors: [{ code: 12130, message }],
      messages: [],
    })
    expect(await api.ok(contract.serviceTokens.list)).toEqual([])
  })
})

describe('what has no route is 7003', () => {
  test.each([
    ['an undeclared path', 'GET', `${access}/no_such_thing`],
    ['a method that a path does not have', 'PATCH', `${access}/apps/${missing}`],
    ['a malformed application id', 'GET', `${access}/apps/not-a-uuid`],
    ['an id in capitals', 'GET', `${access}/groups/${missing.toUpperCase()}`],
    ['a malformed policy id', 'DELETE', `${access}/policies/7`],
    ['a malformed account id', 'GET', '/accounts/team/access/apps'],
    ['a malformed zone id', 'GET', '/zones/example.com'],
    [
      'rotation under a zone',
      'POST',
      `/zones/${team.zones[0]?.id}/access/service_tokens/${missing}/rotate`,
    ],
    ['tags under a zone', 'GET', `/zones/${team.zones[0]?.id}/access/tags`],
  ] as const)('%s', async (_what, method, path) => {
    const answer = await api.send(method, path)
    expect(answer.status).toBe(404)
    expect(answer.body).toEqual({
      success: false,
      errors: [
        {
          code: 7003,
          message: `Could not route to ${root}${path}, perhaps your object identifier is invalid?`,
        },
      ],
      messages: [],
      result: null,
    })
  })
})

test.each([
  ['GET', `/accounts/${team.id}/devices`],
  ['POST', `/accounts/${team.id}/gateway/rules`],
  ['GET', '/user/billing/profile'],
  ['PUT', `/zones/${team.zones[0]?.id}/rulesets/one`],
] as const)('%s %s says that it is not emulated', async (method, path) => {
  const { status, body } = await api.send(method, path)
  expect(status).toBe(501)
  expect(body.errors?.[0]?.code).toBe(19501)
  expect(body.errors?.[0]?.message).toMatch(/not emulated yet: (GET|POST|PUT) \//)
})

describe('an id that is well-formed but unknown is 404', () => {
  test.each([
    ['apps', 11021, 'access.api.error.unknown_application'],
    ['policies', 12135, 'access.api.error.not_found'],
    ['service_tokens', 12135, 'access.api.error.not_found'],
    ['identity_providers', 12135, 'access.api.error.not_found'],
    ['tags', 12135, 'access.api.error.not_found'],
    ['groups', 12152, 'access.api.error.not_found: group not found'],
    [`apps/${missing}/policies`, 11021, 'access.api.error.unknown_application'],
  ])('%s', async (path, code, message) => {
    for (const method of ['GET', 'DELETE'] as const) {
      const { status, body } = await api.send(method, `${access}/${path}/${missing}`)
      expect(status).toBe(404)
      expect(body).toEqual({
        result: null,
        success: false,
        errors: [{ code, message }],
        messages: [],
      })
    }
  })
})

describe('pages of a list', () => {
  const names = ['a', 'b', 'c', 'd', 'e']
  beforeEach(async () => {
    for (const name of names) await api.ok(contract.tags.create, { body: { name } })
  })

  test.each([
    [{}, names, { page: 1, per_page: 50, count: 5, total_count: 5, total_pages: 1 }],
    [
      { per_page: 2 },
      ['a', 'b'],
      { page: 1, per_page: 2, count: 2, total_count: 5, total_pages: 3 },
    ],
    [
      { page: 3, per_page: 2 },
      ['e'],
      { page: 3, per_page: 2, count: 1, total_count: 5, total_pages: 3 },
    ],
    [
      { page: 4, per_page: 2 },
      [],
      { page: 4, per_page: 2, count: 0, total_count: 5, total_pages: 3 },
    ],
    [{ page: 2 }, [], { page: 2, per_page: 50, count: 0, total_count: 5, total_pages: 1 }],
    [
      { per_page: 5000 },
      names,
      { page: 1, per_page: 1000, count: 5, total_count: 5, total_pages: 1 },
    ],
  ])('%j', async (query, shown, info) => {
    const { status, body } = await api.call(contract.tags.list, { query })
    expect(status).toBe(200)
    expect(body.result).toMatchObject(shown.map((name) => ({ name })))
    expect(body.result).toHaveLength(shown.length)
    expect(body.result_info).toEqual(info)
  })

  test.each(['page=0', 'per_page=0', 'page=x', 'page=1.5'])('?%s is refused', async (query) => {
    const { status, body } = await api.send('GET', `${access}/tags?${query}`)
    expect(status).toBe(400)
    expect(body.errors?.[0]).toMatchObject({ code: 12130 })
  })
})

test('a zone shows the same collection as its account', async () => {
  const { create, list, get } = contract.serviceTokens
  const { id } = await api.ok(create, { zone: true, body: { name: 'made under the zone' } })
  const params = { service_token_id: id }
  expect(await api.ok(get, { params })).toEqual(await api.ok(get, { params, zone: true }))
  expect(await api.ok(list, { zone: true })).toEqual(await api.ok(list))
})
