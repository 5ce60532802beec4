/** Which names the emulator serves: teams, hosts without an application, the API's names, unknown names. */

import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, onTestFinished, test } from 'vitest'
import { api } from '../../contracts/api/operations.ts'
import { transferHosts } from '../../contracts/edge/cloudflared.ts'
import {
  app,
  edgeFixture,
  everyone,
  hosts,
  pairs,
  policy,
  type Sending,
  sharedEdge,
  team,
} from './applications.ts'

const edge = sharedEdge({ profile: 'observed' })

const organizationPage = 'Unable to find your Access organization!'
const applicationPage = 'Unable to find your Access application!'

describe('a team that does not exist', () => {
  test.each(['certs', 'get-identity', 'login/p.example.com', 'logout', 'service/auth'])(
    'answers %s with the page of an unknown organization',
    async (path) => {
      const host = 'nobody.cloudflareaccess.com'
      const { status, headers, text } = await edge().send(host, { path: `/cdn-cgi/access/${path}` })
      expect([status, headers['content-type']]).toEqual([404, 'text/html; charset=UTF-8'])
      expect(text).toContain(organizationPage)
      expect(headers).toMatchObject({ server: 'cloudflare', 'cf-ray': expect.any(String) })
    },
  )

  test('has a launcher as a real one has', async () => {
    const real = await edge().send(team)
    const none = await edge().send('nobody.cloudflareaccess.com')
    expect([real.status, none.status, none.text]).toEqual([200, 200, real.text])
  })
})

describe('the team domain', () => {
  test.each([
    ['an unknown application', '/cdn-cgi/access/login/x.example.com?kid=ff'],
    ['a host without kid that nothing covers', '/cdn-cgi/access/login/x.example.com'],
    ['an unknown path', '/cdn-cgi/access/nothing'],
  ])('answers %s with the page of an unknown application', async (_what, path) => {
    const { status, text } = await edge().send(team, { path })
    expect(status).toBe(404)
    expect(text).toContain(applicationPage)
    expect(text).toContain('It appears that you have attempted to reach an invalid URL.')
  })
})

describe('a host of the zone without an application', () => {
  test('is open, and the pair reaches the origin', async () => {
    const { status, echo, cookies } = await edge().send('open.example.com', { pair: pairs.named })
    expect([status, cookies, echo.claims]).toEqual([200, [], null])
    expect(echo.headers['cf-access-client-secret']).toBe(pairs.named.client_secret)
  })

  test('is blocked where the organization denies unmatched requests, unless exempt', async () => {
    const denying = await edgeFixture({ profile: 'observed' })
    const set = (body: object) => denying.api(api.organizations.patch, { body })
    await set({ deny_unmatched_requests: true })
    const { status, text } = await denying.send('open.example.com')
    expect(status).toBe(403)
    expect(text).toContain('<title>Error ・ Cloudflare Access</title>')
    await set({ deny_unmatched_requests_exempted_zone_names: ['example.com'] })
    expect((await denying.send('open.example.com')).status).toBe(200)
  })
})

describe('what would admit a request to a denied host without an application', () => {
  const host = 'open.example.com'
  const including = `add an application for ${host} with a policy with the decision non_identity that includes the service token "named"`
  const secretWrong = { ...pairs.named, client_secret: 'cfast_no' }

  test.each<[string, Sending, string]>([
    ['with a good pair', { pair: pairs.named }, including],
    [
      'with a wrong secret',
      { pair: secretWrong },
      `${including}, and send the right secret of the service token "named"`,
    ],
    [
      'without credentials',
      {},
      'exempt the zone example.com from deny_unmatched_requests, which opens each of its hosts that no application covers (which also lets in every client from anywhere, without credentials)',
    ],
  ])('%s', async (_, sending, says) => {
    const denying = await edgeFixture({ profile: 'observed' })
    await denying.api(api.organizations.patch, { body: { deny_unmatched_requests: true } })
    const { headers } = await denying.send(host, sending)
    const { control } = denying.emulator
    const byRay = await control.explain({ body: { ray: String(headers['cf-ray']) } })
    expect(byRay).toMatchObject({ reason: 'unmatched_host_denied', would_pass_if: [says] })
    const { client_id = '', client_secret = '' } = sending.pair ?? {}
    const credentials = sending.pair && {
      'cf-access-client-id': client_id,
      'cf-access-client-secret': client_secret,
    }
    const request = { method: 'GET', url: `https://${host}/`, headers: { ...credentials } }
    const imagined = await control.explain({ body: { request } })
    expect(imagined).toMatchObject({ verdict: 'deny', would_pass_if: [says] })
  })

  test('nothing if the organization denies no hosts', async () => {
    const request = { method: 'GET', url: `https://${host}/`, headers: {} }
    const { verdict, advice } = await edge().emulator.control.explain({ body: { request } })
    expect({ verdict, advice }).toEqual({ verdict: 'pass', advice: [] })
  })
})

describe('a name that nothing here serves', () => {
  test('is 421, with the names that are', async () => {
    const { status, text, headers } = await edge().send('elsewhere.invalid')
    expect(status).toBe(421)
    expect(headers['content-type']).toMatch(/^application\/json/)
    expect(JSON.parse(text)).toMatchObject({
      error: {
        code: 'host_not_served',
        message: expect.stringContaining('--origin elsewhere.invalid=URL'),
        names: ['api.cloudflare.com', ...transferHosts, team, '*.example.com'],
      },
    })
  })

  test('is served once --origin names it', async () => {
    const origin = createServer((request, response) => response.end(request.headers.host))
    await once(origin.listen(0, '127.0.0.1'), 'listening')
    onTestFinished(() => {
      origin.close()
    })
    const { port } = origin.address() as AddressInfo
    const origins = { 'elsewhere.invalid': `http://127.0.0.1:${port}` }
    const other = await edgeFixture({ origins })
    const { status, text } = await other.send('elsewhere.invalid')
    expect([status, text]).toEqual([200, 'elsewhere.invalid'])
  })
})

describe('the API’s names serve nothing else', () => {
  test.each(['api.cloudflare.com', 'localhost', '127.0.0.1', '[::1]:7788'])('%s', async (host) => {
    for (const path of ['/', '/cdn-cgi/access/service/auth', '/client/v5']) {
      const { status, text } = await edge().send(host, { path })
      expect([path, status]).toEqual([path, 404])
      expect(JSON.parse(text)).toMatchObject({
        error: { code: 'not_served_here', names: expect.arrayContaining([team, '*.example.com']) },
      })
    }
  })

  test('and the edge serves neither the API nor the control API', async () => {
    for (const path of ['/client/v4/accounts', '/__access/health']) {
      expect((await edge().send(hosts.M, { path })).status).toBe(403)
      expect((await edge().send(team, { path })).status).toBe(404)
    }
  })
})

test('.localhost, a port and a final dot are no part of a name', async () => {
  for (const host of ['m.example.com.localhost', 'm.example.com:7788', 'M.example.com.']) {
    const { status, headers } = await edge().send(host)
    expect([host, status, headers['cf-access-domain']]).toEqual([host, 403, hosts.M])
  }
})

test('a cookie header of 100 KiB is read, but authenticates no one', async () => {
  const headers = { cookie: `CF_Authorization=${'x'.repeat(100_000)}` }
  expect((await edge().send(hosts.M, { headers })).status).toBe(403)
})

test('every response has its own ray, and no framework header', async () => {
  const sent = [
    [hosts.M, '/'],
    [hosts.P, '/'],
    [hosts.M, '/cdn-cgi/access/certs'],
    [hosts.M, '/cdn-cgi/access/nothing'],
    [team, '/'],
    ['open.example.com', '/'],
    ['elsewhere.invalid', '/'],
    ['localhost', '/'],
    ['api.cloudflare.com', '/client/v4/nothing'],
  ] as const
  const rays = new Set<unknown>()
  for (const [host, path] of sent) {
    const { headers } = await edge().send(host, { path })
    expect(headers['cf-ray']).toMatch(/^[0-9a-f]{16}-[A-Z]{3}$/)
    expect(headers.server).toBe('cloudflare')
    expect(headers).not.toHaveProperty('x-powered-by')
    rays.add(headers['cf-ray'])
  }
  expect(rays.size).toBe(sent.length)
})

test('the protected resource is described if an application protects the path', async () => {
  const well = '/.well-known/cloudflare-access-protected-resource'
  const scoped = await edgeFixture({
    applications: [app('scoped.example.com/admin', [policy('bypass', everyone)])],
  })
  const at = async (path: string) => (await scoped.send('scoped.example.com', { path })).status
  expect([await at(`${well}/admin/x`), await at(`${well}/other`), await at(well)]).toEqual([
    200, 404, 404,
  ])
})
