/** What Managed OAuth and the OpenID provider of a SaaS application have in common: where a code goes, and that it works once. */
import { describe, expect, test } from 'vitest'
import { type EdgeFixture, type EdgeOptions, sharedEdge } from '../applications.ts'
import { browser } from '../login/browser.ts'
import { team } from '../login/person.ts'
import * as managed from './application.ts'
import * as saas from './saas.ts'

interface Client {
  url(parameters?: managed.Parameters): string
  exchange(code: string, more?: managed.Parameters): Promise<managed.Sent>
  /** The status of a request with the access token of that answer. */
  admitted(answer: managed.Sent): Promise<number>
}

interface Surface {
  readonly callback: string
  /** Beside it, a path that only begins like the authorization's. */
  readonly beside: string
  world(options?: EdgeOptions): Promise<EdgeFixture>
  client(edge: EdgeFixture): Promise<Client>
}

const surfaces: readonly (readonly [string, Surface])[] = [
  [
    'Managed OAuth',
    {
      callback: managed.callback,
      beside: '/cdn-cgi/access/oauth/authorizationx?client_id=1',
      world: managed.oauthWorld,
      async client(edge) {
        const id = await managed.clientOf(edge)
        return {
          url: (parameters) => managed.authorizationUrl(id, parameters),
          exchange: (code, more) => managed.exchange(edge, id, code, more),
          admitted: async (answer) =>
            (await managed.asBearer(edge, managed.tokenIn(answer, 'access'))).status,
        }
      },
    },
  ],
  [
    'OpenID Connect',
    {
      callback: saas.redirectUri,
      beside: `${new URL(saas.issuer).pathname}/authorization/../../../../logout`,
      world: (options) => saas.saasWorld({}, options),
      client: async (edge) => ({
        url: saas.authorizationUrl,
        exchange: (code, more) => saas.exchange(edge, code, more),
        admitted: async (answer) =>
          (await saas.userinfo(edge, managed.tokenIn(answer, 'access'))).status,
      }),
    },
  ],
]

describe.each(surfaces)('%s', (_, { callback, beside, world, client }) => {
  const shared = sharedEdge({}, world)

  async function withCode(edge = shared()) {
    const own = await client(edge)
    const back = await managed.consented(edge, own.url())
    return { ...own, code: back.searchParams.get('code') ?? '' }
  }

  test.each([
    'https://evil.example/',
    '//evil.example/',
    `${callback}/../x`,
    `${callback}@evil.example`,
    `${callback}%0d%0aset-cookie:x=1`,
    'javascript:alert(1)',
  ])('does not send a browser to %s', async (redirect_uri) => {
    const edge = shared()
    const { url } = await client(edge)
    const page = await browser(edge.emulator).get(url({ redirect_uri }))
    expect([page.status, page.location]).toEqual([400, undefined])
    expect(page.headers.get('content-security-policy')).toContain("frame-ancestors 'none'")
  })

  test.each([
    'https://evil.example/',
    '//evil.example/',
    '/cdn-cgi/access/logout',
    beside,
    '/anything',
  ])('has a login that leads to its own authorization alone, not to %s', async (path) => {
    const edge = shared()
    const person = browser(edge.emulator)
    const { location } = await person.get((await client(edge)).url())
    const login = new URL(location ?? '')
    expect(login.searchParams.get('redirect_url')).toMatch(/\/authorization\?/)
    login.searchParams.set('redirect_url', path)
    const end = await managed.signedIn(person, await person.get(login))
    expect([end.status, end.location, end.url.href]).toEqual([200, undefined, `${team}/`])
  })

  test('gives the state back as a parameter, whatever it contains', async () => {
    const edge = shared()
    const state = '"><script>&code=mine#\r\nset-cookie: x=1'
    const back = await managed.consented(edge, (await client(edge)).url({ state }))
    expect([back.searchParams.get('state'), back.hash]).toEqual([state, ''])
    expect(back.searchParams.getAll('code')).toHaveLength(1)
  })

  test('takes a code once: a second exchange ends what the first one gave', async () => {
    const { exchange, admitted, code } = await withCode()
    const first = await exchange(code)
    expect(await admitted(first)).toBe(200)
    const again = await exchange(code)
    expect([again.status, again.body.error]).toEqual([400, 'invalid_grant'])
    expect(await admitted(first)).toBe(401)
  })

  test.each(['opaque', 'jwt'] as const)(
    'takes a code from one of many requests at once, for a token of the form %s',
    async (form) => {
      const behaviours = { 'oidc.access_token': form, 'oauth.code_reuse': 'grant_stays' } as const
      const { exchange, code } = await withCode(await world({ behaviours }))
      const answers = await Promise.all(Array.from({ length: 8 }, () => exchange(code)))
      expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
    },
  )

  test.each<[string, managed.Parameters, string]>([
    ['another grant type', { grant_type: 'password' }, 'unsupported_grant_type'],
    ['an unknown code', { code: 'nothing' }, 'invalid_grant'],
    ['another redirect URI', { redirect_uri: 'https://evil.example/' }, 'invalid_grant'],
    ['no verifier', { code_verifier: undefined }, 'invalid_grant'],
    ['a wrong verifier', { code_verifier: `${managed.verifier}x` }, 'invalid_grant'],
  ])('refuses %s at the token endpoint, and the code stays good', async (_what, more, error) => {
    const { exchange, code } = await withCode()
    const refused = await exchange(code, more)
    expect([refused.status, refused.body.error]).toEqual([400, error])
    expect((await exchange(code)).status).toBe(200)
  })
})
