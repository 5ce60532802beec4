/** How cloudflared finds an application, before and since 2026.8.0, and asks whether its token is good. */
import { createLocalJWKSet, decodeJwt, jwtVerify } from 'jose'
import { describe, expect, test } from 'vitest'
import {
  type Answer,
  app,
  edgeWorld,
  everyone,
  hosts,
  pairs,
  people,
  policy,
  startSeconds,
  team,
  type World,
} from '../edge/applications.ts'
import { ada } from '../login/person.ts'

const asks = { 'cf-access-metadata-request': 'true' } as const
const metadataOf = ({ headers }: Answer) => headers['cf-access-metadata']
const find = (world: World, host: string, path = '/') =>
  world.send(host, { method: 'HEAD', path, headers: asks })

describe('cf-access-metadata', () => {
  test('names the application, signed by a key of certs, and dated by the wall clock', async () => {
    const world = await edgeWorld()
    const before = Math.floor(Date.now() / 1000)
    const answer = await find(world, hosts.P, '/x?y=z')
    const { text } = await world.send(team, { path: '/cdn-cgi/access/certs' })
    const keys = createLocalJWKSet(JSON.parse(text))
    const { payload, protectedHeader } = await jwtVerify(String(metadataOf(answer)), keys)
    expect(protectedHeader).toMatchObject({ alg: 'RS256', kid: expect.any(String) })
    expect(payload).toEqual({
      type: 'match',
      hostname: hosts.P,
      auth_domain: team,
      aud: world.aud(hosts.P),
      app_hostname: hosts.P,
      iat: expect.any(Number),
    })
    expect(payload.iat).toBeGreaterThanOrEqual(before)
    expect(payload.iat).toBeLessThanOrEqual(Date.now() / 1000)
  })

  test('can follow the emulator’s clock', async () => {
    const world = await edgeWorld({ behaviours: { 'metadata.clock': 'emulator' } })
    const { iat } = decodeJwt(String(metadataOf(await find(world, hosts.P))))
    expect(iat).toBe(startSeconds)
  })

  test('names an application by its domain, as configured', async () => {
    const world = await edgeWorld({ applications: [app('*.w.example.com/a', [people])] })
    const claims = decodeJwt(String(metadataOf(await find(world, 'x.w.example.com', '/a/b'))))
    expect(claims).toMatchObject({ hostname: 'x.w.example.com', app_hostname: '*.w.example.com' })
  })

  test('comes with whatever the policies answer, and only where an application is', async () => {
    const bypassed = app('open.example.com', [policy('bypass', everyone)])
    const world = await edgeWorld({ applications: [bypassed] })
    const seen = async (host: string) => {
      const answer = await find(world, host)
      return [answer.status, metadataOf(answer) !== undefined]
    }
    expect(await seen(hosts.M)).toEqual([403, true])
    expect(await seen(hosts.P)).toEqual([302, true])
    expect(await seen('open.example.com')).toEqual([200, true])
    expect(await seen('nothing.example.com')).toEqual([200, false])
  })

  test('is for those who ask, by HEAD', async () => {
    const world = await edgeWorld()
    const silent = [
      await world.send(hosts.P, { headers: asks }),
      await world.send(hosts.P, { method: 'HEAD' }),
      await world.send(hosts.P, {
        method: 'HEAD',
        headers: { 'cf-access-metadata-request': 'false' },
      }),
    ]
    expect(silent.map(metadataOf)).toEqual([undefined, undefined, undefined])
  })
})

// (sign-in-metadata-older)
test('releases before 2026.8.0 read the AUD tag and the domain at the login page', async () => {
  const several = app('a.example.com', [people], {
    destinations: [
      { type: 'public', uri: 'a.example.com' },
      { type: 'public', uri: 'b.example.com' },
    ],
  })
  const world = await edgeWorld({ applications: [several] })
  for (const host of ['a.example.com', 'b.example.com']) {
    const first = await world.send(host, { method: 'HEAD' })
    const login = new URL(String(first.headers.location))
    const page = await world.send(login.hostname, {
      method: 'HEAD',
      path: login.pathname + login.search,
    })
    expect(login.searchParams.get('kid')).toBe(world.aud('a.example.com'))
    expect(page.headers['cf-access-domain']).toBe('a.example.com')
  }
  const refused = await world.send(hosts.M, { method: 'HEAD' })
  expect(refused.headers['cf-access-aud']).toBe(world.aud(hosts.M))
})

describe('cloudflared_token_check=true', () => {
  const check = '/deep?a=b&cloudflared_token_check=true'
  const dead = { origins: { [hosts.P]: 'http://127.0.0.1:1' } } as const
  const tokenOf = async (world: World) => ({
    headers: { 'cf-access-token': await world.signIn(ada, hosts.P) },
  })

  test('is answered by the edge, whatever the origin does', async () => {
    const world = await edgeWorld(dead)
    const good = await world.send(hosts.P, { path: check, ...(await tokenOf(world)) })
    expect([good.status, good.text]).toEqual([200, ''])
    const pair = await world.send(hosts.P, { path: check, pair: pairs.named })
    expect(pair.status).toBe(200)
    const bad = await world.send(hosts.P, { path: check, headers: { 'cf-access-token': 'x' } })
    expect([bad.status, new URL(String(bad.headers.location)).hostname]).toEqual([302, team])
  })

  test('goes to the origin where the behaviour says so, and where no application is', async () => {
    const world = await edgeWorld({ ...dead, behaviours: { 'token_check.answered_by': 'origin' } })
    const asked = await world.send(hosts.P, { path: check, ...(await tokenOf(world)) })
    expect(asked.status).toBe(521)
    const open = await world.send('nothing.example.com', { path: check })
    expect(open.echo.path).toBe(check)
  })
})
