/** What the doctor says, and does not do, where a program signs a person in. */
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { diagnose } from '../../../client/doctor/diagnose.ts'
import { createEmulator, type Emulator } from '../../../emulator/index.ts'
import { authorization, connected, registration } from './cases-programs.ts'
import { record } from './record.ts'
import { doctorFixture, type Fixture, people, type Request } from './situation.ts'

let emulator: Emulator
let fixture: Fixture
beforeAll(async () => {
  emulator = await createEmulator({
    profile: 'observed',
    behaviours: { 'transfer.hold_seconds': 0 },
    seed: 'example',
    at: '2026-01-02T03:04:05Z',
  })
})
beforeEach(async () => {
  await emulator.reset()
  fixture = doctorFixture(emulator, 'observed')
})
afterAll(() => emulator.close())

async function diagnosed(url: string, requests: readonly Request[]) {
  const observed = requests.length === 0 ? undefined : await record(emulator, requests, 'har')
  return diagnose({ url, target: fixture.target, observed })
}

test('an old token and a revoked one look alike without the exchange that gave the token', async () => {
  const { url, request } = await connected(fixture)
  await fixture.pass(20 * 60)
  const { causes } = await diagnosed(url, [request])
  expect(causes.map(({ id, alike }) => ({ id, alike }))).toEqual([
    { id: 'oauth-token-expired', alike: ['oauth-token-revoked'] },
    { id: 'oauth-token-revoked', alike: ['oauth-token-expired'] },
  ])
})

test('with it, the age of the token is the proof, and the token itself stays out of it', async () => {
  const { url, request, kept, access_token } = await connected(fixture)
  await fixture.pass(20 * 60)
  const { causes } = await diagnosed(url, [kept, request])
  expect(causes).toHaveLength(1)
  expect(causes[0]).toMatchObject({ id: 'oauth-token-expired', confidence: 0.95 })
  expect(causes[0]?.proof).toContain(
    'The token was issued 1200 seconds earlier; its expires_in is 900.',
  )
  expect(JSON.stringify(causes)).not.toContain(access_token)
})

const transfer = `https://login.cloudflareaccess.org/transfer/${'A'.repeat(43)}=`

test('the doctor never polls the transfer service: a poll takes the tokens', async () => {
  const bare = await diagnosed(transfer, [])
  expect(bare).toMatchObject({ healthy: false, causes: [], probes: 0 })
  const { causes, probes } = await diagnosed(transfer, [{ url: transfer }])
  expect(probes).toBe(0)
  expect(causes.map(({ id }) => id)).toEqual(['transfer-pending'])
  expect(causes[0]?.proof.join()).not.toContain('AAAA')
  const polls = (await emulator.control.readJournal()).result.filter(
    ({ operation }) => operation === 'transfer.take',
  )
  expect(polls).toHaveLength(1)
})

test('a client whose redirect URI is refused could register itself', async () => {
  await fixture.application([], {
    oauth_configuration: { enabled: true, dynamic_client_registration: { enabled: true } },
  })
  const { causes, healthy, probes } = await diagnosed(
    `https://${fixture.team}/cdn-cgi/access/oauth/registration`,
    [registration(fixture)],
  )
  expect({ causes, healthy, probes }).toEqual({ causes: [], healthy: false, probes: 1 })
})

test('with an API token the proof says what the application allows', async () => {
  const { application, client_id } = await connected(fixture)
  await fixture.api.applications.replace({
    app_id: application.id,
    body: {
      type: 'self_hosted',
      name: 'Changed',
      domain: fixture.host,
      oauth_configuration: {
        enabled: true,
        dynamic_client_registration: { allowed_uris: ['https://client.example/*'] },
      },
    },
  })
  const { account } = emulator
  const url = authorization(fixture, client_id)
  const { causes } = await diagnose({
    url,
    target: fixture.target,
    observed: await record(emulator, [{ url }], 'curl'),
    api: { account_id: account.id, apiToken: account.api_token },
  })
  expect(causes).toHaveLength(1)
  expect(causes[0]?.id).toBe('oauth-redirect-not-allowed')
  expect(causes[0]?.proof).toContain(
    'allowed_uris of the application "Changed" are https://client.example/*.',
  )
})

test('a login that ends at the root of the application, without a code, lacked the resource', async () => {
  await emulator.control.setBehaviours({ body: { 'oauth.resource_missing': 'application_root' } })
  const { client_id, cookies } = await connected(fixture)
  const url = authorization(fixture, client_id, { resource: '' })
  const { causes } = await diagnosed(url, [{ url, headers: { cookie: cookies } }])
  expect(causes.map(({ id }) => id)).toEqual(['oauth-resource-missing'])
  expect(causes[0]?.proof).toContain('It leads to the root of the application, without a code.')
})

test('a request for a code that is sent to the login is no failure', async () => {
  const { client_id } = await connected(fixture)
  const url = authorization(fixture, client_id, { resource: '' })
  await emulator.control.setBehaviours({ body: { 'oauth.resource_missing': 'application_root' } })
  const { causes, healthy } = await diagnosed(url, [{ url }])
  expect({ causes, healthy }).toEqual({ causes: [], healthy: true })
})

test('metadata from the future is as stale as that of long ago, by the clock of this machine', async () => {
  await fixture.application([people])
  const url = `https://${fixture.host}/`
  const headers = { 'cf-access-metadata-request': 'true' }
  const at = async (now: string) => {
    const observed = await record(emulator, [{ method: 'HEAD', url, headers }], 'har')
    const clock = { now: () => Date.parse(now), sleep: async () => {} }
    return diagnose({ url, target: fixture.target, observed, clock })
  }
  await emulator.control.setBehaviours({ body: { 'programs.clock': 'emulator' } })
  const idsAt = async (now: string) => (await at(now)).causes.map(({ id }) => id)
  expect(await idsAt('2026-01-02T02:59:00Z')).toEqual(['metadata-stale'])
  expect(await idsAt('2026-01-02T03:00:00Z')).toEqual([])
  expect(await idsAt('2026-01-03T03:04:00Z')).toEqual([])
  expect(await idsAt('2026-01-03T03:05:00Z')).toEqual(['metadata-stale'])
})
