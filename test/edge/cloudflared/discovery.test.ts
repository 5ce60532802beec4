/** How cloudflared finds an application, before and since 2026.8.0, and checks its token. */
import { createLocalJWKSet, decodeJwt, jwtVerify } from 'jose'
import { describe, expect, test } from 'vitest'
import {
  type Answer,
  app,
  type EdgeFixture,
  edgeFixture,
  everyone,
  hosts,
  pairs,
  people,
  policy,
  startSeconds,
  team,
} from '../applications.ts'
import { ada } from '../login/person.ts'

const asks = { 'cf-access-metadata-request': 'true' } as const
const metadataOf = ({ headers }: Answer) => headers['cf-access-metadata']
const find = (edge: EdgeFixture, host: string, path = '/') =>
  edge.send(host, { method: 'HEAD', path, headers: asks })

describe('cf-access-metadata', () => {
  test('names the application, signed by a key of certs, and dated by the wall clock', async () => {
    const edge = await edgeFixture()
    const before = Math.floor(Date.now() / 1000)
    const answer = await find(edge, hosts.P, '/x?y=z')
    const { text } = await edge.send(team, { path: '/cdn-cgi/access/certs' })
    const keys = createLocalJWKSet(JSON.parse(text))
    const { payload, protectedHeader } = await jwtVerify(String(metadataOf(answer)), keys)
    expect(protectedHeader).toMatchObject({ alg: 'RS256', kid: expect.any(String) })
    expect(payload).toEqual({
      type: 'match',
      hostname: hosts.P,
      auth_domain: team,
      aud: edge.aud(hosts.P),
      app_hostname: hosts.P,
      iat: expect.any(Number),
    })
    expect(payload.iat).toBeGreaterThanOrEqual(before)
    expect(payload.iat).toBeLessThanOrEqual(Date.now() / 1000)
  })

  test('can follow the emulator’s clock', async () => {
    const edge = await edgeFixture({ behaviours: { 'programs.clock': 'emulator' } })
    const { iat } = decodeJwt(String(metadataOf(await find(edge, hosts.P))))
    expect(iat).toBe(startSeconds)
  })

  test('names an application by its domain, as configured', async () => {
    const edge = await edgeFixture({ applications: [app('*.w.example.com/a', [people])] })
    const claims = decodeJwt(String(metadataOf(await find(edge, 'x.w.example.com', '/a/b'))))
    expect(claims).toMatchObject({ hostname: 'x.w.example.com', app_hostname: '*.w.example.com' })
  })

  test('comes with whatever the policies answer, and only where an application is', async () => {
    const bypassed = app('open.example.com', [policy('bypass', everyone)])
    const edge = await edgeFixture({ applications: [bypassed] })
    const seen = async (host: string) => {
      const answer = await find(edge, host)
      return [answer.status, metadataOf(answer) !== undefined]
    }
    expect(await seen(hosts.M)).toEqual([403, true])
    expect(await seen(hosts.P)).toEqual([302, true])
    expect(await seen('open.example.com')).toEqual([200, true])
    expect(await seen('nothing.example.com')).toEqual([200, false])
  })

  test('is sent only on request, by HEAD', async () => {
    const edge = await edgeFixture()
    const silent = [
      await edge.send(hosts.P, { headers: asks }),
      await edge.send(hosts.P, { method: 'HEAD' }),
      await edge.send(hosts.P, {
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
  const edge = await edgeFixture({ applications: [several] })
  for (const host of ['a.example.com', 'b.example.com']) {
    const first = await edge.send(host, { method: 'HEAD' })
    const login = new URL(String(first.headers.location))
    const page = await edge.send(login.hostname, {
      method: 'HEAD',
      path: login.pathname + login.search,
    })
    expect(login.searchParams.get('kid')).toBe(edge.aud('a.example.com'))
    expect(page.headers['cf-access-domain']).toBe('a.example.com')
  }
  const refused = await edge.send(hosts.M, { method: 'HEAD' })
  expect(refused.headers['cf-access-aud']).toBe(edge.aud(hosts.M))
})

describe('cloudflared_token_check=true', () => {
  const check = '/deep?a=b&cloudflared_token_check=true'
  const dead = { origins: { [hosts.P]: 'http://127.0.0.1:1' } } as const
  const tokenOf = async (edge: EdgeFixture) => ({
    headers: { 'cf-access-token': await edge.signIn(ada, hosts.P) },
  })

  test('is answered by the edge, whatever the origin does', async () => {
    const edge = await edgeFixture(dead)
    const good = await edge.send(hosts.P, { path: check, ...(await tokenOf(edge)) })
    expect([good.status, good.text]).toEqual([200, ''])
    const pair = await edge.send(hosts.P, { path: check, pair: pairs.named })
    expect(pair.status).toBe(200)
    const bad = await edge.send(hosts.P, { path: check, headers: { 'cf-access-token': 'x' } })
    expect([bad.status, new URL(String(bad.headers.location)).hostname]).toEqual([302, team])
  })

  test('goes to the origin where the behaviour says so, and where no application is', async () => {
    const edge = await edgeFixture({
      ...dead,
      behaviours: { 'token_check.answered_by': 'origin' },
    })
    const asked = await edge.send(hosts.P, { path: check, ...(await tokenOf(edge)) })
    expect(asked.status).toBe(521)
    const open = await edge.send('nothing.example.com', { path: check })
    expect(open.echo.path).toBe(check)
  })
})
