import { describe, expect, test } from 'vitest'
import { api as contract } from '../../contracts/api/operations.ts'
import { other, team, useApi } from '../support/api.ts'

const api = useApi({ resets: false })

const { accounts, zones } = contract
const account = {
  id: team.id,
  name: 'Team',
  type: 'standard',
  settings: { enforce_twofactor: false },
}

test('a token sees its own account alone', async () => {
  expect(await api.ok(accounts.list)).toEqual([account])
  expect(await api.ok(accounts.list, { as: other })).toMatchObject([{ id: other.id }])
  expect(await api.ok(accounts.get, { params: { account_id: team.id } })).toEqual(account)
})

test.each([
  ['tea', [account]],
  ['Other', []],
])('accounts filter by the name %s', async (name, shown) => {
  expect(await api.ok(accounts.list, { query: { name } })).toEqual(shown)
})

test('a zone is complete, with a fixed creation time', async () => {
  const [zone] = team.zones
  const shown = await api.ok(zones.get, { params: { zone_id: zone?.id ?? '' } })
  expect(shown).toMatchObject({
    ...zone,
    status: 'active',
    account: { id: team.id, name: 'Team' },
    created_on: '1970-01-01T00:00:00Z',
  })
  expect((await api.ok(zones.list))[0]).toEqual(shown)
})

describe('zones filter and order', () => {
  test.each([
    [{}, ['example.com', 'example.org']],
    [{ name: 'example.org' }, ['example.org']],
    [{ name: 'example' }, []],
    [{ name: 'contains:MPLE.O' }, ['example.org']],
    [{ name: 'contains_case_sensitive:MPLE.O' }, []],
    [{ name: 'starts_with:example' }, ['example.com', 'example.org']],
    [{ name: 'ends_with:.com' }, ['example.com']],
    [{ name: 'not_equal:example.com' }, ['example.org']],
    [{ name: other.zones[0]?.name }, []],
    [{ status: 'active' }, ['example.com', 'example.org']],
    [{ status: 'pending' }, []],
    [{ 'account.id': team.id }, ['example.com', 'example.org']],
    [{ 'account.id': other.id }, []],
    [{ 'account.name': 'contains:ea' }, ['example.com', 'example.org']],
    [{ name: 'example.com', status: 'pending' }, []],
    [{ name: 'example.com', status: 'pending', match: 'any' }, ['example.com']],
    [{ order: 'name', direction: 'desc' }, ['example.org', 'example.com']],
    [{ direction: 'asc' }, ['example.com', 'example.org']],
    [{ per_page: 1, page: 2 }, ['example.org']],
  ] as const)('%j', async (query, names) => {
    expect((await api.ok(zones.list, { query })).map(({ name }) => name)).toEqual(names)
  })
})
