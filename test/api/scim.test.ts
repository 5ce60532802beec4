/** Lists of what the emulator never makes: empty, with the numbers of a list, and strict about their filters. */
import { beforeAll, expect, test } from 'vitest'
import { createApiClient } from '../../client/api/api.ts'
import { api as contract } from '../../contracts/api/operations.ts'
import { team, useApi } from '../support/api.ts'

const api = useApi({ resets: false })
let provider: string
beforeAll(async () => {
  const body = { type: 'onetimepin', name: 'One-time PIN', config: {} }
  provider = (await api.ok(contract.identityProviders.create, { body })).id
})

const of = `/accounts/${team.id}/access`
const asked = (path: string) => api.send('GET', `${of}${path}`)

test('an empty list has the numbers of a list', async () => {
  for (const [path, per_page] of [
    [`/identity_providers/${provider}/scim/users`, 100],
    [`/identity_providers/${provider}/scim/groups`, 100],
    [`/logs/scim/updates?idp_id=${provider}`, 20],
    [`/logs/scim/updates?idp_id=${provider}&limit=5`, 5],
    ['/logs/jit_requests', 25],
  ] as const) {
    const { status, body } = await asked(path)
    expect([path, status]).toEqual([path, 200])
    expect(body).toMatchObject({ success: true, result: [] })
    expect(body.result_info).toEqual({
      page: 1,
      per_page,
      count: 0,
      total_count: 0,
      total_pages: 0,
    })
  }
})

test.each([
  '/logs/scim/updates',
  '/logs/scim/updates?idp_id=a&status=LOST',
  '/logs/scim/updates?idp_id=a&request_method=GET',
  '/logs/scim/updates?idp_id=a&since=yesterday',
  '/logs/jit_requests?status=pending',
  '/logs/jit_requests?until=1',
])('%s is refused as an invalid request', async (path) => {
  const { status, body } = await asked(path)
  expect([status, body.errors?.[0]?.code]).toEqual([400, 12130])
})

test('SCIM resources are looked up by one kind of id or by other filters', async () => {
  const users = `/identity_providers/${provider}/scim/users`
  const status = async (query: string) => (await asked(`${users}?${query}`)).status
  const many = Array.from({ length: 51 }, (_, each) => `cf_resource_id=${each}`).join('&')
  expect(await status('cf_resource_id=a&cf_resource_id=b&page=2')).toBe(200)
  expect(await status('username=a&email=b&name=c')).toBe(200)
  expect(await status('cf_resource_id=a&name=c')).toBe(400)
  expect(await status('cf_resource_id=a&idp_resource_id=b')).toBe(400)
  expect(await status(many)).toBe(400)
  expect((await asked('/identity_providers/none/scim/groups')).status).toBe(404)
})

test('the client repeats a query field that has several values', async () => {
  const sent: string[] = []
  const client = createApiClient({
    baseUrl: `${api.emulator.url}/client/v4`,
    account_id: team.id,
    apiToken: team.api_token,
    env: {},
    fetch: (input, init) => {
      sent.push(new URL(String(input instanceof Request ? input.url : input)).search)
      return fetch(input, init)
    },
  })
  const pages = client.scim.updates({ query: { idp_id: ['a', 'b'], status: 'FAILURE' } })
  for await (const update of pages) expect(update).toBeUndefined()
  expect(sent).toEqual(['?idp_id=a&idp_id=b&status=FAILURE&page=1'])
})
