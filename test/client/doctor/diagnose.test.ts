/** The library function: its verdict on the ticket, what it sends, and what it never reveals. */
import { inspect } from 'node:util'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { diagnose } from '../../../client/doctor/diagnose.ts'
import type { Diagnosis } from '../../../client/doctor/diagnosis.ts'
import { report } from '../../../client/doctor/report.ts'
import { targetFrom } from '../../../client/target/target.ts'
import { createEmulator, type Emulator } from '../../../emulator/index.ts'
import { situations } from './cases.ts'
import { record } from './record.ts'
import { doctorFixture, type Fixture, good, pairHeaders, people, wrong } from './situation.ts'

const at = '2026-01-02T03:04:05Z'

describe('the ticket, answered as by real Cloudflare', () => {
  let emulator: Emulator
  beforeAll(async () => {
    emulator = await createEmulator({ seed: 'ticket', profile: 'observed', at })
  })
  beforeEach(() => emulator.reset())
  afterAll(() => emulator.close())

  const url = 'https://staging-apex.cloudcache.ai/'
  const ask = (more: object = {}) =>
    diagnose({
      url,
      target: targetFrom({ target: 'live', fetch: emulator.fetch, env: {} }),
      credentials: emulator.account.service_tokens[0],
      ...more,
    })
  const withApi = () => {
    const { id, api_token } = emulator.account
    return ask({ api: { account_id: id, apiToken: api_token } })
  }

  test('comes down to an endpoint that does not exist, and a policy whose decision is allow', async () => {
    const { healthy, causes, probes, rays } = await withApi()
    expect({ healthy, probes, rays: rays.length }).toEqual({ healthy: false, probes: 5, rays: 5 })
    expect(causes.map(({ id, alike }) => ({ id, alike }))).toEqual([
      { id: 'token-under-allow', alike: [] },
      { id: 'service-auth-absent', alike: [] },
    ])
    const [policy, endpoint] = causes
    expect(policy?.proof[0]).toMatch(/^The policy "Allow svc-debug-ticket-123" includes .* allow/)
    expect(policy?.proof[1]).toMatch(
      /returned 302 to the login page of cloudcache\.cloudflareaccess\.com; meta says service_token_status true, auth_status NONE \(ray [0-9a-f]{16}-EMU\)/,
    )
    expect(policy?.fix).toMatch(
      /non_identity.*send the two headers to the URL with every request\.$/,
    )
    expect(endpoint?.proof[0]).toMatch(
      /^POST https:\/\/staging-apex\.cloudcache\.ai\/cdn-cgi\/access\/service\/auth .* returned 404/,
    )
  })

  test('without an API token names the causes that look alike, and takes three requests', async () => {
    const { causes, probes } = await ask()
    expect(probes).toBe(3)
    expect(causes.map(({ id }) => id)).toEqual([
      'token-under-allow',
      'token-not-included',
      'policy-require-fails',
      'policy-exclude-matches',
      'service-auth-absent',
    ])
    expect(causes[0]?.alike).toEqual([
      'token-not-included',
      'policy-require-fails',
      'policy-exclude-matches',
    ])
  })

  test('gets the same verdict, with the endpoint, from the URL of the exchange itself', async () => {
    const ids = (await diagnoseExchange()).causes.map(({ id }) => id)
    expect(ids).toEqual(expect.arrayContaining(['service-auth-absent', 'token-under-allow']))
  })

  function diagnoseExchange() {
    return ask({ url: `${url}cdn-cgi/access/service/auth` })
  }

  test('is solved once the decision is non_identity', async () => {
    const fixture = doctorFixture(emulator, 'observed')
    const [application] = await fixture.api.applications.list({ query: { name: 'manual' } }).all()
    const [policy] = application?.policies ?? []
    if (application === undefined || policy === undefined) throw new Error('no such policy')
    const { name, include } = policy
    await fixture.api.applicationPolicies.replace({
      app_id: application.id,
      policy_id: policy.id,
      body: { name, include, decision: 'non_identity' },
    })
    expect(await withApi()).toMatchObject({ healthy: true, causes: [] })
  })
})

/** The credentials by which the doctor reads the account. */
function apiOf({ account }: Emulator) {
  return { account_id: account.id, apiToken: account.api_token }
}

describe('on one emulator', () => {
  let emulator: Emulator
  beforeAll(async () => {
    emulator = await createEmulator({ seed: 'example', profile: 'observed', at })
  })
  let fixture: Fixture
  beforeEach(async () => {
    await emulator.reset()
    fixture = doctorFixture(emulator, 'observed')
  })
  afterAll(() => emulator.close())

  /** Records every request that the doctor sends. */
  function watched() {
    const sent: { method: string; url: string; secret: string | null; redirect: unknown }[] = []
    const fetch: typeof globalThis.fetch = (input, init) => {
      const { method = 'GET', headers, redirect } = init ?? {}
      const secret = new Headers(headers).get('cf-access-client-secret')
      sent.push({ method, url: String(input), secret, redirect })
      return emulator.fetch(input, init)
    }
    return { sent, target: targetFrom({ target: 'live', fetch, env: {} }) }
  }

  test('the pair is never sent unless Access guards the URL', async () => {
    const { sent, target } = watched()
    await fixture.record()
    const credentials = await fixture.token()
    await diagnose({ url: `https://${fixture.host}/`, target, credentials })
    expect(sent.length).toBeGreaterThan(1)
    expect(sent.filter(({ secret }) => secret !== null)).toEqual([])
  })

  test('follows no redirect and writes nothing', async () => {
    const { sent, target } = watched()
    for (const make of [situations['token-under-allow'], situations['token-disabled']]) {
      await emulator.reset()
      const world = await make?.(fixture)
      await diagnose({
        url: world?.url ?? '',
        target,
        credentials: world?.pair,
        api: apiOf(emulator),
      })
    }
    expect(sent.filter(({ redirect }) => redirect !== 'manual')).toEqual([])
    const writing = sent.filter(({ method }) => method !== 'GET')
    expect(writing.map(({ url }) => new URL(url).pathname)).toEqual([
      '/cdn-cgi/access/service/auth',
    ])
  })

  test('an earlier token tells a deleted service token from one that never existed', async () => {
    const world = await situations['token-deleted']?.(fixture)
    const observed = await record(emulator, world?.observed ?? [], 'har')
    const { causes } = await diagnose({
      url: world?.url ?? '',
      target: fixture.target,
      credentials: world?.pair,
      observed,
      api: apiOf(emulator),
    })
    expect(causes.map((cause) => cause.id)).toEqual(['token-deleted'])
  })

  test('the pair of the failing exchange is used if none is given', async () => {
    const { url, pair } = await good(fixture, { withPeople: true })
    const bad = pairHeaders({ ...pair, client_secret: wrong })
    const observed = await record(emulator, [{ url, headers: bad }], 'curl')
    const api = apiOf(emulator)
    const { causes } = await diagnose({ url, target: fixture.target, observed, api })
    expect(causes.map((cause) => cause.id)).toEqual(['token-wrong-secret'])
  })

  test('an old exchange is judged by its own date', async () => {
    const { url, pair } = await good(fixture, { withPeople: true })
    const token = await fixture.tokenFor(url, pair)
    await fixture.pass(60)
    const [application] = await fixture.api.applications
      .list({ query: { domain: fixture.host } })
      .all()
    await fixture.api.applications.revokeTokens({ app_id: application?.id ?? '' })
    const headers = { cookie: `CF_Authorization=${token}` }
    const observed = await record(emulator, [{ url, headers }], 'har')
    await fixture.pass(30 * 86_400)
    const { causes } = await diagnose({ url, target: fixture.target, observed })
    expect(causes.map((cause) => cause.id)).toEqual(['jwt-revoked'])
  })

  test('the result never contains a secret that was passed in', async () => {
    const { url, pair } = await good(fixture, { withPeople: true })
    const token = await fixture.tokenFor(url, pair)
    const { api_token } = emulator.account
    const exchanges = [
      { ...pairHeaders({ ...pair, client_secret: wrong }) },
      { ...pairHeaders({ client_id: `"${pair.client_id}"`, client_secret: wrong }) },
      { authorization: `Bearer ${token}` },
      { cookie: `CF_Authorization=${token}`, ...pairHeaders(pair) },
    ]
    const texts: string[] = []
    const found: number[] = []
    for (const headers of exchanges) {
      const asked = `${url}?key=${wrong}`
      const observed = await record(emulator, [{ url: asked, headers }], 'curl')
      const given = { observed, api: apiOf(emulator) }
      const diagnosis: Diagnosis = await diagnose({
        url: asked,
        target: fixture.target,
        credentials: pair,
        ...given,
      })
      found.push(diagnosis.causes.length)
      texts.push(JSON.stringify(diagnosis), inspect(diagnosis), report(url, diagnosis, given))
    }
    expect(found).toEqual([1, 1, 1, 0])
    for (const hidden of [pair.client_secret, wrong, token, api_token]) {
      expect(texts.filter((text) => text.includes(hidden))).toEqual([])
    }
  })

  test.each([
    ['issuer-mismatch', 'unexpected "iss" claim value'],
    ['issuer-mismatch', 'Invalid issuer'],
    [
      'issuer-mismatch',
      'oidc: id token issued by a different provider, expected "https://a.cloudflareaccess.com"',
    ],
    ['verifier-first-key', 'signature verification failed'],
    ['verifier-first-key', 'invalid signature'],
    ['verifier-first-key', 'failed to verify signature: failed to verify id token signature'],
    ['claims-unexpected', 'missing required "email" claim'],
    ['claims-unexpected', 'Token is missing the "nbf" claim'],
    ['claims-unexpected', 'jwt audience invalid. expected: c0de'],
    ['clock-skew', '"iat" claim timestamp check failed (it should be in the past)'],
    ['clock-skew', 'Signature has expired'],
    ['clock-skew', 'The token is not yet valid (iat)'],
    ['clock-skew', 'jwt not active'],
  ])('an origin with %s says: %s', async (mode, body) => {
    const { url, pair } = await good(fixture)
    const headers = { 'cf-access-jwt-assertion': await fixture.tokenFor(url, pair) }
    const answered = { status: 401, body: JSON.stringify({ error: body }) }
    const observed = await record(emulator, [{ url, headers, answered }], 'har')
    const { causes } = await diagnose({ url, target: fixture.target, credentials: pair, observed })
    expect(causes.map(({ id }) => id)).toEqual([mode])
  })

  test('an origin that calls an expired token expired is right', async () => {
    const { url, pair } = await good(fixture)
    const headers = { 'cf-access-jwt-assertion': await fixture.tokenFor(url, pair) }
    await fixture.pass(2 * 86_400)
    const answered = { status: 401, body: 'jwt expired' }
    const observed = await record(emulator, [{ url, headers, answered }], 'har')
    const { causes } = await diagnose({ url, target: fixture.target, credentials: pair, observed })
    expect(causes.map(({ id }) => id)).toEqual(['jwt-expired'])
  })

  test('if the API does not answer, the verdict rests on the edge', async () => {
    const { url, pair } = await good(fixture, { withPeople: true })
    const fetch: typeof globalThis.fetch = async (input, init) => {
      if (String(input).includes('api.cloudflare.com')) throw new TypeError('fetch failed')
      return emulator.fetch(input, init)
    }
    const { causes } = await diagnose({
      url,
      target: targetFrom({ target: 'live', fetch, env: {} }),
      credentials: { ...pair, client_secret: wrong },
      api: apiOf(emulator),
    })
    expect(causes[0]?.alike).toHaveLength(5)
  })

  test('an API refusal is a cause of its own, and the edge is judged without the account', async () => {
    const pair = await fixture.token()
    await fixture.application([people])
    const api = {
      account_id: emulator.account.id,
      apiToken: 'nobody-made-this-token-00000000000000000',
    }
    const { causes } = await diagnose({
      url: `https://${fixture.host}/`,
      target: fixture.target,
      credentials: { ...pair, client_secret: wrong },
      api,
    })
    const ids = causes.map((cause) => cause.id)
    expect(ids).toContain('token-wrong-secret')
    expect(ids.at(-1)).toBe('api-token-unknown')
  })
})
