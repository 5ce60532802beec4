/** Each operation with an API token that lacks its permission, and with one that has any one of the sufficient ones. */
import { describe, expect, test } from 'vitest'
import { operations, pathsOf } from '../../contracts/api/operations.ts'
import { documentedGroups } from '../../contracts/api/permission-groups.ts'
import { permissionAt } from '../../contracts/api/permissions.ts'
import official from '../fixtures/official-document.json' with { type: 'json' }
import { useApi } from '../support/api.ts'
import { everyGroup, everywhere, permittedCalls } from '../support/permissions.ts'

const api = useApi({ resets: false })

async function tokenWith(groups: readonly string[]): Promise<string> {
  const permission_groups = groups.map((name) => ({ name }))
  const { value } = await api.emulator.control.createToken({
    body: { name: 'a token', policies: [{ permission_groups, resources: everywhere }] },
  })
  return value
}

const refused = {
  success: false,
  errors: [{ code: 10000, message: 'Authentication error' }],
}

describe('the permission groups', () => {
  type Item = Readonly<Record<string, { 'x-api-token-group'?: string[] | null }>>

  test('are those of the official document, wherever it names any', () => {
    const named = Object.entries(official.paths).flatMap(([path, item]) =>
      Object.entries(item as Item).flatMap(([method, { 'x-api-token-group': groups }]) =>
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
    const without = operations.flatMap(({ method, ...endpoint }) =>
      pathsOf(endpoint).filter(
        (path) => path.includes('/access/') && permissionAt(method, path).groups.length === 0,
      ),
    )
    expect(without).toEqual([])
  })
})

describe('with every permission but its own, an operation is refused; with any one of its own, it is not', () => {
  test.each(permittedCalls)('$method $operation', async ({ method, path, groups }) => {
    const others = everyGroup.filter((each) => !groups.includes(each))
    const answer = await api.send(method, path, { token: await tokenWith(['Other', ...others]) })
    expect(answer.status).toBe(403)
    expect(answer.body).toEqual(refused)
    for (const group of groups) {
      const enough = await api.send(method, path, { token: await tokenWith([group]) })
      expect(enough.body, group).not.toEqual(refused)
      expect([200, 201, 202, 400, 404, 409], group).toContain(enough.status)
    }
  })
})
