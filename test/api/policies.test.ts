import { beforeEach, describe, expect, test } from 'vitest'
import { api as contract } from '../../contracts/api/operations.ts'
import { team, useApi } from '../support/api.ts'

const api = useApi()

const { reusablePolicies, applicationPolicies, applications } = contract
const missing = '01234567-89ab-4cde-8f01-23456789abcd'
const allow = (name: string, more: object = {}) => ({
  name,
  decision: 'allow' as const,
  include: [{ everyone: {} }],
  ...more,
})
const application = (name: string, policies: readonly object[] = []) =>
  api.ok(applications.create, {
    body: {
      type: 'self_hosted',
      name,
      domain: `${name}.example.com`,
      policies: [...policies],
    },
  })
const refusedAs = (detail: unknown) => ({
  status: 400,
  code: 12130,
  message: typeof detail === 'string' ? `access.api.error.invalid_request: ${detail}` : detail,
})

describe('a reusable policy', () => {
  const { create, get, list, replace } = reusablePolicies
  const remove = reusablePolicies.delete

  test('is made, shown, replaced and deleted', async () => {
    const created = await api.ok(create, { body: allow('shared') })
    expect(created).toEqual({
      id: expect.any(String),
      uid: created.id,
      name: 'shared',
      decision: 'allow',
      include: [{ everyone: {} }],
      exclude: [],
      require: [],
      reusable: true,
      app_count: 0,
      created_at: '2026-01-02T03:04:05Z',
      updated_at: '2026-01-02T03:04:05Z',
    })
    const params = { policy_id: created.id }
    expect(await api.ok(get, { params })).toEqual(created)
    expect(await api.ok(list)).toEqual([created])
    await api.advance(60)
    const replaced = await api.ok(replace, { params, body: allow('other', { decision: 'bypass' }) })
    expect(replaced).toEqual({
      ...created,
      name: 'other',
      decision: 'bypass',
      updated_at: '2026-01-02T03:05:05Z',
    })
    expect(await api.ok(remove, { params })).toEqual({ id: created.id })
    expect(await api.refused(get, { params })).toMatchObject({ status: 404, code: 12135 })
  })

  test('is refused deletion while an application links it', async () => {
    const { id } = await api.ok(create, { body: allow('shared') })
    const params = { policy_id: id }
    const app = await application('wiki', [{ id }])
    expect(await api.ok(get, { params })).toMatchObject({ app_count: 1 })
    expect(await api.refused(remove, { params })).toMatchObject({ status: 409, code: 12132 })
    await api.ok(applications.replace, {
      params: { app_id: app.id },
      body: { type: 'self_hosted', domain: 'wiki.example.com', policies: [] },
    })
    await api.ok(remove, { params })
  })

  test('may have the name of another', async () => {
    const [one, two] = [
      await api.ok(create, { body: allow('same') }),
      await api.ok(create, { body: allow('same') }),
    ]
    expect(one.id).not.toBe(two.id)
  })

  test('leaves booleans out where they are false, and keeps true ones', async () => {
    const flags = { approval_required: false, isolation_required: false }
    const body = allow('flags', { ...flags, purpose_justification_required: true })
    const created = await api.ok(create, { body })
    expect(created).toMatchObject({ purpose_justification_required: true })
    for (const name of Object.keys(flags)) expect(created).not.toHaveProperty(name)
  })

  test('is not what an application owns', async () => {
    const { policies } = await application('wiki', [allow('own')])
    const params = { policy_id: policies[0]?.id ?? '' }
    expect(await api.ok(list)).toEqual([])
    expect(await api.refused(replace, { params, body: allow('x') })).toMatchObject({ code: 12135 })
    expect(await api.refused(remove, { params })).toMatchObject({ code: 12135 })
  })
})

test.each([
  ['a name', { name: undefined }, expect.stringContaining('name: ')],
  ['an include', { include: undefined }, expect.stringContaining('include: ')],
  [
    'a decision that there is',
    { decision: 'maybe' },
    'decision value must be one of: ["allow" "deny" "non_identity" "bypass"]',
  ],
  ['rules with one selector', { include: [{}] }, expect.stringContaining('exactly one selector')],
  [
    'selectors that there are',
    { include: [{ moon_phase: {} }] },
    expect.stringContaining('unknown selector "moon_phase"'),
  ],
  [
    'a service token that there is',
    { require: [{ service_token: { token_id: missing } }] },
    'service token not found',
  ],
  ['a group that there is', { exclude: [{ group: { id: missing } }] }, 'group not found'],
  ['a duration', { session_duration: 'long' }, expect.stringContaining('session_duration: ')],
])('a policy needs %s', async (_what, change, detail) => {
  const app = await application('wiki')
  const body = { ...allow('a'), ...change }
  const params = { app_id: app.id }
  expect(await api.refused(reusablePolicies.create, { body })).toEqual(refusedAs(detail))
  expect(await api.refused(applicationPolicies.create, { params, body })).toEqual(refusedAs(detail))
})

describe('a policy of an application', () => {
  const { create, get, list, replace, makeReusable } = applicationPolicies
  const remove = applicationPolicies.delete
  let app_id = ''
  beforeEach(async () => {
    app_id = (await application('wiki')).id
  })
  const make = (name: string, more: object = {}) =>
    api.ok(create, { params: { app_id }, body: allow(name, more) })
  const order = async () =>
    (await api.ok(list, { params: { app_id } })).map(({ name, precedence }) => [name, precedence])

  test('is made, shown, replaced and deleted, also under a zone', async () => {
    const created = await make('own')
    expect(created).toEqual({
      id: expect.any(String),
      uid: created.id,
      name: 'own',
      decision: 'allow',
      include: [{ everyone: {} }],
      exclude: [],
      require: [],
      precedence: 1,
      reusable: false,
      created_at: '2026-01-02T03:04:05Z',
      updated_at: '2026-01-02T03:04:05Z',
    })
    const params = { app_id, policy_id: created.id }
    expect(await api.ok(get, { params })).toEqual(created)
    expect(await api.ok(get, { params, zone: true })).toEqual(created)
    expect(await api.ok(applications.get, { params: { app_id } })).toMatchObject({
      policies: [created],
    })
    const replaced = await api.ok(replace, { params, body: allow('new', { note: 'ours' }) })
    expect(replaced).toEqual({ ...created, name: 'new', note: 'ours' })
    expect(await api.ok(remove, { params })).toEqual({ id: created.id })
    expect(await api.refused(get, { params })).toMatchObject({ status: 404, code: 12135 })
    expect(await api.ok(applications.get, { params: { app_id } })).toMatchObject({ policies: [] })
  })

  test('answers a session duration only where one was given', async () => {
    const { id, ...created } = await make('own', { session_duration: '30m' })
    expect(created).toMatchObject({ session_duration: '30m', reusable: false })
    const params = { app_id, policy_id: id }
    for (const more of [{}, { session_duration: null }]) {
      await api.ok(replace, { params, body: allow('own', { session_duration: '1h' }) })
      const replaced = await api.ok(replace, { params, body: allow('own', more) })
      expect(replaced).not.toHaveProperty('session_duration')
      expect(await api.ok(get, { params })).toEqual(replaced)
    }
  })

  test.each([true, false])(
    'says within its application whether it is reusable: %s',
    async (says) => {
      const shared = await api.ok(reusablePolicies.create, { body: allow('shared') })
      await make('own')
      const links = [shared.id, ...(await api.ok(list, { params: { app_id } })).map(({ id }) => id)]
      const body = {
        type: 'self_hosted',
        name: 'wiki',
        domain: 'wiki.example.com',
        policies: links,
      }
      await api.ok(applications.replace, { params: { app_id }, body })
      // Read beforehand, so that the response shows the current behaviour.
      await api.ok(applications.get, { params: { app_id } })
      await api.emulator.control.setBehaviours({ body: { 'api.embedded_policy_reusable': says } })
      const { policies } = await api.ok(applications.get, { params: { app_id } })
      expect(policies.map(({ reusable }) => reusable)).toEqual(
        says ? [true, false] : [undefined, undefined],
      )
      const listed = await api.ok(list, { params: { app_id } })
      expect(listed.map(({ reusable }) => reusable)).toEqual([true, false])
    },
  )

  test('takes the next free place unless it asks for one', async () => {
    await make('a')
    await make('b', { precedence: 7 })
    await make('c')
    await make('d', { precedence: 2 })
    expect(await order()).toEqual([
      ['a', 1],
      ['d', 2],
      ['b', 7],
      ['c', 8],
    ])
  })

  test('cannot take the place of another', async () => {
    await make('a')
    const { id } = await make('b')
    const clash = refusedAs('policy precedences must be unique')
    const body = allow('c', { precedence: 1 })
    expect(await api.refused(create, { params: { app_id }, body })).toEqual(clash)
    expect(await api.refused(replace, { params: { app_id, policy_id: id }, body })).toEqual(clash)
    expect(await order()).toEqual([
      ['a', 1],
      ['b', 2],
    ])
  })

  test('keeps its place where a PUT does not ask for one, and moves where it does', async () => {
    const { id } = await make('a')
    await make('b')
    const params = { app_id, policy_id: id }
    expect(await api.ok(replace, { params, body: allow('a') })).toMatchObject({ precedence: 1 })
    await api.ok(replace, { params, body: allow('a', { precedence: 9 }) })
    expect(await order()).toEqual([
      ['b', 2],
      ['a', 9],
    ])
  })

  test('becomes reusable, at its place, and is deleted no more with the application', async () => {
    const { id } = await make('own', { precedence: 4 })
    const params = { app_id, policy_id: id }
    expect(await api.ok(makeReusable, { params })).toMatchObject([{ reusable: true, app_count: 1 }])
    expect(await order()).toEqual([['own', 4]])
    const policy = { params: { policy_id: id } }
    expect(await api.ok(reusablePolicies.get, policy)).toMatchObject({ id, app_count: 1 })
    await api.ok(applications.delete, { params: { app_id } })
    expect(await api.ok(reusablePolicies.get, policy)).toMatchObject({ id, app_count: 0 })
  })

  test('that is reusable is changed in its own place only, and unlinked by a DELETE', async () => {
    const shared = await api.ok(reusablePolicies.create, { body: allow('shared') })
    const app = await application('docs', [{ id: shared.id }])
    const params = { app_id: app.id, policy_id: shared.id }
    expect(await api.refused(replace, { params, body: allow('x') })).toMatchObject({
      status: 400,
      code: 12130,
    })
    await api.ok(remove, { params })
    expect(await api.ok(reusablePolicies.get, { params })).toMatchObject({ app_count: 0 })
  })

  test('is found in its own application only', async () => {
    const { id } = await make('own')
    const docs = await application('docs')
    const params = { app_id: docs.id, policy_id: id }
    for (const endpoint of [get, remove, makeReusable] as const) {
      expect(await api.refused(endpoint, { params })).toMatchObject({ status: 404, code: 12135 })
    }
    const elsewhere = { params: { app_id: missing, policy_id: id } }
    expect(await api.refused(get, elsewhere)).toMatchObject({ status: 404, code: 11021 })
  })
})

test('an application cannot link the own policy of another', async () => {
  const { policies } = await application('wiki', [allow('own')])
  const id = policies[0]?.id ?? ''
  const body = { type: 'self_hosted', domain: 'docs.example.com', policies: [id] }
  const answer = await api.send('POST', `/accounts/${team.id}/access/apps`, { body })
  expect(answer.status).toBe(400)
  expect(answer.body.errors).toEqual([
    { code: 12130, message: `access.api.error.invalid_request: policy ${id} not found` },
  ])
})
