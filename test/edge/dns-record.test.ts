/** Behaviour `edge.requires_dns_record`: a host without a record answers nothing but the stand-in for NXDOMAIN. */
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { createEmulator, type Emulator } from '../../emulator/index.ts'

let emulator: Emulator
beforeAll(async () => {
  emulator = await createEmulator({
    seed: {
      accounts: [
        {
          name: 'Names',
          api_token: 'token-of-the-account-with-names',
          zones: [
            {
              name: 'example.com',
              dns_records: [
                { type: 'AAAA', name: 'app', content: '100::', proxied: true },
                { type: 'AAAA', name: '*', content: '100::', proxied: true },
              ],
            },
            { name: 'sub.example.com' },
          ],
          organization: { name: 'Names', auth_domain: 'names.cloudflareaccess.com' },
          applications: ['app.example.com', 'app.sub.example.com'].map((domain) => ({
            type: 'self_hosted' as const,
            domain,
          })),
        },
      ],
    },
  })
})
beforeEach(() => emulator.reset())
afterAll(() => emulator.close())

const status = async (url: string, init?: RequestInit) => (await emulator.fetch(url, init)).status
const require = (value: boolean | null) =>
  emulator.control.setBehaviours({ body: { 'edge.requires_dns_record': value } })

test('a host without a record is served, unless the behaviour says otherwise', async () => {
  expect(await status('https://app.sub.example.com/')).toBe(403)
  await require(true)
  const refused = await emulator.fetch('https://app.sub.example.com/')
  expect(refused.status).toBe(530)
  expect(await refused.text()).toBe('error code: 1016')
  expect(refused.headers.get('access-emulator-evidence')).toBe('emulator_only')
  await require(null)
  expect(await status('https://app.sub.example.com/')).toBe(403)
})

test('a host with a record of its own or under a wildcard is served', async () => {
  await require(true)
  expect(await status('https://app.example.com/')).toBe(403)
  expect(await status('https://any.example.com/')).toBe(200)
  // The wildcard is the other zone's.
  expect(await status('https://sub.example.com/')).toBe(530)
})

test('the paths of Access go with the host, the team domain stays', async () => {
  await require(true)
  const path = '/cdn-cgi/access/certs'
  expect(await status(`https://app.example.com${path}`)).toBe(200)
  expect(await status(`https://app.sub.example.com${path}`)).toBe(530)
  expect(await status(`https://names.cloudflareaccess.com${path}`)).toBe(200)
})

test('a record that is made or deleted acts at once', async () => {
  await require(true)
  const [, zone] = emulator.account.zones
  const path = `${emulator.url}/client/v4/zones/${zone?.id}/dns_records`
  const headers = {
    authorization: `Bearer ${emulator.account.api_token}`,
    'content-type': 'application/json',
  }
  const body = JSON.stringify({ type: 'A', name: 'app', content: '192.0.2.1', proxied: true })
  const made = await emulator.fetch(path, { method: 'POST', headers, body })
  expect(await status('https://app.sub.example.com/')).toBe(403)
  const { result } = (await made.json()) as { result: { id: string } }
  await emulator.fetch(`${path}/${result.id}`, { method: 'DELETE', headers })
  expect(await status('https://app.sub.example.com/')).toBe(530)
})
