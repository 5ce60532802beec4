/** Application tokens at the gate: people, revocation, expiry, rotation of the keys that sign them. */
import { createLocalJWKSet, decodeProtectedHeader, jwtVerify, SignJWT, UnsecuredJWT } from 'jose'
import { describe, expect, test } from 'vitest'
import { api } from '../../contracts/api/operations.ts'
import type { Certs } from '../../contracts/claims.ts'
import {
  app,
  edgeWorld,
  hosts,
  pairs,
  people,
  policy,
  start,
  startSeconds,
  team,
  theNamed,
  type World,
} from './applications.ts'

const day = 86_400
const email = 'ada@example.com'

async function certsOf(world: World): Promise<Certs> {
  const { text } = await world.send(team, { path: '/cdn-cgi/access/certs' })
  return JSON.parse(text) as Certs
}

/** As an origin verifies it: by what certs shows now. */
async function verifies(world: World, token: string): Promise<boolean> {
  const keys = createLocalJWKSet({ keys: (await certsOf(world)).keys })
  const currentDate = new Date(start)
  return jwtVerify(token, keys, { algorithms: ['RS256'], currentDate }).then(
    () => true,
    () => false,
  )
}

describe('a person', () => {
  test('holds a JWT of a list of AUD tags, without typ', async () => {
    const world = await edgeWorld()
    const token = await world.signIn(email, hosts.P)
    expect(Object.keys(decodeProtectedHeader(token))).toEqual(['alg', 'kid'])
    const { echo } = await world.send(hosts.P, { token })
    expect(echo.claims).toMatchObject({
      aud: [world.aud(hosts.P)],
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

  test('is told to the origin by email, JWT and cookie, and by nothing that was forged', async () => {
    const world = await edgeWorld()
    const token = await world.signIn(email, hosts.P)
    const { echo, cookies } = await world.send(hosts.P, {
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
    const world = await edgeWorld({ applications: [app(wiki, [people])] })
    const token = await world.signIn(email, wiki)
    expect((await world.send(wiki, { token })).status).toBe(200)
    expect((await world.send(hosts.P, { token })).status).toBe(302)
  })

  test.each(['observed', 'strict'] as const)(
    'is not let in at M in profile %s',
    async (profile) => {
      const mixed = 'mixed.example.com'
      const world = await edgeWorld({ profile, applications: [app(mixed, [people])] })
      const token = await world.signIn(email, mixed)
      expect((await world.send(mixed, { token })).status).toBe(200)
      const params = { app_id: world.id(mixed) }
      const body = {
        type: 'self_hosted',
        domain: mixed,
        policies: [
          { name: 'x', decision: 'non_identity', include: [{ any_valid_service_token: {} }] },
        ],
      }
      await world.api(api.applications.replace, { params, body })
      expect((await world.send(mixed, { token })).status).toBe(403)
    },
  )
})

describe('a JWT that is not what it seems', () => {
  test('opens nothing', async () => {
    const world = await edgeWorld()
    const token = await world.tokenFor(hosts.P)
    const [head = '', payload = '', signature = ''] = token.split('.')
    const { kid = '' } = decodeProtectedHeader(token)
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as Record<
      string,
      unknown
    >
    const secret = new TextEncoder().encode((await certsOf(world)).public_cert.cert)
    const other = Buffer.from(JSON.stringify({ ...claims, exp: startSeconds + 9 * day }))
    const forgeries = {
      'changed claims': `${head}.${other.toString('base64url')}.${signature}`,
      'no signature': `${head}.${payload}.`,
      'no algorithm': new UnsecuredJWT(claims).encode(),
      'a public key as secret': await new SignJWT(claims)
        .setProtectedHeader({ alg: 'HS256', kid })
        .sign(secret),
      meta:
        new URL((await world.send(hosts.P)).headers.location ?? '').searchParams.get('meta') ?? '',
    }
    for (const [what, forged] of Object.entries(forgeries)) {
      expect([what, (await world.send(hosts.P, { token: forged })).status]).toEqual([what, 302])
    }
    expect((await world.send(hosts.P, { token })).status).toBe(200)
  })

  test('next to a good pair is replaced', async () => {
    const world = await edgeWorld({ profile: 'observed' })
    const headers = { 'cf-access-jwt-assertion': 'bogus' }
    const { status, echo } = await world.send(hosts.M, { pair: pairs.named, headers })
    expect(status).toBe(200)
    expect(echo.headers['cf-access-jwt-assertion']).toMatch(/^ey/)
  })
})

describe('revoke_tokens', () => {
  test('ends every JWT of the application in the same second, and no pair', async () => {
    const world = await edgeWorld({ profile: 'observed' })
    const tokens = [await world.tokenFor(hosts.P), await world.signIn(email, hosts.P)]
    await world.api(api.applications.revokeTokens, { params: { app_id: world.id(hosts.P) } })
    for (const token of tokens) expect((await world.send(hosts.P, { token })).status).toBe(302)
    const anew = await world.tokenFor(hosts.P)
    expect((await world.send(hosts.P, { token: anew })).status).toBe(200)
    const again = await world.signIn(email, hosts.P)
    expect((await world.send(hosts.P, { token: again })).status).toBe(200)
  })

  test('ends no JWT of another application', async () => {
    const world = await edgeWorld({ profile: 'expected' })
    const token = await world.tokenFor(hosts.M)
    await world.api(api.applications.revokeTokens, { params: { app_id: world.id(hosts.P) } })
    expect((await world.send(hosts.M, { token })).status).toBe(200)
  })
})

describe('the clock', () => {
  test('ends a JWT at exp and not before', async () => {
    const world = await edgeWorld({ profile: 'observed' })
    const token = await world.tokenFor(hosts.P)
    await world.advance(day - 1)
    expect((await world.send(hosts.P, { token })).status).toBe(200)
    await world.advance(1)
    expect((await world.send(hosts.P, { token })).status).toBe(302)
  })

  test('ends a service token at the end of its duration, in each profile as a bad pair', async () => {
    const statuses = { expected: 302, observed: 302, strict: 401 } as const
    for (const profile of ['expected', 'observed', 'strict'] as const) {
      const open = 'open.example.com'
      const any = policy('non_identity', [{ any_valid_service_token: {} }])
      const world = await edgeWorld({ profile, applications: [app(open, [any, people])] })
      await world.advance(3599)
      expect((await world.send(open, { pair: pairs.short })).status).toBe(200)
      await world.advance(1)
      expect((await world.send(open, { pair: pairs.short })).status).toBe(statuses[profile])
    }
  })

  test('is what the answers are dated by', async () => {
    const world = await edgeWorld()
    await world.advance(90)
    const { headers, cookies } = await world.send(hosts.P)
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
    ['by hand', (world: World) => world.api(api.keys.rotate)],
    ['by the clock, after 42 days', (world: World) => world.advance(42 * day)],
  ])('%s makes the current key the previous one and signs with a new one', async (_how, rotate) => {
    const world = await edgeWorld({ applications: [month] })
    const before = await certsOf(world)
    const kidOf = async () => decodeProtectedHeader(await world.tokenFor(host)).kid
    expect(await kidOf()).toBe(before.public_cert.kid)
    await rotate(world)
    const after = await certsOf(world)
    expect(after.keys).toHaveLength(2)
    expect(after.keys[0]?.kid).toBe(before.public_cert.kid)
    expect(after.keys[1]?.kid).toBe(after.public_cert.kid)
    expect(before.keys.map(({ kid }) => kid)).not.toContain(after.public_cert.kid)
    expect(await kidOf()).toBe(after.public_cert.kid)
  })

  test('leaves the previous key good for seven days', async () => {
    const world = await edgeWorld({ applications: [month] })
    const token = await world.tokenFor(host)
    await world.api(api.keys.rotate)
    await world.advance(7 * day - 1)
    expect((await world.send(host, { token })).status).toBe(200)
    expect(await verifies(world, token)).toBe(true)
    await world.advance(1)
    expect((await world.send(host, { token })).status).toBe(302)
    expect(await verifies(world, token)).toBe(false)
    expect((await certsOf(world)).keys).toHaveLength(2)
  })

  test('twice by hand ends what was signed before', async () => {
    const world = await edgeWorld({ applications: [month] })
    const token = await world.tokenFor(host)
    await world.api(api.keys.rotate)
    await world.api(api.keys.rotate)
    expect((await world.send(host, { token })).status).toBe(302)
  })
})
