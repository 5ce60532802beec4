/** The official client with an API token that lacks a permission: the error that its users catch. */
import { PermissionDeniedError } from 'cloudflare'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { clientOf, openWitness, type Witness } from './official-client.ts'

let witness: Witness
beforeAll(async () => {
  witness = await openWitness()
})
afterAll(() => witness.emulator.close())

test('reads, and is refused where it writes', async () => {
  const { emulator, account_id } = witness
  const { value: apiToken } = await emulator.control.createToken({
    body: {
      name: 'read only',
      policies: [{ permission_groups: [{ name: 'Access: Apps and Policies Read' }] }],
    },
  })
  const { access } = clientOf(emulator, { apiToken, fetch, maxRetries: 0 }).zeroTrust
  const { result } = await access.applications.list({ account_id })
  expect(result).toHaveLength(3)
  const refused = access.tags.create({ account_id, name: 'x' })
  await expect(refused).rejects.toThrow(PermissionDeniedError)
  await expect(refused).rejects.toMatchObject({
    status: 403,
    errors: [{ code: 10000, message: 'Authentication error' }],
  })
  await expect(access.groups.list({ account_id })).rejects.toThrow(PermissionDeniedError)
})
