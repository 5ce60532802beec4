import { expect, test } from 'vitest'
import { api as contract } from '../../contracts/api/operations.ts'
import { useApi } from '../support/api.ts'

const api = useApi()

const { create, get, list, replace } = contract.groups
const remove = contract.groups.delete
const include = [{ email_domain: { domain: 'example.com' } }]
const missing = '01234567-89ab-4cde-8f01-23456789abcd'

test('a group is created, read, replaced and deleted', async () => {
  const exclude = [{ email: { email: 'contractor@example.com' } }]
  const created = await api.ok(create, {
    body: { name: 'Engineers', include, exclude, is_default: true },
  })
  expect(created).toEqual({
    id: expect.any(String),
    uid: created.id,
    name: 'Engineers',
    include,
    exclude,
    require: [],
    is_default: true,
    created_at: '2026-01-02T03:04:05Z',
    updated_at: '2026-01-02T03:04:05Z',
  })
  const params = { group_id: created.id }
  expect(await api.ok(get, { params })).toEqual(created)
  expect(await api.ok(list)).toEqual([created])
  await api.advance(60)
  const replaced = await api.ok(replace, { params, body: { name: 'Everyone', include: [] } })
  const { is_default: _, ...rest } = created
  expect(replaced).toEqual({
    ...rest,
    name: 'Everyone',
    include: [],
    exclude: [],
    updated_at: '2026-01-02T03:05:05Z',
  })
  expect(await api.ok(remove, { params })).toEqual({ id: created.id })
  expect(await api.refused(get, { params })).toEqual({
    status: 404,
    code: 12152,
    message: 'access.api.error.not_found: group not found',
  })
})

test.each([
  ['a service token', { service_token: { token_id: missing } }, 'service token not found'],
  ['a group', { group: { id: missing } }, 'group not found'],
])('a rule that names %s that does not exist is refused', async (_what, rule, detail) => {
  const refusal = {
    status: 400,
    code: 12130,
    message: `access.api.error.invalid_request: ${detail}`,
  }
  for (const name of ['include', 'exclude', 'require']) {
    const body = { name: 'Engineers', include, [name]: [rule] }
    expect(await api.refused(create, { body })).toEqual(refusal)
  }
  const { id } = await api.ok(create, { body: { name: 'Engineers', include } })
  const body = { name: 'Engineers', include: [rule] }
  expect(await api.refused(replace, { params: { group_id: id }, body })).toEqual(refusal)
  expect(await api.ok(get, { params: { group_id: id } })).toMatchObject({ include })
})

test('a group in a group is admitted through both', async () => {
  const inner = await api.ok(create, { body: { name: 'Inner', include } })
  const outer = await api.ok(create, {
    body: { name: 'Outer', include: [{ group: { id: inner.id } }] },
  })
  await api.ok(contract.applications.create, {
    body: {
      type: 'self_hosted',
      name: 'Wiki',
      domain: 'wiki.example.com',
      policies: [{ name: 'o', decision: 'allow', include: [{ group: { id: outer.id } }] }],
    },
  })
  const sign = async (email: string) =>
    (await api.emulator.control.createSession({ body: { email, application: 'Wiki' } })).verdict
  expect(await sign('ada@example.com')).toBe('pass')
  expect(await sign('ada@example.net')).not.toBe('pass')
  // Undocumented at Cloudflare; here a rule with a deleted group admits no one.
  await api.ok(remove, { params: { group_id: inner.id } })
  expect(await sign('ada@example.com')).not.toBe('pass')
})

test.each([
  [{ name: 'eng' }, ['Engineers', 'Bengal']],
  [{ search: 'ENGINEERS' }, ['Engineers']],
])('the list filters by %j', async (query, names) => {
  for (const name of ['Engineers', 'Owners', 'Bengal']) {
    await api.ok(create, { body: { name, include } })
  }
  expect((await api.ok(list, { query })).map(({ name }) => name)).toEqual(names)
})
