/** API tokens with permissions: each operation with a token that lacks its permission, and with one that suffices. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ApiTokenBody } from '../../contracts/api/api-tokens.ts'
import { collections, operations, pathsOf } from '../../contracts/api/operations.ts'
import { permissionAt } from '../../contracts/api/permissions.ts'
import { documentedGroups } from '../../contracts/permission-groups.ts'
import official from '../fixtures/official-document.json' with { type: 'json' }
import { type Api, startApi, team } from '../support/api.ts'

let api: Api
beforeAll(async () => {
  api = await startApi()
})
afterAll(() => api.emulator.close())

const [zone] = team.zones
const everywhere = {
  [`com.cloudflare.api.account.${team.id}`]: '*',
  'com.cloudflare.api.account.zone.*': '*',
} as const

async function tokenOf(
  groups: readonly string[],
  more: Partial<ApiTokenBody> = {},
): Promise<string> {
  const { value } = await api.emulator.control.createToken({
    body: {
      name: 'a token',
      policies: [{ permission_groups: groups.map((name) => ({ name })), resources: everywhere }],
      ...more,
    },
  })
  return value
}

const refused = {
  success: false,
  errors: [{ code: 10000, message: 'Authentication error' }],
}

const formOf = new Map(collections.map(({ param, keyForm }) => [param, keyForm]))
const unknownOf = (param: string) => {
  if (param === 'account_id') return team.id
  if (param === 'zone_id') return zone?.id ?? ''
  return formOf.get(param) === 'hex32' ? 'f'.repeat(32) : 'f174e90a-fafe-4643-bbbc-4a0ed4fc8415'
}
const filled = (path: string) => path.replaceAll(/\{(\w+)\}/g, (_, param) => unknownOf(param))

const calls = operations.flatMap((endpoint) =>
  pathsOf(endpoint).map((path) => {
    const { groups } = permissionAt(endpoint.method, path)
    return { method: endpoint.method, path, groups, id: endpoint.id }
  }),
)
const allGroups = [...new Set(calls.flatMap(({ groups }) => groups))]
const withPermission = calls.filter(({ groups }) => groups.length > 0)

describe('the permission groups', () => {
  test('are those of the official document, wherever it names any', () => {
    const named = Object.entries(official.paths).flatMap(([path, item]) =>
      Object.entries(item as Record<string, { 'x-api-token-group'?: string[] | null }>).flatMap(
        ([method, { 'x-api-token-group': groups }]) =>
          groups ? [{ call: `${method.toUpperCase()} ${path}`, groups }] : [],
      ),
    )
    expect(named.filter(({ call }) => call.includes('/access/'))).toHaveLength(137)
    for (const { call, groups } of named) {
      const ours = documentedGroups().get(call.replaceAll(/\{[^}]*\}/g, '{}'))
      expect(new Set(ours), call).toEqual(new Set(groups))
    }
  })

  test('every operation of Access has some', () => {
    const without = calls.filter(({ path, groups }) => path.includes('/access/') && !groups.length)
    expect(without).toEqual([])
  })
})

describe('with every permission but its own, an operation is refused; with any one of its own, it is not', () => {
  test.each(withPermission)('$method $path', async ({ method, path, groups }) => {
    const lacking = await tokenOf([
      'Something Else',
      ...allGroups.filter((each) => !groups.includes(each)),
    ])
    const answer = await api.send(method, filled(path), { token: lacking })
    expect(answer.status).toBe(403)
    expect(answer.body).toEqual(refused)
    for (const group of groups) {
      const enough = await api.send(method, filled(path), { token: await tokenOf([group]) })
      expect(enough.body, group).not.toEqual(refused)
      expect([200, 201, 202, 400, 404, 409, 501], group).toContain(enough.status)
    }
  })
})
