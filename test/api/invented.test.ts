/** API objects with arbitrary names: a tag’s name is part of its URL, a group is found by its name. */
import { expect } from 'vitest'
import { api as contract } from '../../contracts/api/operations.ts'
import { useApi } from '../support/api.ts'
import { invented } from '../support/invented.ts'

const api = useApi({ resets: false })

invented('a tag lives under its name', 15, async ({ name }) => {
  const [tag_name, other] = [name(30), `${name(30)} 2`]
  const { create, get, list, replace, delete: remove } = contract.tags
  await api.ok(create, { body: { name: tag_name } })
  expect(await api.ok(get, { params: { tag_name } })).toMatchObject({ name: tag_name })
  await api.ok(replace, { params: { tag_name }, body: { name: other } })
  expect((await api.ok(list)).map((tag) => tag.name)).toEqual([other])
  await api.ok(remove, { params: { tag_name: other } })
  expect(await api.ok(list)).toEqual([])
})

invented('a group is found by its name', 15, async ({ name }) => {
  const include = [{ everyone: {} }]
  const { create, list, delete: remove } = contract.groups
  const called = name()
  const { id } = await api.ok(create, { body: { name: called, include } })
  const other = await api.ok(create, { body: { name: 'unlike', include } })
  const found = await api.ok(list, { query: { name: called } })
  expect(found.map((group) => [group.id, group.name])).toEqual([[id, called]])
  for (const group_id of [id, other.id]) await api.ok(remove, { params: { group_id } })
})
