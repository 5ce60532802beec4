/** Policies at the gate: their order, bypass, and selectors that the request alone decides. */
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
  theNamed,
} from './applications.ts'

const machines = policy('non_identity', theNamed)
const { ip, country, commonName } = frontHeaders

describe('a deny policy', () => {
  const blocked = { include: [{ ip: { ip: '203.0.113.0/24' } }] }
  const applications = [
    app('above.example.com', [policy('deny', blocked.include), people]),
    app('below.example.com', [people, policy('deny', blocked.include)]),
    app('machines.example.com', [policy('deny', everyone), machines]),
    app('all.example.com', [policy('deny', everyone), people]),
  ]
  test.each([
    ['above an allow policy blocks before the login', 'above.example.com', '203.0.113.9', 403],
    ['above it lets others go on to the login', 'above.example.com', '198.51.100.9', 302],
    ['below an allow policy comes too late', 'below.example.com', '203.0.113.9', 302],
    ['for everyone leaves no login', 'all.example.com', '198.51.100.9', 403],
  ])('%s', async (_what, host, address, status) => {
    const world = await edgeFixture({ profile: 'observed', applications })
    expect((await world.send(host, { headers: { [ip]: address } })).status).toBe(status)
  })

  test('stands behind Service Auth policies, whatever the order', async () => {
    const world = await edgeFixture({ profile: 'observed', applications })
    expect((await world.send('machines.example.com', { pair: pairs.named })).status).toBe(200)
    expect((await world.send('machines.example.com', { pair: pairs.unnamed })).status).toBe(403)
  })

  test('above ends a JWT that was issued before, where it blocks by address', async () => {
    const world = await edgeFixture({ profile: 'observed', applications })
    const token = await world.signIn('ada@example.com', 'above.example.com')
    const from = (address: string) =>
      world.send('above.example.com', { token, headers: { [ip]: address } })
    expect((await from('198.51.100.9')).status).toBe(200)
    expect((await from('203.0.113.9')).status).toBe(403)
  })
})

describe('a bypass policy', () => {
  const applications = [
    app('open.example.com', [policy('bypass', everyone)]),
    app('office.example.com', [people, policy('bypass', [{ ip: { ip: '203.0.113.0/24' } }])]),
  ]

  test('admits anyone: no JWT, no cookie, a forged assertion removed, the pair forwarded', async () => {
    const world = await edgeFixture({ profile: 'observed', applications })
    const token = await world.signIn('ada@example.com', hosts.P)
    const { status, cookies, echo } = await world.send('open.example.com', {
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
    const ours = Object.keys(echo.headers).filter((name) => /assertion|email/.test(name))
    expect(ours).toEqual([])
  })

  test('goes before an allow policy, and only for those it includes', async () => {
    const world = await edgeFixture({ profile: 'observed', applications })
    const from = (address: string) =>
      world.send('office.example.com', { headers: { [ip]: address } })
    expect((await from('203.0.113.7')).status).toBe(200)
    expect((await from('198.51.100.7')).status).toBe(302)
  })
})

describe('a selector that the request decides', () => {
  const applications = [
    app('german.example.com', [
      policy('non_identity', everyone, { require: [{ geo: { country_code: 'DE' } }] }),
    ]),
    app('net.example.com', [policy('non_identity', [{ ip: { ip: '2001:db8::/32' } }])]),
    app('cert.example.com', [policy('non_identity', [{ certificate: {} }])]),
    app('named.example.com', [policy('non_identity', [{ common_name: { common_name: 'ada' } }])]),
    app('any.example.com', [policy('non_identity', [{ any_valid_service_token: {} }])]),
    app('both.example.com', [
      policy('non_identity', theNamed, { require: [{ geo: { country_code: 'DE' } }] }),
    ]),
    app('not.example.com', [
      policy('non_identity', [{ any_valid_service_token: {} }], { exclude: theNamed }),
    ]),
  ]
  test.each([
    ['geo', 'german.example.com', { [country]: 'DE' }, 200],
    ['geo, elsewhere', 'german.example.com', { [country]: 'FR' }, 403],
    ['geo, unknown', 'german.example.com', {}, 403],
    ['ip', 'net.example.com', { [ip]: '2001:db8::7' }, 200],
    ['ip, outside', 'net.example.com', { [ip]: '2001:db9::7' }, 403],
    ['ip, of another family', 'net.example.com', { [ip]: '203.0.113.7' }, 403],
    ['certificate', 'cert.example.com', { [commonName]: 'anyone' }, 200],
    ['certificate, none', 'cert.example.com', {}, 403],
    ['common_name', 'named.example.com', { [commonName]: 'ada' }, 200],
    ['common_name, another', 'named.example.com', { [commonName]: 'eve' }, 403],
    ['any_valid_service_token, no pair', 'any.example.com', {}, 403],
  ])('%s at %s', async (_what, host, headers, status) => {
    const world = await edgeFixture({ profile: 'observed', applications })
    expect((await world.send(host, { headers })).status).toBe(status)
  })

  test.each(['ada', 'eve'])(
    'is asked by explain as at the edge: a certificate of %s',
    async (name) => {
      const world = await edgeFixture({ profile: 'observed', applications })
      const headers = { [commonName]: name }
      const { status } = await world.send('named.example.com', { headers })
      const request = { url: 'https://named.example.com/', headers }
      const { verdict } = await world.emulator.control.explain({ body: { request } })
      expect([status, verdict]).toEqual(name === 'ada' ? [200, 'pass'] : [403, 'deny'])
    },
  )

  test.each([
    ['any pair is named', 'any.example.com', pairs.unnamed, {}, 200],
    ['a bad pair does not count', 'any.example.com', pairs.disabled, {}, 403],
    ['a requirement is satisfied', 'both.example.com', pairs.named, { [country]: 'DE' }, 200],
    ['a requirement is not met', 'both.example.com', pairs.named, { [country]: 'FR' }, 403],
    ['an exclusion holds', 'not.example.com', pairs.named, {}, 403],
    ['an exclusion is of another', 'not.example.com', pairs.unnamed, {}, 200],
  ])('with a pair: %s', async (_what, host, pair, headers, status) => {
    const world = await edgeFixture({ profile: 'observed', applications })
    expect((await world.send(host, { pair, headers })).status).toBe(status)
  })

  test('reaches the origin as the front end sent it', async () => {
    const world = await edgeFixture({ profile: 'observed', applications })
    const headers = { [ip]: '203.0.113.7', [country]: 'DE', 'cf-connecting-ip': '10.0.0.1' }
    const { echo } = await world.send('german.example.com', { headers })
    expect(echo.headers).toMatchObject({
      'cf-connecting-ip': '203.0.113.7',
      'cf-ipcountry': 'DE',
      'x-real-ip': '203.0.113.7',
    })
  })
})

test('a pass without identity by address or certificate gives no JWT', async () => {
  const applications = [app('net.example.com', [policy('non_identity', everyone)])]
  const world = await edgeFixture({ profile: 'observed', applications })
  const { status, cookies, echo } = await world.send('net.example.com')
  expect([status, cookies]).toEqual([200, []])
  expect(echo.headers['cf-access-jwt-assertion']).toBeUndefined()
})

test('a selector that cannot be evaluated never opens anything', async () => {
  const posture = [{ device_posture: { integration_uid: 'a-posture' } }]
  const applications = [
    app('include.example.com', [policy('non_identity', posture)]),
    app('require.example.com', [policy('non_identity', theNamed, { require: posture })]),
    app('exclude.example.com', [policy('non_identity', theNamed, { exclude: posture })]),
    app('deny.example.com', [policy('deny', posture), people]),
  ]
  const world = await edgeFixture({ profile: 'observed', applications })
  for (const { domain } of applications) {
    const answer = await world.send(domain ?? '', { pair: pairs.named })
    expect([domain, answer.status]).toEqual([domain, 403])
  }
})
