/** Application settings at the gate: 401 instead of 403, preflights, the single header, cookies, deny URLs. */
import { describe, expect, test } from 'vitest'
import { profiles } from '../../contracts/behaviours/table.ts'
import {
  app,
  edgeFixture,
  everyone,
  pairs,
  people,
  policy,
  sharedEdge,
  theNamed,
} from './applications.ts'

const machines = policy('non_identity', theNamed)
const with401 = { service_auth_401_redirect: true }

describe('service_auth_401_redirect never replaces a login', () => {
  const applications = [
    app('m401.example.com', [machines], with401),
    app('t401.example.com', [policy('allow', theNamed)], with401),
    app('p401.example.com', [machines, people], with401),
  ]
  /** Beside what the contract cases send: the statuses at M, T and P. */
  const rows = [
    [
      'half a pair',
      { headers: { 'cf-access-client-id': pairs.named.client_id } },
      {
        expected: [401, 401, 302],
        observed: [401, 302, 302],
        strict: [401, 401, 401],
      },
    ],
    [
      'X-Requested-With',
      { headers: { 'x-requested-with': 'XMLHttpRequest' } },
      {
        expected: [403, 403, 401],
        observed: [401, 401, 401],
        strict: [401, 401, 401],
      },
    ],
  ] as const
  test.each(profiles.flatMap((profile) => rows.map((row) => [profile, ...row] as const)))(
    'in profile %s, with %s',
    async (profile, _, sending, statuses) => {
      const edge = await edgeFixture({ profile, applications })
      const found = ['m', 't', 'p'].map((letter) => edge.send(`${letter}401.example.com`, sending))
      expect((await Promise.all(found)).map(({ status }) => status)).toEqual(statuses[profile])
    },
  )

  test.each(profiles)(
    'and acts only beside a Service Auth policy, in profile %s',
    async (profile) => {
      const nobody = policy('deny', everyone)
      const office = policy('bypass', [{ ip: { ip: '192.0.2.1' } }])
      const edge = await edgeFixture({
        profile,
        applications: [
          app('closed.example.com', [nobody, office], with401),
          app('mixed.example.com', [nobody, machines], with401),
          app('empty.example.com', [], with401),
        ],
      })
      const statusOf = async (host: string) =>
        (await edge.send(host, { pair: pairs.unnamed })).status
      expect(await statusOf('closed.example.com')).toBe(403)
      expect(await statusOf('empty.example.com')).toBe(403)
      expect(await statusOf('mixed.example.com')).toBe(profile === 'strict' ? 403 : 401)
    },
  )
})

describe('a preflight', () => {
  const cors_headers = {
    allowed_origins: ['https://web.example.com'],
    allowed_methods: ['GET', 'PUT'],
    allowed_headers: ['x-one', 'x-two'],
    allow_credentials: true,
    max_age: 600,
  }
  const applications = [
    app('bypass.example.com', [machines], { options_preflight_bypass: true }),
    app('cors.example.com', [machines], { cors_headers }),
    app('anything.example.com', [machines, people], {
      cors_headers: { allow_all_origins: true, allow_all_methods: true, allow_all_headers: true },
    }),
  ]
  const edge = sharedEdge({ profile: 'observed', applications })
  const preflight = (origin = 'https://web.example.com') => ({
    method: 'OPTIONS',
    headers: {
      origin,
      'access-control-request-method': 'PUT',
      'access-control-request-headers': 'x-one',
    },
  })
  const vary = 'Origin, Access-Control-Request-Method, Access-Control-Request-Headers'

  test('goes to the origin with options_preflight_bypass, and nothing else does', async () => {
    const opened = await edge().send('bypass.example.com', preflight())
    expect([opened.status, opened.echo.headers['cf-access-jwt-assertion']]).toEqual([
      200,
      undefined,
    ])
    expect((await edge().send('bypass.example.com', { method: 'OPTIONS' })).status).toBe(200)
    expect((await edge().send('bypass.example.com', { method: 'POST' })).status).toBe(403)
  })

  test('is answered by Access with cors_headers', async () => {
    const { status, headers, text } = await edge().send('cors.example.com', preflight())
    expect([status, text]).toEqual([200, ''])
    expect(headers).toMatchObject({
      'access-control-allow-origin': 'https://web.example.com',
      'access-control-allow-methods': 'GET, PUT',
      'access-control-allow-headers': 'x-one, x-two',
      'access-control-allow-credentials': 'true',
      'access-control-max-age': '600',
      vary,
    })
  })

  test('from another origin is allowed nothing', async () => {
    const { headers } = await edge().send('cors.example.com', preflight('https://evil.example'))
    expect(headers['access-control-allow-origin']).toBeUndefined()
    expect(headers['access-control-allow-credentials']).toBeUndefined()
    expect(headers.vary).toBe(vary)
  })

  test('gets everything it asks for if all is allowed', async () => {
    const { headers } = await edge().send('anything.example.com', preflight('https://any.example'))
    expect(headers).toMatchObject({
      'access-control-allow-origin': 'https://any.example',
      'access-control-allow-methods': 'PUT',
      'access-control-allow-headers': 'x-one',
    })
  })

  test('without a requested method is not a preflight', async () => {
    expect((await edge().send('cors.example.com', { method: 'OPTIONS' })).status).toBe(403)
  })
})

describe('read_service_tokens_from_header', () => {
  const applications = [
    app('single.example.com', [machines], { read_service_tokens_from_header: 'X-Pair' }),
    app('auth.example.com', [machines], { read_service_tokens_from_header: 'Authorization' }),
  ]
  const { client_id, client_secret } = pairs.named
  const edge = sharedEdge({ profile: 'observed', applications })
  const lower = { 'cf-access-client-id': client_id, 'cf-access-client-secret': client_secret }

  test.each<[string, Record<string, string>]>([
    ['text that is not JSON', { 'x-pair': `${client_id}:${client_secret}` }],
    ['a wrong secret', { 'x-pair': JSON.stringify({ ...lower, 'cf-access-client-secret': 'x' }) }],
    ['another header', { 'x-other': JSON.stringify(lower) }],
  ])('is no pair as %s', async (_what, headers) => {
    expect((await edge().send('single.example.com', { headers })).status).toBe(403)
  })

  test('is kept from the origin, and the two headers still work', async () => {
    const headers = { authorization: JSON.stringify(lower) }
    const { status, echo } = await edge().send('auth.example.com', { headers })
    expect(status).toBe(200)
    expect(echo.headers.authorization).toBeUndefined()
    expect(echo.claims?.common_name).toBe(client_id)
    expect((await edge().send('auth.example.com', { pair: pairs.named })).status).toBe(200)
  })

  test('does not read the header for other applications', async () => {
    const headers = { 'x-pair': JSON.stringify(lower) }
    expect((await edge().send('m.example.com', { headers })).status).toBe(403)
  })
})

describe('the CF_Authorization cookie of a pair', () => {
  const bypass = policy('bypass', everyone)
  const applications = [
    app('site.example.com', [machines], { same_site_cookie_attribute: 'strict' }),
    app('path.example.com/deep/er', [machines], { path_cookie_attribute: true }),
    app('path.example.com/plain', [machines]),
    app('path.example.com', [bypass]),
    app('hour.example.com', [machines], { session_duration: '1h' }),
    app('short.example.com', [policy('non_identity', theNamed, { session_duration: '30m' })], {
      session_duration: '6h',
    }),
  ]
  const edge = sharedEdge({ profile: 'observed', applications })
  const cookieAt = async (host: string, path = '/') =>
    (await edge().send(host, { path, pair: pairs.named })).cookies[0]?.replace(/=[^;]*/, '')

  test.each([
    ['the application’s SameSite', 'site.example.com', '/', 'Path=/; Secure; SameSite=strict'],
    [
      'the application’s path',
      'path.example.com',
      '/deep/er/still',
      'Path=/deep/er; Secure; SameSite=none',
    ],
    ['no path of its own', 'path.example.com', '/plain', 'Path=/; Secure; SameSite=none'],
  ])('has %s', async (_what, host, path, attributes) => {
    const cookie = await cookieAt(host, path)
    expect(cookie).toBe(`CF_Authorization; Expires=Wed, 25 Nov 2026 10:00:00 GMT; ${attributes}`)
  })

  test.each([
    ['the application', 'hour.example.com', 'Tue, 24 Nov 2026 11:00:00 GMT', 3600],
    ['the policy, which goes first', 'short.example.com', 'Tue, 24 Nov 2026 10:30:00 GMT', 1800],
  ])('lives as long as the session of %s', async (_what, host, expires, seconds) => {
    const { cookies, echo } = await edge().send(host, { pair: pairs.named })
    expect(cookies[0]).toContain(`Expires=${expires};`)
    const { iat = 0, exp } = echo.claims ?? {}
    expect(exp).toBe(iat + seconds)
  })
})
