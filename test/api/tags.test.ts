import { expect, test } from 'vitest'
import { api as contract } from '../../contracts/api/operations.ts'
import { useApi } from '../support/api.ts'

const api = useApi()

const { create, get, list, replace } = contract.tags
const remove = contract.tags.delete
const make = (name: string) => api.ok(create, { body: { name } })

const application = async (name: string, tags: string[]) =>
  api.ok(contract.applications.create, {
    body: { type: 'self_hosted', name, domain: `${name}.example.com`, tags },
  })
const tagsOf = async ({ id }: { id: string }) =>
  (await api.ok(contract.applications.get, { params: { app_id: id } })).tags

test('a tag is created, read and deleted by its name', async () => {
  const name = 'eng & ops/ä'
  const created = await make(name)
  expect(created).toEqual({
    name,
    app_count: 0,
    created_at: '2026-01-02T03:04:05Z',
    updated_at: '2026-01-02T03:04:05Z',
  })
  const params = { tag_name: name }
  expect(await api.ok(get, { params })).toEqual(created)
  expect(await api.ok(list)).toEqual([created])
  expect(await api.ok(remove, { params })).toEqual({ name })
  expect(await api.refused(get, { params })).toMatchObject({ status: 404, code: 12135 })
})

test('app_count follows the applications', async () => {
  await make('engineers')
  const count = async () => (await api.ok(get, { params: { tag_name: 'engineers' } })).app_count
  const one = await application('one', ['engineers'])
  await application('two', ['engineers'])
  expect(await count()).toBe(2)
  await api.ok(contract.applications.delete, { params: { app_id: one.id } })
  expect(await count()).toBe(1)
})

test('a name that there is already is a conflict', async () => {
  await make('engineers')
  expect(await api.refused(create, { body: { name: 'engineers' } })).toMatchObject({
    status: 409,
    code: 12132,
  })
})

test('a name of more than 35 characters is refused in the recorded words', async () => {
  await make('a'.repeat(35))
  expect(await api.refused(create, { body: { name: 'a'.repeat(36) } })).toEqual({
    status: 400,
    code: 12130,
    message: 'access.api.error.invalid_request: name must be a maximum of 35 characters in length',
  })
})

test.each([
  ['a line break', 'a\nb'],
  ['a null character', 'a\u0000'],
  ['a C1 control', '\u0085a'],
])('a name with %s is refused, by POST and by PUT', async (_, name) => {
  await make('plain')
  const refusal = {
    status: 400,
    code: 12130,
    message: 'access.api.error.invalid_request: name: must have no control characters',
  }
  expect(await api.refused(create, { body: { name } })).toEqual(refusal)
  const params = { tag_name: 'plain' }
  expect(await api.refused(replace, { params, body: { name } })).toEqual(refusal)
  expect((await api.ok(list)).map((tag) => tag.name)).toEqual(['plain'])
})

test('a PUT with another name renames the tag, also in its applications', async () => {
  for (const name of ['b', 'c']) await make(name)
  const tagged = await application('one', ['c', 'b'])
  expect(tagged.tags).toEqual(['b', 'c'])
  await api.advance(60)
  const renamed = await api.ok(replace, { params: { tag_name: 'b' }, body: { name: 'd' } })
  expect(renamed).toEqual({
    name: 'd',
    app_count: 1,
    created_at: '2026-01-02T03:04:05Z',
    updated_at: '2026-01-02T03:05:05Z',
  })
  expect(await tagsOf(tagged)).toEqual(['c', 'd'])
  expect(await api.refused(get, { params: { tag_name: 'b' } })).toMatchObject({ code: 12135 })
  const clash = { params: { tag_name: 'd' }, body: { name: 'c' } }
  expect(await api.refused(replace, clash)).toMatchObject({ status: 409, code: 12132 })
})

test('a deleted tag leaves its applications', async () => {
  for (const name of ['b', 'c']) await make(name)
  const tagged = await application('one', ['b', 'c'])
  await api.ok(remove, { params: { tag_name: 'b' } })
  expect(await tagsOf(tagged)).toEqual(['c'])
})
