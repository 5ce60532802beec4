/** DNS records and Worker routes in seeds. */
import { afterEach, describe, expect, test } from 'vitest'
import { recordCovers } from '../../emulator/access/dns.ts'
import { createEmulator, type Emulator } from '../../emulator/index.ts'

let emulator: Emulator | undefined
afterEach(() => emulator?.close())

async function listed(path: string): Promise<Record<string, string>[]> {
  const [zone] = emulator?.account.zones ?? []
  const answer = await fetch(`${emulator?.url}/client/v4/zones/${zone?.id}/${path}`, {
    headers: { authorization: `Bearer ${emulator?.account.api_token}` },
  })
  return ((await answer.json()) as { result: Record<string, string>[] }).result
}

describe.each([
  { seed: 'example', routes: ['machines.example.com/*'] },
  {
    seed: 'ticket',
    routes: ['staging-apex.cloudcache.ai/*', 'staging-website.cloudcache.ai/*'],
  },
])('Seed $seed', ({ seed, routes }) => {
  test('has a proxied record for the host of each application', async () => {
    emulator = await createEmulator({ seed })
    const records = await listed('dns_records')
    const named = records.map(({ name = '', type = '' }) => ({ name, type }))
    for (const { domain } of emulator.account.applications) {
      expect({ domain, covered: recordCovers(named, (domain ?? '').split('/')[0] ?? '') }).toEqual({
        domain,
        covered: true,
      })
    }
    expect(new Set(records.map(({ proxied }) => proxied))).toEqual(new Set([true]))
  })

  test('has the Worker routes of its hosts', async () => {
    emulator = await createEmulator({ seed })
    expect((await listed('workers/routes')).map(({ pattern }) => pattern)).toEqual(routes)
  })
})

test('Seed ticket answers AAAA 100:: for its application', async () => {
  emulator = await createEmulator({ seed: 'ticket' })
  expect(await listed('dns_records?name=staging-apex.cloudcache.ai')).toMatchObject([
    { type: 'AAAA', content: '100::', proxied: true },
  ])
})

test.each([
  [
    { dns_records: [{ type: 'A', name: 'x', content: 'nowhere' }] },
    /accounts\.0\.zones\.0\.dns_records\.0: Content for A record must be a valid IPv4 address/,
  ],
  [
    { worker_routes: [{ pattern: 'example.org/*' }] },
    /accounts\.0\.zones\.0\.worker_routes\.0: Route pattern must include zone name/,
  ],
])('an error in a seed’s zone names its place: %o', async (more, message) => {
  const zones = [{ name: 'example.com', ...more }]
  await expect(createEmulator({ seed: { accounts: [{ name: 'A', zones }] } })).rejects.toThrow(
    message,
  )
})

test('reset brings records and routes back', async () => {
  emulator = await createEmulator({ seed: 'ticket' })
  const before = [await listed('dns_records'), await listed('workers/routes')]
  const [zone] = emulator.account.zones
  for (const [index, path] of ['dns_records', 'workers/routes'].entries()) {
    const id = before[index]?.[0]?.id
    await fetch(`${emulator.url}/client/v4/zones/${zone?.id}/${path}/${id}`, {
      method: 'DELETE',
      headers: { authorization: `Bearer ${emulator.account.api_token}` },
    })
    expect(await listed(path)).toHaveLength(1)
  }
  await emulator.reset()
  expect([await listed('dns_records'), await listed('workers/routes')]).toEqual(before)
})
