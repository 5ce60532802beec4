import { beforeEach, describe, expect, test } from 'vitest'
import { api as contract } from '../../contracts/api/operations.ts'
import type { BodyInput } from '../../contracts/declaration/endpoint.ts'
import { team, useApi } from '../support/api.ts'

const api = useApi()

const {
  create,
  get,
  list,
  replace,
  replaceSettings,
  patchSettings,
  revokeTokens,
  userPolicyChecks,
} = contract.applications
const remove = contract.applications.delete

type Body = { readonly [K in keyof BodyInput<typeof create>]?: unknown }

const wiki = { type: 'self_hosted', name: 'Wiki', domain: 'wiki.example.com' } as const
const everyone = [{ everyone: {} }]
const allow = (name: string, more: object = {}) => ({
  name,
  decision: 'allow' as const,
  include: everyone,
  ...more,
})
const make = (body: Body = {}) => api.ok(create, { body: { ...wiki, ...body } })
const refusedMake = (body: Body) => api.refused(create, { body: { ...wiki, ...body } })
const put = (id: string, body: Body = {}) =>
  api.ok(replace, { params: { app_id: id }, body: { ...wiki, ...body } })
const shown = (id: string) => api.ok(get, { params: { app_id: id } })
const reusable = (name: string) => api.ok(contract.reusablePolicies.create, { body: allow(name) })
const namesOf = ({
  policies,
}: {
  policies: readonly { name: string; precedence?: number | undefined }[]
}) => policies.map(({ name, precedence }) => [name, precedence])
const invalid = (detail: string) => ({
  status: 400,
  code: 12130,
  message: `access.api.error.invalid_request: ${detail}`,
})

test('an application is created with the defaults of a recorded one, read, and deleted', async () => {
  const created = await make()
  expect(created).toEqual({
    id: expect.any(String),
    uid: created.id,
    type: 'self_hosted',
    name: 'Wiki',
    aud: expect.stringMatching(/^[0-9a-f]{64}$/),
    domain: 'wiki.example.com',
    domain_type: 'public',
    self_hosted_domains: ['wiki.example.com'],
    destinations: [{ type: 'public', uri: 'wiki.example.com' }],
    allowed_idps: [],
    app_launcher_visible: true,
    auto_redirect_to_identity: false,
    enable_binding_cookie: false,
    http_only_cookie_attribute: true,
    options_preflight_bypass: false,
    session_duration: '24h',
    tags: [],
    policies: [],
    created_at: '2026-01-02T03:04:05Z',
    updated_at: '2026-01-02T03:04:05Z',
  })
  expect(await shown(created.id)).toEqual(created)
  expect(await api.ok(list)).toEqual([created])
  const params = { app_id: created.id }
  expect(await api.ok(remove, { params })).toEqual({ id: created.id })
  expect(await api.refused(get, { params })).toMatchObject({ status: 404, code: 11021 })
})

test('PUT replaces all but the id, the AUD tag and the time of creation', async () => {
  const { id, aud } = await make({
    session_duration: '6h',
    note: 'ours',
    custom_deny_message: 'no',
  })
  await api.advance(60)
  const replaced = await put(id, { domain: 'docs.example.com' })
  expect(replaced).toMatchObject({
    id,
    aud,
    domain: 'docs.example.com',
    session_duration: '24h',
    created_at: '2026-01-02T03:04:05Z',
    updated_at: '2026-01-02T03:05:05Z',
  })
  expect(replaced).not.toHaveProperty('note')
  expect(replaced).not.toHaveProperty('custom_deny_message')
  expect(await shown(id)).toEqual(replaced)
})

test('undocumented fields are echoed, but clients cannot set server-owned ones', async () => {
  const created = await make({ note: ['ours'], id: 'mine', aud: 'mine', created_at: 'never' })
  expect(created).toMatchObject({ note: ['ours'], created_at: '2026-01-02T03:04:05Z' })
  expect(created.id).not.toBe('mine')
  expect(created.aud).not.toBe('mine')
  expect(await shown(created.id)).toEqual(created)
})

describe('domain, self_hosted_domains and destinations are three views of one list', () => {
  const uris = (...hosts: string[]) => hosts.map((uri) => ({ type: 'public' as const, uri }))
  const [a, b] = ['a.example.com', 'b.example.com/path']
  test.each([
    ['the domain alone', { domain: a }, a, [a], uris(a)],
    [
      'self_hosted_domains alone',
      { domain: undefined, self_hosted_domains: [a, b] },
      a,
      [a, b],
      uris(a, b),
    ],
    ['destinations alone', { domain: undefined, destinations: uris(b, a) }, b, [b, a], uris(b, a)],
    [
      'a domain among the destinations',
      { domain: a, destinations: uris(b, a) },
      a,
      [b, a],
      uris(b, a),
    ],
    [
      'destinations over self_hosted_domains',
      { domain: a, destinations: uris(a), self_hosted_domains: [b] },
      a,
      [a],
      uris(a),
    ],
  ])('%s', async (_what, body, domain, self_hosted_domains, destinations) => {
    const created = await make(body)
    expect(created).toMatchObject({ domain, self_hosted_domains, destinations })
    expect(await shown(created.id)).toMatchObject({ domain, self_hosted_domains, destinations })
  })

  test('a worker has no domain', async () => {
    const destinations = [{ type: 'worker' as const, worker_id: 'w' }]
    const created = await make({ domain: undefined, destinations })
    expect(created).toMatchObject({ domain: null, destinations })
    expect(created).not.toHaveProperty('self_hosted_domains')
  })
})

describe('a create is refused', () => {
  test.each([
    ['without a type', { type: undefined }, 'app type is missing or invalid'],
    ['with a type that there is not', { type: 'web' }, 'app type is missing or invalid'],
    ['without a place', { domain: undefined }, 'domain is a required field'],
    [
      'with a domain beside its destinations',
      { destinations: [{ type: 'public' as const, uri: 'docs.example.com' }] },
      'domain not included in destinations',
    ],
    [
      'outside the zones of the account',
      { domain: 'wiki.example.net' },
      'domain does not belong to zone',
    ],
    [
      'on a name that only ends like a zone',
      { domain: 'notexample.com' },
      'domain does not belong to zone',
    ],
    [
      'with a tag that there is not',
      { tags: ['nobody'] },
      'tags contain a tag that does not exist, tags must be created before assigning to an application',
    ],
    [
      'with a decision that there is not',
      { policies: [{ ...allow('a'), decision: 'maybe' }] },
      expect.stringContaining(
        'decision value must be one of: ["allow" "deny" "non_identity" "bypass"]',
      ),
    ],
    [
      'with one precedence twice',
      { policies: [allow('a', { precedence: 1 }), allow('b', { precedence: 1 })] },
      'policy precedences must be unique',
    ],
    [
      'with a given precedence that another policy has by its place',
      { policies: [allow('a', { precedence: 2 }), allow('b')] },
      'policy precedences must be unique',
    ],
  ])('%s', async (_what, body, detail) => {
    const refused = await refusedMake(body)
    expect(refused).toMatchObject({ status: 400, code: 12130 })
    expect(refused.message.replace('access.api.error.invalid_request: ', '')).toEqual(detail)
    expect(await api.ok(list)).toEqual([])
  })

  test('under a zone, for a host of another zone of the account', async () => {
    const body = { ...wiki, domain: 'wiki.example.org' }
    expect(await api.refused(create, { zone: true, body })).toEqual(
      invalid('domain does not belong to zone'),
    )
    await api.ok(create, { zone: true, body: wiki })
    await api.ok(create, { body })
  })
})

describe('a domain that an application has already', () => {
  test('is 11010', async () => {
    await make()
    expect(await refusedMake({ name: 'Another' })).toEqual({
      status: 409,
      code: 11010,
      message: 'access.api.error.application_already_exists',
    })
  })

  test('is a conflict where it is one of its other destinations', async () => {
    await make({ self_hosted_domains: ['wiki.example.com', 'docs.example.com'] })
    expect(await refusedMake({ domain: 'docs.example.com' })).toEqual({
      status: 409,
      code: 12132,
      message: 'access.api.error.conflict: destination belongs to another application',
    })
  })

  test('is free for a path below it, for itself, and after it was deleted', async () => {
    const { id } = await make()
    await make({ domain: 'wiki.example.com/admin' })
    await put(id)
    await api.ok(remove, { params: { app_id: id } })
    await make()
  })

  test('is refused by PUT too', async () => {
    await make()
    const { id } = await make({ domain: 'docs.example.com' })
    const refused = await api.refused(replace, { params: { app_id: id }, body: wiki })
    expect(refused).toMatchObject({ status: 409, code: 11010 })
  })
})

describe('policies of an application', () => {
  test('inline ones, links and bare ids come back whole, in order', async () => {
    const [first, second] = [await reusable('first'), await reusable('second')]
    const created = await make({
      policies: [{ id: second.id, precedence: 5 }, first.id, allow('own')],
    })
    // A link keeps the precedence that it asks for; the others take that of their place in the list.
    expect(namesOf(created)).toEqual([
      ['first', 2],
      ['own', 3],
      ['second', 5],
    ])
    expect(created.policies.map(({ reusable }) => reusable)).toEqual([true, false, true])
    expect((await shown(created.id)).policies).toEqual(created.policies)
  })
})

test.each(['POST', 'PUT'])('policies of one name are two policies: %s', async (method) => {
  const first = { ...allow('same'), decision: 'deny' as const }
  const policies = [first, allow('same')]
  const made = await make(method === 'POST' ? { policies } : {})
  const params = { app_id: made.id }
  if (method === 'PUT') await api.ok(replace, { params, body: { ...wiki, policies } })
  const stored = (await shown(made.id)).policies
  expect(stored.map(({ decision }) => decision)).toEqual(['deny', 'allow'])
  expect(new Set(stored.map(({ id }) => id)).size).toBe(2)
})

describe('PUT and the policies', () => {
  test.each([
    ['absent leaves', {}],
    ['null leaves', { policies: null }],
  ])('%s them as they are', async (_what, body) => {
    const { id, policies } = await make({ policies: [allow('a'), allow('b')] })
    expect(policies.map(({ name }) => name)).toEqual(['a', 'b'])
    expect((await put(id, body)).policies).toEqual(policies)
  })

  test("[] removes all, and deletes the application's own", async () => {
    const shared = await reusable('shared')
    const { id, policies } = await make({ policies: [shared.id, allow('own')] })
    expect((await put(id, { policies: [] })).policies).toEqual([])
    const state = await api.emulator.control.getState()
    const left = state.policies as readonly { id: string }[]
    expect(left.map((row) => row.id)).toEqual([shared.id])
    expect(policies).toHaveLength(2)
  })

  test('an answer can be sent back as it is, and never changes a reusable policy', async () => {
    const shared = await reusable('shared')
    const created = await make({ policies: [allow('own'), { id: shared.id, precedence: 5 }] })
    const again = await put(created.id, { ...created, domain: created.domain ?? '' })
    expect(again).toEqual(created)
    const renamed = created.policies.map((policy) => ({ ...policy, name: 'renamed' }))
    const { policies } = await put(created.id, { policies: renamed })
    expect(policies.map(({ name }) => name)).toEqual(['renamed', 'shared'])
  })

  test('own policies are changed in place and reordered', async () => {
    const { id, policies } = await make({ policies: [allow('a'), allow('b')] })
    const [a, b] = policies
    const again = await put(id, {
      policies: [
        { ...allow('b2'), id: b?.id },
        { id: a?.id ?? '', precedence: 7 },
      ],
    })
    expect(again.policies.map(({ id, name, precedence }) => [id, name, precedence])).toEqual([
      [b?.id, 'b2', 1],
      [a?.id, 'a', 7],
    ])
  })
})

test('an application deletes its own policies with itself and leaves reusable ones', async () => {
  const shared = await reusable('shared')
  const params = { policy_id: shared.id }
  const { id } = await make({ policies: [shared.id, allow('own')] })
  expect(await api.ok(contract.reusablePolicies.get, { params })).toMatchObject({ app_count: 1 })
  await api.ok(remove, { params: { app_id: id } })
  expect(await api.ok(contract.reusablePolicies.get, { params })).toMatchObject({ app_count: 0 })
  const state = await api.emulator.control.getState()
  expect(state.policies).toHaveLength(1)
})

test('tags come back in alphabetical order', async () => {
  for (const name of ['b', 'a']) await api.ok(contract.tags.create, { body: { name } })
  expect((await make({ tags: ['b', 'a'] })).tags).toEqual(['a', 'b'])
})

test.each([
  ['app_launcher', 'App Launcher'],
  ['warp', 'Warp Login App'],
  ['biso', 'Clientless Web Isolation'],
] as const)('an application of type %s has the name %s', async (type, name) => {
  const created = await make({ type, name: 'Ours', domain: undefined })
  expect(created).toMatchObject({ type, name })
})

describe('the list filters', () => {
  beforeEach(async () => {
    await make()
    await make({ name: 'Wiki of the shop', domain: 'shop.example.com/wiki' })
    await make({ name: 'Docs', domain: 'docs.example.org' })
  })

  test.each([
    [{ name: 'wiki' }, ['Wiki of the shop', 'Wiki']],
    [{ name: 'Wiki', exact: 'true' }, ['Wiki']],
    [{ domain: 'shop' }, ['Wiki of the shop']],
    [{ domain: 'docs.example.org', exact: 'true' }, ['Docs']],
    [{ domain: 'docs', exact: 'true' }, []],
    [{ aud: '0'.repeat(64) }, []],
    [{ search: 'shop' }, ['Wiki of the shop']],
    [{ search: 'example.org' }, ['Docs']],
    [{ name: 'wiki', domain: 'shop' }, ['Wiki of the shop']],
  ] as const)('%j', async (query, names) => {
    expect((await api.ok(list, { query })).map(({ name }) => name)).toEqual(names)
  })

  test('by AUD tag', async () => {
    const [, second] = await api.ok(list)
    expect(await api.ok(list, { query: { aud: second?.aud } })).toEqual([second])
  })
})

describe('the list', () => {
  const names = async (query = {}) => (await api.ok(list, { query })).map(({ name }) => name)
  beforeEach(async () => {
    await make({ name: 'first', domain: 'first.example.com' })
    await make({ name: 'second', domain: 'second.example.com' })
    await api.advance(60)
    await make({ name: 'third', domain: 'third.example.com' })
  })

  test('has the newest first, also within one second and across pages', async () => {
    expect(await names()).toEqual(['third', 'second', 'first'])
    expect(await names({ page: 2, per_page: 2 })).toEqual(['first'])
    const [, { id = '' } = {}] = await api.ok(list)
    await api.ok(replace, {
      params: { app_id: id },
      body: { type: 'self_hosted', name: 'changed', domain: 'second.example.com' },
    })
    expect(await names()).toEqual(['third', 'changed', 'first'])
  })
})

test('settings change two fields alone, by PUT and by PATCH', async () => {
  const { id } = await make({ session_duration: '6h' })
  const params = { app_id: id }
  const both = { allow_iframe: true, skip_interstitial: true }
  expect(await api.ok(replaceSettings, { params, body: both })).toEqual(both)
  expect(await api.ok(patchSettings, { params, body: { allow_iframe: false } })).toEqual({
    ...both,
    allow_iframe: false,
  })
  expect(await shown(id)).toMatchObject({
    allow_iframe: false,
    skip_interstitial: true,
    session_duration: '6h',
  })
})

const signIn = (email: string) =>
  api.emulator.control.createSession({ body: { email, application: 'Wiki' } })

test('revoke_tokens ends the tokens of an application', async () => {
  const { id } = await make({ policies: [allow('all')] })
  const { cookie } = await signIn('ada@example.com')
  const visit = async (sent: string | null) => {
    const url = api.emulator.urlFor('wiki.example.com')
    const headers = { cookie: sent ?? '' }
    return (await api.emulator.fetch(url, { headers, redirect: 'manual' })).status
  }
  expect(await visit(cookie)).toBe(200)
  expect(await api.ok(revokeTokens, { params: { app_id: id } })).toEqual({})
  expect(await visit(cookie)).toBe(302)
  expect(await visit((await signIn('ada@example.com')).cookie)).toBe(200)
})

describe('user_policy_checks', () => {
  const policies = [
    {
      name: 'ours',
      decision: 'allow' as const,
      include: [{ email_domain: { domain: 'example.com' } }],
    },
    allow('nobody', { require: [{ email: { email: 'nobody@example.net' } }] }),
  ]

  test('says if the user has never signed in', async () => {
    const { id, aud } = await make({ policies })
    expect(await api.ok(userPolicyChecks, { params: { app_id: id } })).toEqual({
      app_state: {
        app_uid: id,
        aud,
        hostname: 'wiki.example.com',
        name: 'Wiki',
        policies: [
          expect.objectContaining({ name: 'ours' }),
          expect.objectContaining({ name: 'nobody' }),
        ],
        status: 'no user has signed in yet',
      },
    })
  })

  test.each([
    ['ada@example.com', 'Success', ['Success', undefined]],
    ['eve@example.net', 'Failure', ['Failure', 'Failure']],
  ])('tells what %s would meet: %s', async (email, status, each) => {
    const { id } = await make({ policies })
    await signIn(email)
    const { app_state, user_identity } = await api.ok(userPolicyChecks, { params: { app_id: id } })
    expect(app_state?.status).toBe(status)
    expect(app_state?.policies.map((policy) => policy.status)).toEqual(each)
    expect(user_identity).toMatchObject({ email, account_id: team.id })
  })
})
