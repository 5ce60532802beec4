/** The doctor names the permission groups that a refused call needs, whichever operation it is. */
import { expect, test } from 'vitest'
import { diagnose } from '../../../client/doctor/diagnose.ts'
import { targetFrom } from '../../../client/target/target.ts'
import { permissionOfCall } from '../../../contracts/api/permissions.ts'
import { team, useApi } from '../../support/api.ts'
import { everyGroup, everywhere, permittedCalls } from '../../support/permissions.ts'
import { record } from './record.ts'

const api = useApi({ resets: false })

async function tokenWith(
  groups: readonly string[],
  kind: 'account' | 'user' = 'user',
): Promise<string> {
  const permission_groups = ['Other', ...groups].map((name) => ({ name }))
  const { value } = await api.emulator.control.createToken({
    body: { name: 'ci', kind, policies: [{ permission_groups, resources: everywhere }] },
  })
  return value
}

/** The cause that the doctor finds for a saved exchange; with the API token, it may call the API itself. */
async function causeOf(
  call: { method: string; path: string },
  apiToken: string,
  { readsApi = true, target = targetFrom({ emulator: api.emulator.url }) } = {},
) {
  const url = `https://api.cloudflare.com/client/v4${call.path}`
  const headers = { authorization: `Bearer ${apiToken}` }
  const observed = await record(api.emulator, [{ url, method: call.method, headers }], 'curl')
  const { causes } = await diagnose({
    url,
    observed,
    target,
    ...(readsApi ? { api: { account_id: team.id, apiToken } } : {}),
  })
  return causes[0]
}

test('every operation has the permission groups that it needs, by its method and path', () => {
  for (const { method, path, groups } of permittedCalls) {
    expect(permissionOfCall(method, path)?.groups, `${method} ${path}`).toEqual(groups)
  }
})

/** One call for each choice of permission groups. */
const distinctCalls = [
  ...new Map(permittedCalls.map((call) => [call.groups.join(), call])).values(),
]

test('with a token that lacks only the permission of the call', async () => {
  expect(distinctCalls.length).toBeGreaterThan(10)
  for (const { method, path, groups } of distinctCalls) {
    const token = await tokenWith(everyGroup.filter((each) => !groups.includes(each)))
    const cause = await causeOf({ method, path }, token)
    const names = groups.map((name) => `"${name}"`).join(' or ')
    expect(cause, `${method} ${path}`).toMatchObject({ id: 'api-permission-missing', alike: [] })
    expect(cause?.fix).toContain(`Grant the API token ${names}`)
    expect(cause?.proof.join('\n')).toContain(`needs the permission group ${names}`)
    expect(cause?.proof).toContain('The verify call says that the API token is active.')
  }
})

test('for the token of an account, which is verified at its own path', async () => {
  const token = await tokenWith([], 'account')
  const call = { method: 'POST', path: `/accounts/${team.id}/access/tags` }
  expect(await causeOf(call, token)).toMatchObject({
    id: 'api-permission-missing',
    fix: 'Grant the API token "Access: Apps and Policies Write" on the account.',
    proof: expect.arrayContaining([
      `${call.method} ${call.path} needs the permission group "Access: Apps and Policies Write" on the account (assumed: the official document names none).`,
    ]),
  })
})

test('without asking the API, it cannot tell a missing permission from an unknown token', async () => {
  const call = { method: 'GET', path: `/zones/${team.zones[0]?.id}/access/apps` }
  const cause = await causeOf(call, await tokenWith([]), { readsApi: false })
  expect([cause?.id, ...(cause?.alike ?? [])].toSorted()).toEqual([
    'api-permission-missing',
    'api-token-unknown',
  ])
})

test('if the API does not answer the verify call, it reports both causes and ends', async () => {
  const target = targetFrom({
    target: 'live',
    fetch: async () => {
      throw new TypeError('fetch failed')
    },
  })
  const call = { method: 'GET', path: `/accounts/${team.id}/access/apps` }
  const cause = await causeOf(call, await tokenWith([]), { target })
  expect([cause?.id, ...(cause?.alike ?? [])].toSorted()).toEqual([
    'api-permission-missing',
    'api-token-unknown',
  ])
})
