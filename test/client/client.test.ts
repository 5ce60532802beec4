/** `client.fetch` succeeds in every profile and sends the pair no further than necessary. */
import { describe, expect, test } from 'vitest'
import { targetFrom } from '../../client/target/target.ts'
import { createAccessClient, type Met } from '../../client/token/client.ts'
import { AccessConnectionError } from '../../client/transport/errors.ts'
import {
  appUrl,
  handClock,
  type MetAccess,
  pair,
  profiles,
  startProfile,
  wrongPair,
} from './profiles.ts'
import { type Asked, startStub } from './stub.ts'

async function against(access: MetAccess, credentials = pair) {
  const stub = await startProfile(access)
  const clock = handClock()
  const met: Met[] = []
  const client = createAccessClient({
    target: targetFrom({ emulator: stub.url, env: {} }),
    credentials,
    clock,
    onAnswer: (answer) => met.push(answer),
  })
  return { stub, clock, client, met }
}

function sent({ headers }: Asked): string {
  const isPair = 'cf-access-client-secret' in headers
  const isToken = headers.cookie?.includes('CF_Authorization=') === true
  return [isPair ? 'pair' : '', isToken ? 'token' : ''].join('')
}

describe('fetch', () => {
  test.each<[keyof typeof profiles, string[]]>([
    ['expected', ['pair', 'token', 'token', 'token']],
    ['observed', ['pair', 'token', 'token', 'token']],
    // The token is tried once; after that the client knows that it needs the pair.
    ['observedServiceAuthOnly', ['pair', 'token', 'pair', 'pair', 'pair']],
    ['strict', ['pair', 'pair', 'pair', 'pair']],
  ])('reaches the origin each time with profile %s', async (name, credentials) => {
    const { stub, client } = await against(profiles[name])
    for (let time = 0; time < 4; time += 1) {
      expect(await (await client.fetch(appUrl)).text()).toBe('the origin')
    }
    expect(stub.asked.map(sent)).toEqual(credentials)
  })

  test('uses a token until 30 seconds before it expires', async () => {
    const { stub, clock, client } = await against(profiles.observed)
    await client.fetch(appUrl)
    clock.ms += (3600 - 30) * 1000 - 1
    await client.fetch(appUrl)
    clock.ms += 1
    await client.fetch(appUrl)
    expect(stub.asked.map(sent)).toEqual(['pair', 'token', 'pair'])
  })

  test('keeps the cookies of the caller beside the token', async () => {
    const { stub, client } = await against(profiles.observed)
    await client.fetch(appUrl)
    await client.fetch(appUrl, { headers: { cookie: 'own=1' } })
    expect(stub.asked[1]?.headers.cookie).toBe(`own=1; CF_Authorization=${stub.tokens[0]}`)
  })

  test('sends a body that cannot be repeated with the pair', async () => {
    const { stub, client } = await against(profiles.observed)
    await client.fetch(appUrl)
    const body = new Blob(['once']).stream()
    await client.fetch(appUrl, { method: 'POST', body, duplex: 'half' })
    expect(sent(stub.asked[1] ?? expect.fail('one request'))).toBe('pair')
    expect(stub.asked[1]?.body).toBe('once')
  })

  test('repeats a body whose token was refused', async () => {
    const { stub, client } = await against(profiles.observedServiceAuthOnly)
    await client.fetch(appUrl)
    await client.fetch(appUrl, { method: 'POST', body: 'twice' })
    expect(stub.asked.map(({ body }) => body)).toEqual(['', 'twice', 'twice'])
  })

  test('throws on the login page instead of following it', async () => {
    const { stub, client } = await against(profiles.observed, wrongPair)
    await expect(client.fetch(appUrl)).rejects.toMatchObject({
      code: 'login_redirect',
      ray: 'ray1-SJC',
      meta: { service_token_status: false },
    })
    expect(stub.asked).toHaveLength(1)
  })

  test('returns a block, and reports every response', async () => {
    const { client, met } = await against(profiles.strict, wrongPair)
    expect((await client.fetch(`${appUrl}?q=private`)).status).toBe(401)
    expect(met).toEqual([
      { method: 'GET', url: appUrl, status: 401, ray: 'ray1-SJC', kind: 'blocked', sent: 'pair' },
    ])
  })

  test('follows a redirect on the same origin as fetch does', async () => {
    const origin = ({ path }: Asked) =>
      path === '/reports' ? { status: 303, headers: { location: '/end?x=1' } } : { body: 'end' }
    const { stub, client } = await against({ ...profiles.strict, origin })
    const response = await client.fetch(appUrl, { method: 'POST', body: 'form' })
    expect(await response.text()).toBe('end')
    expect(stub.asked.map(({ method, path, body }) => [method, path, body])).toEqual([
      ['POST', '/reports', 'form'],
      ['GET', '/end?x=1', ''],
    ])
  })

  test.each([
    ['to another host', 'https://other.example.com/', {}],
    ['to clear text', 'http://app.example.com/', {}],
    ['when asked not to follow', '/end', { redirect: 'manual' }],
  ] as const)('hands a redirect back that leads %s', async (_, location, init) => {
    const origin = () => ({ status: 302, headers: { location } })
    const { stub, client } = await against({ ...profiles.strict, origin })
    const response = await client.fetch(appUrl, init)
    expect(response.headers.get('location')).toBe(location)
    expect(stub.asked).toHaveLength(1)
  })

  test('ends a circle of redirects', async () => {
    const origin = () => ({ status: 302, headers: { location: '/reports' } })
    const { stub, client } = await against({ ...profiles.strict, origin })
    expect((await client.fetch(appUrl)).status).toBe(302)
    expect(stub.asked).toHaveLength(21)
  })

  test('sends the token of a host to that host alone', async () => {
    const { stub, client } = await against(profiles.observed)
    await client.fetch(appUrl)
    await client.fetch('https://other.example.com/')
    expect(stub.asked.map((asked) => [asked.host, sent(asked)])).toEqual([
      ['app.example.com', 'pair'],
      ['other.example.com', 'pair'],
    ])
  })

  test('refuses clear text to real hosts, before anything is sent', async () => {
    const client = createAccessClient({ target: targetFrom({ env: {} }), credentials: pair })
    await expect(client.fetch('http://app.example.com/')).rejects.toThrow(/clear text/)
  })
})

describe('getToken', () => {
  test('returns the cached token until 30 seconds before it expires, and a new one on request', async () => {
    const { stub, clock, client } = await against(profiles.expected)
    const first = await client.getToken(appUrl, { probe: false })
    expect(await client.getToken(`${appUrl}?page=2`, { probe: false })).toBe(first)
    expect(stub.tokens).toHaveLength(1)
    await client.getToken(appUrl, { probe: false, fresh: true })
    expect(stub.tokens).toHaveLength(2)
    clock.ms += (3600 - 30) * 1000
    await client.getToken(appUrl, { probe: false })
    expect(stub.tokens).toHaveLength(3)
  })

  test('of one path is not that of another, where another application may be', async () => {
    const { stub, client } = await against(profiles.expected)
    await client.getToken(appUrl, { probe: false })
    await client.getToken('https://app.example.com/admin', { probe: false })
    expect(stub.tokens).toHaveLength(2)
  })

  test('serves the next fetch', async () => {
    const { stub, client } = await against(profiles.expected)
    await client.getToken(appUrl, { probe: false })
    await client.fetch(appUrl)
    expect(stub.asked.map(sent)).toEqual(['pair', 'token'])
  })
})

test('a host that does not answer is named, and the injected fetch is used', async () => {
  const fetch = async () => {
    throw new TypeError('fetch failed', {
      cause: Object.assign(new Error(), { code: 'ENOTFOUND' }),
    })
  }
  const client = createAccessClient({ target: targetFrom({ fetch, env: {} }), credentials: pair })
  const asked = client.fetch(`${appUrl}?q=private`)
  await expect(asked).rejects.toThrow(AccessConnectionError)
  await expect(asked).rejects.toThrow(/^app\.example\.com did not answer \(ENOTFOUND\)\./)
})

test('on the live target the URL is fetched itself', async () => {
  const stub = await startStub(() => ({ body: 'live' }))
  const client = createAccessClient({ target: targetFrom({ env: {} }), credentials: pair })
  expect(await (await client.fetch(`${stub.url}/x`)).text()).toBe('live')
  expect(stub.asked[0]).toMatchObject({ path: '/x', host: new URL(stub.url).host })
})

test('on the live target a redirect to another host takes nothing there', async () => {
  const other = await startStub(() => ({ body: 'elsewhere' }))
  const stub = await startStub(() => ({ status: 307, headers: { location: other.url } }))
  const client = createAccessClient({ target: targetFrom({ env: {} }), credentials: pair })
  expect((await client.fetch(stub.url)).status).toBe(307)
  expect(other.asked).toEqual([])
})
