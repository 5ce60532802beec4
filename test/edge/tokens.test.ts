/** Application tokens at the gate: users, revocation, expiry, rotation of the signing keys. */
import { createLocalJWKSet, decodeProtectedHeader, jwtVerify, SignJWT, UnsecuredJWT } from 'jose'
import { describe, expect, test } from 'vitest'
import { api } from '../../contracts/api/operations.ts'
import type { Certs } from '../../contracts/edge/claims.ts'
import {
  app,
  type EdgeFixture,
  edgeFixture,
  hosts,
  pairs,
  people,
  policy,
  start,
  startSeconds,
  team,
  theNamed,
} from './applications.ts'

const day = 86_400
const email = 'ada@example.com'

async function certsOf(edge: EdgeFixture): Promise<Certs> {
  const { text } = await edge.send(team, { path: '/cdn-cgi/access/certs' })
  return JSON.parse(text) as Certs
}

/** As an origin verifies it, with the current certs. */
async function verifies(edge: EdgeFixture, token: string): Promise<boolean> {
  const keys = createLocalJWKSet({ keys: (await certsOf(edge)).keys })
  const currentDate = new Date(start)
  return jwtVerify(token, keys, { algorithms: ['RS256'], currentDate }).then(
    () => true,
    () => false,
  )
}

describe('a person', () => {
  test('holds a JWT of a list of AUD tags, without typ', async () => {
    const edge = await edgeFixture()
    const token = await edge.signIn(email, hosts.P)
    expect(Object.keys(decodeProtectedHeader(token))).toEqual(['alg', 'kid'])
    const { echo } = await edge.send(hosts.P, { token })
    expect(echo.claims).toMatchObject({
      aud: [edge.aud(hosts.P)],
      email,
      type: 'app',
      iss: `https://${team}`,
      iat: startSeconds,
      nbf: startSeconds,
      exp: startSeconds + day,
      sub: expect.stringMatching(/^[0-9a-f-]{36}$/),
      identity_nonce: expect.stringMatching(/^[0-9A-Za-z]{16}$/),
    })
    expect(echo.claims).not.toHaveProperty('common_name')
  })

  test('reaches the origin as email, JWT and cookie, never as forged headers', async () => {
    const edge = await edgeFixture()
    const token = await edge.signIn(email, hosts.P)
    const { echo, cookies } = await edge.send(hosts.P, {
      headers: {
        cookie: `a=b; CF_Authorization=${token}; CF_Binding=x`,
        'Cf-Access-Authenticated-User-Email': 'eve@example.com',
        'Cf-Access-Jwt-Assertion': 'forged',
        'Cf-Access-Something': 'forged',
      },
    })
    expect(cookies).toEqual([])
    expect(echo.headers).toMatchObject({
      'cf-access-authenticated-user-email': email,
      'cf-access-jwt-assertion': token,
      cookie: `a=b; CF_Authorization=${token}`,
    })
    expect(echo.headers).not.toHaveProperty('cf-access-something')
  })

  test('opens only the application that the JWT is for', async () => {
    const wiki = 'wiki.example.com'
    const edge = await edgeFixture({ applications: [app(wiki, [people])] })
    const token = await edge.signIn(email, wiki)
    expect((await edge.send(wiki, { token })).status).toBe(200)
    expect((await edge.send(hosts.P, { token })).status).toBe(302)
  })

  test.each(['observed', 'strict'] as const)(
    'is not let in at M in profile %s',
    async (profile) => {
      const mixed = 'mixed.example.com'
      const edge = await edgeFixture({ profile, applications: [app(mixed, [people])] })
      const token = await edge.signIn(email, mixed)
      expect((await edge.send(mixed, { token })).status).toBe(200)
      await edge.change(mixed, {
        policies: [policy('non_identity', [{ any_valid_service_token: {} }])],
      })
      expect((await edge.send(mixed, { token })).status).toBe(403)
    },
  )
})

describe('a forged JWT', () => {
  test('opens nothing', async () => {
    const edge = await edgeFixture()
    const token = await edge.tokenFor(hosts.P)
    const [head = '', payload = '', signature = ''] = token.split('.')
    const { kid = '' } = decodeProtectedHeader(token)
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as Record<
      string,
      unknown
    >
    const secret = new TextEncoder().encode((await certsOf(edge)).public_cert.cert)
    const other = Buffer.from(JSON.stringify({ ...claims, exp: startSeconds + 9 * day }))
    const forgeries = {
      'changed claims': `${head}.${other.toString('base64url')}.${signature}`,
      'no signature': `${head}.${payload}.`,
      'no algorithm': new UnsecuredJWT(claims).encode(),
      'a public key as secret': await new SignJWT(claims)
        .setProtectedHeader({ alg: 'HS256', kid })
        .sign(secret),
      meta:
        new URL((await edge.send(hosts.P)).headers.location ?? '').searchParams.get('meta') ?? '',
    }
    for (const [what, forged] of Object.entries(forgeries)) {
      expect([what, (await edge.send(hosts.P, { token: forged })).status]).toEqual([what, 302])
    }
    expect((await edge.send(hosts.P, { token })).status).toBe(200)
  })

  test('next to a good pair is replaced', async () => {
    const edge = await edgeFixture({ profile: 'observed' })
    const headers = { 'cf-access-jwt-assertion': 'bogus' }
    const { status, echo } = await edge.send(hosts.M, { pair: pairs.named, headers })
    expect(status).toBe(200)
    expect(echo.headers['cf-access-jwt-assertion']).toMatch(/^ey/)
  })
})

describe('revoke_tokens', () => {
  test('ends every JWT of the application in the same second, and no pair', async () => {
    const edge = await edgeFixture({ profile: 'observed' })
    const tokens = [await edge.tokenFor(hosts.P), await edge.signIn(email, hosts.P)]
    await edge.api(api.applications.revokeTokens, { params: { app_id: edge.id(hosts.P) } })
    for (const token of tokens) expect((await edge.send(hosts.P, { token })).status).toBe(302)
    const anew = await edge.tokenFor(hosts.P)
    expect((await edge.send(hosts.P, { token: anew })).status).toBe(200)
    const again = await edge.signIn(email, hosts.P)
    expect((await edge.send(hosts.P, { token: again })).status).toBe(200)
  })

  test('ends no JWT of another application', async () => {
    const edge = await edgeFixture({ profile: 'expected' })
    const token = await edge.tokenFor(hosts.M)
    await edge.api(api.applications.revokeTokens, { params: { app_id: edge.id(hosts.P) } })
    expect((await edge.send(hosts.M, { token })).status).toBe(200)
  })
})

describe('the clock', () => {
  test('ends a JWT at exp and not before', async () => {
    const edge = await edgeFixture({ profile: 'observed' })
    const token = await edge.tokenFor(hosts.P)
    await edge.advance(day - 1)
    expect((await edge.send(hosts.P, { token })).status).toBe(200)
    await edge.advance(1)
    expect((await edge.send(hosts.P, { token })).status).toBe(302)
  })

  test('expires a service token after its duration, in each profile like a bad pair', async () => {
    const statuses = { expected: 302, observed: 302, strict: 401 } as const
    for (const profile of ['expected', 'observed', 'strict'] as const) {
      const open = 'open.example.com'
      const any = policy('non_identity', [{ any_valid_service_token: {} }])
      const edge = await edgeFixture({ profile, applications: [app(open, [any, people])] })
      await edge.advance(3599)
      expect((await edge.send(open, { pair: pairs.short })).status).toBe(200)
      await edge.advance(1)
      expect((await edge.send(open, { pair: pairs.short })).status).toBe(statuses[profile])
    }
  })

  test('dates the responses', async () => {
    const edge = await edgeFixture()
    await edge.advance(90)
    const { headers, cookies } = await edge.send(hosts.P)
    expect(headers.date).toBe('Tue, 24 Nov 2026 10:01:30 GMT')
    expect(cookies[0]).toContain('Expires=Wed, 25 Nov 2026 10:01:30 GMT')
  })
})

describe('rotation of the keys', () => {
  const month = app('month.example.com', [policy('non_identity', theNamed), people], {
    session_duration: '720h',
  })
  const host = month.domain ?? ''

  test.each([
    ['by hand', (edge: EdgeFixture) => edge.api(api.keys.rotate)],
    ['by the clock, after 42 days', (edge: EdgeFixture) => edge.advance(42 * day)],
  ])('%s makes the current key the previous one and signs with a new one', async (_how, rotate) => {
    const edge = await edgeFixture({ applications: [month] })
    const before = await certsOf(edge)
    const kidOf = async () => decodeProtectedHeader(await edge.tokenFor(host)).kid
    expect(await kidOf()).toBe(before.public_cert.kid)
    await rotate(edge)
    const after = await certsOf(edge)
    expect(after.keys).toHaveLength(2)
    expect(after.keys[0]?.kid).toBe(before.public_cert.kid)
    expect(after.keys[1]?.kid).toBe(after.public_cert.kid)
    expect(before.keys.map(({ kid }) => kid)).not.toContain(after.public_cert.kid)
    expect(await kidOf()).toBe(after.public_cert.kid)
  })

  test('leaves the previous key good for seven days', async () => {
    const edge = await edgeFixture({ applications: [month] })
    const token = await edge.tokenFor(host)
    await edge.api(api.keys.rotate)
    await edge.advance(7 * day - 1)
    expect((await edge.send(host, { token })).status).toBe(200)
    expect(await verifies(edge, token)).toBe(true)
    await edge.advance(1)
    expect((await edge.send(host, { token })).status).toBe(302)
    expect(await verifies(edge, token)).toBe(false)
    expect((await certsOf(edge)).keys).toHaveLength(2)
  })

  test('twice by hand ends what was signed before', async () => {
    const edge = await edgeFixture({ applications: [month] })
    const token = await edge.tokenFor(host)
    await edge.api(api.keys.rotate)
    await edge.api(api.keys.rotate)
    expect((await edge.send(host, { token })).status).toBe(302)
  })
})
