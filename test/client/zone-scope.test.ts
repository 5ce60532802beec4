/** The typed client on operations that exist only for zones. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createApiClient } from '../../client/api/api.ts'
import { AccessUsageError } from '../../client/transport/errors.ts'
import { createEmulator, type Emulator } from '../../emulator/index.ts'

let emulator: Emulator
beforeAll(async () => {
  emulator = await createEmulator({ seed: 'ticket' })
})
afterAll(() => emulator.close())

const client = (more: { account_id?: string; zone_id?: string | undefined }) =>
  createApiClient({
    fetch: globalThis.fetch,
    baseUrl: `${emulator.url}/client/v4`,
    apiToken: emulator.account.api_token,
    env: {},
    ...more,
  })

test('go to the zone, even if an account is given', async () => {
  const [zone] = emulator.account.zones
  const api = client({ account_id: emulator.account.id, zone_id: zone?.id })
  const query = { 'name.startswith': 'staging-apex' }
  const found: string[] = []
  for await (const { name } of api.dnsRecords.list({ query })) found.push(name)
  expect(found).toEqual(['staging-apex.cloudcache.ai'])
  // Without pages it is a promise.
  expect(await api.workerRoutes.list()).toHaveLength(2)
  const urls = api.answers().map(({ url }) => new URL(url).pathname)
  expect(new Set(urls)).toEqual(
    new Set([
      `/client/v4/zones/${zone?.id}/dns_records`,
      `/client/v4/zones/${zone?.id}/workers/routes`,
    ]),
  )
})

test('need a zone, and say so', async () => {
  const api = client({ account_id: emulator.account.id })
  await expect(api.workerRoutes.list()).rejects.toThrow(AccessUsageError)
  await expect(api.workerRoutes.list()).rejects.toThrow('workerRoutes.list needs a zone.')
})
