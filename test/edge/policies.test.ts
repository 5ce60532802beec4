/** Policies at the gate: what of a request reaches the decision, and what of it the origin gets. */
import { describe, expect, test } from 'vitest'
import { frontHeaders } from '../../emulator/edge/request.ts'
import {
  app,
  edgeFixture,
  everyone,
  hosts,
  pairs,
  people,
  policy,
  type Sending,
  sharedEdge,
  theNamed,
} from './applications.ts'

const { ip, country, commonName } = frontHeaders
const inGermany = { require: [{ geo: { country_code: 'DE' } }] }
const office = [{ ip: { ip: '203.0.113.0/24' } }]

const applications = [
  app('blocked.example.com', [policy('deny', office), people]),
  app('open.example.com', [policy('bypass', everyone)]),
  app('office.example.com', [people, policy('bypass', office)]),
  app('german.example.com', [policy('non_identity', everyone, inGermany)]),
  app('net.example.com', [policy('non_identity', [{ ip: { ip: '2001:db8::/32' } }])]),
  app('cert.example.com', [policy('non_identity', [{ certificate: {} }])]),
  app('named.example.com', [policy('non_identity', [{ common_name: { common_name: 'ada' } }])]),
  app('any.example.com', [policy('non_identity', [{ any_valid_service_token: {} }])]),
  app('both.example.com', [policy('non_identity', theNamed, inGermany)]),
]
const edge = sharedEdge({ profile: 'observed', applications })

test.each<[string, string, Sending, number]>([
  ['a blocked address', 'blocked', { headers: { [ip]: '203.0.113.9' } }, 403],
  ['another address', 'blocked', { headers: { [ip]: '198.51.100.9' } }, 302],
  ['an address that a bypass names', 'office', { headers: { [ip]: '203.0.113.7' } }, 200],
  ['an address that it does not name', 'office', { headers: { [ip]: '198.51.100.7' } }, 302],
  ['an address of IPv6', 'net', { headers: { [ip]: '2001:db8::7' } }, 200],
  ['an address of another family', 'net', { headers: { [ip]: '203.0.113.7' } }, 403],
  ['a country', 'german', { headers: { [country]: 'DE' } }, 200],
  ['another country', 'german', { headers: { [country]: 'FR' } }, 403],
  ['no country', 'german', {}, 403],
  ['a certificate', 'cert', { headers: { [commonName]: 'anyone' } }, 200],
  ['no certificate', 'cert', {}, 403],
  ['a common name', 'named', { headers: { [commonName]: 'ada' } }, 200],
  ['another common name', 'named', { headers: { [commonName]: 'eve' } }, 403],
  ['any pair', 'any', { pair: pairs.unnamed }, 200],
  ['a bad pair', 'any', { pair: pairs.disabled }, 403],
  ['a pair in the right country', 'both', { pair: pairs.named, headers: { [country]: 'DE' } }, 200],
  ['a pair in a wrong one', 'both', { pair: pairs.named, headers: { [country]: 'FR' } }, 403],
])('%s, at %s', async (_, name, sending, status) => {
  expect((await edge().send(`${name}.example.com`, sending)).status).toBe(status)
})

test('a JWT that was issued before ends where a deny policy blocks by address', async () => {
  const token = await edge().signIn('ada@example.com', 'blocked.example.com')
  const from = (address: string) =>
    edge().send('blocked.example.com', { token, headers: { [ip]: address } })
  expect((await from('198.51.100.9')).status).toBe(200)
  expect((await from('203.0.113.9')).status).toBe(403)
})

test('a bypass removes a forged assertion and email, in either spelling, and forwards the pair', async () => {
  const token = await edge().signIn('ada@example.com', hosts.P)
  const { status, cookies, echo } = await edge().send('open.example.com', {
    pair: pairs.named,
    headers: {
      'Cf-Access-Jwt-Assertion': token,
      cf_access_jwt_assertion: token,
      'Cf-Access-Authenticated-User-Email': 'eve@example.com',
    },
  })
  expect([status, cookies, echo.claims]).toEqual([200, [], null])
  expect(echo.headers).toMatchObject({
    'cf-access-client-id': pairs.named.client_id,
    'cf-access-client-secret': pairs.named.client_secret,
  })
  expect(Object.keys(echo.headers).filter((name) => /assertion|email/.test(name))).toEqual([])
})

test('the origin gets address and country as the front end sent them, and not its headers', async () => {
  const headers = { [ip]: '203.0.113.7', [country]: 'DE', 'cf-connecting-ip': '10.0.0.1' }
  const { cookies, echo } = await edge().send('german.example.com', { headers })
  expect(echo.headers).toMatchObject({
    'cf-connecting-ip': '203.0.113.7',
    'cf-ipcountry': 'DE',
    'x-real-ip': '203.0.113.7',
  })
  expect(Object.keys(echo.headers).filter((name) => name.startsWith('access-emulator-'))).toEqual(
    [],
  )
  // A pass without identity gives no JWT.
  expect(cookies).toEqual([])
  expect(echo.headers['cf-access-jwt-assertion']).toBeUndefined()
})

test('without a front end, clients are where the emulator’s options say', async () => {
  const abroad = await edgeFixture({ country: 'DE', applications })
  const { status, echo } = await abroad.send('german.example.com')
  expect([status, echo.headers['cf-ipcountry']]).toEqual([200, 'DE'])
})

describe('a selector that cannot be evaluated never opens', () => {
  const posture = [{ device_posture: { integration_uid: 'a-posture' } }]
  test.each([
    ['an include', [policy('non_identity', posture)]],
    ['a require', [policy('non_identity', theNamed, { require: posture })]],
    ['an exclude', [policy('non_identity', theNamed, { exclude: posture })]],
    ['a deny policy', [policy('deny', posture), people]],
  ])('%s', async (_, policies) => {
    const { send } = await edgeFixture({
      profile: 'observed',
      applications: [app('posture.example.com', policies)],
    })
    expect((await send('posture.example.com', { pair: pairs.named })).status).toBe(403)
  })
})
