/** The account's own API tokens, as the API shows them: never their values, and no one else's. */
import { expect, test } from 'vitest'
import type { ApiTokenBody } from '../../contracts/api/api-tokens.ts'
import { api as contract } from '../../contracts/api/operations.ts'
import { other, team, useApi } from '../support/api.ts'

const api = useApi()

const { list, get } = contract.accountTokens
const policies = [{ permission_groups: [{ name: 'Access: Apps and Policies Read' }] }]

const make = (name: string, more: Partial<ApiTokenBody> = {}) =>
  api.emulator.control.createToken({ body: { name, kind: 'account', policies, ...more } as never })

test('are listed and read without their values', async () => {
  const range = { request_ip: { in: ['192.0.2.0/24'] } }
  const { id, value } = await make('deploys', { condition: range })
  const shown = {
    id,
    name: 'deploys',
    status: 'active',
    issued_on: '2026-01-02T03:04:05Z',
    condition: range,
    policies: [
      {
        id: expect.stringMatching(/^[0-9a-f]{32}$/),
        effect: 'allow',
        permission_groups: [
          { id: expect.stringMatching(/^[0-9a-f]{32}$/), name: 'Access: Apps and Policies Read' },
        ],
        resources: { [`com.cloudflare.api.account.${team.id}`]: '*' },
      },
    ],
  }
  expect(await api.ok(list)).toEqual([shown])
  expect(await api.ok(get, { params: { token_id: id } })).toEqual(shown)
  const { text } = await api.send('GET', `/accounts/${team.id}/tokens`)
  expect(text).not.toContain(value)
  expect(text).not.toContain('digest')
})

test('ids that the seed gives are kept, and others are the same for the same group', async () => {
  const group = { id: 'b'.repeat(32), name: 'DNS Read' }
  const policy = { id: 'a'.repeat(32), permission_groups: [group, { name: 'Zone Read' }] }
  await make('one', { policies: [policy] as never })
  await make('two')
  await make('three')
  const [one, two, three] = await api.ok(list)
  expect(one?.policies[0]).toMatchObject({ id: policy.id, permission_groups: [group, {}] })
  expect(two?.policies[0]?.permission_groups).toEqual(three?.policies[0]?.permission_groups)
  expect(two?.policies[0]?.id).not.toBe(three?.policies[0]?.id)
})

test('those of a user, of another account and the first one are not among them', async () => {
  const ofUser = await make('of a user', { kind: 'user' })
  const own = await make('own')
  expect((await api.ok(list)).map(({ name }) => name)).toEqual(['own'])
  const params = { token_id: ofUser.id }
  expect(await api.refused(get, { params })).toMatchObject({ status: 404 })
  const ofOther = await api.send('GET', `/accounts/${other.id}/tokens/${own.id}`, {
    token: other.api_token,
  })
  expect(ofOther.status).toBe(404)
})

test('expired ones are listed if they are asked for, and the order is turned', async () => {
  await make('first')
  await make('over', { expires_on: '2026-01-02T03:30:00Z' })
  await api.advance(3600)
  const names = async (query: object) =>
    (await api.ok(list, { query } as never)).map(({ name, status }) => `${name}: ${status}`)
  expect(await names({})).toEqual(['first: active'])
  expect(await names({ include_expired: true, direction: 'desc' })).toEqual([
    'over: expired',
    'first: active',
  ])
})

test('a token needs the permission to read tokens, and cannot write them', async () => {
  const reader = await make('reader', {
    policies: [{ permission_groups: [{ name: 'Account API Tokens Read' }] }] as never,
  })
  const lacking = await make('lacking')
  const path = `/accounts/${team.id}/tokens`
  const status = async (method: 'GET' | 'POST', token: string) =>
    (await api.send(method, path, { token })).status
  expect(await status('GET', reader.value)).toBe(200)
  expect(await status('GET', lacking.value)).toBe(403)
  expect(await status('POST', reader.value)).toBe(501)
})
