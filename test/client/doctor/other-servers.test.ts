/** Servers other than the emulator: the doctor must neither call them healthy nor blame Access for them. */
import { expect, test } from 'vitest'
import { diagnose } from '../../../client/doctor/diagnose.ts'
import { targetFrom } from '../../../client/target/target.ts'
import { createEmulator } from '../../../emulator/index.ts'
import { doctorFixture, good, people, serviceAuth } from './situation.ts'

const pair = {
  client_id: `${'a1'.repeat(16)}.access`,
  client_secret: `cfast_${'secretOfNobody'.repeat(3)}`,
}
type Server = (url: URL) => Response

async function examine(server: Server, more: object = {}) {
  const held: string[] = []
  const fetch: typeof globalThis.fetch = async (url, init) => {
    if (new Headers(init?.headers).has('cf-access-client-secret')) held.push(String(url))
    return server(new URL(String(url)))
  }
  const target = targetFrom({ target: 'live', fetch, env: {} })
  const { healthy, causes } = await diagnose({ url: 'https://app.test/', target, ...more })
  return { healthy, ids: causes.map(({ id }) => id), held }
}

const answer = (status: number, body: string, headers: Record<string, string> = {}) => {
  return () => new Response(body, { status, headers })
}
const html = { 'content-type': 'text/html' }
const unguarded = [
  'host-not-protected',
  'application-deleted',
  'path-not-covered',
  'domain-malformed',
  'wildcard-level',
  'propagation-application',
]

test.each([
  ['a page for every path', answer(200, '<div id="root"></div>', html)],
  ['JSON for every path', answer(200, '{"ok":true}')],
  ['its own 401', answer(401, '{}', { 'www-authenticate': 'Bearer realm="app"' })],
  ['its own 403', answer(403, 'Forbidden')],
  ['a redirect to its own login', answer(302, '', { location: '/login' })],
  ['a redirect to an identity provider', answer(302, '', { location: 'https://idp.test/sso' })],
  ['500', answer(500, 'boom')],
])(
  'a host without Access that returns %s is not guarded, and gets no secret',
  async (_, server) => {
    for (const credentials of [undefined, pair]) {
      expect(await examine(server, { credentials })).toEqual({
        healthy: false,
        ids: unguarded,
        held: [],
      })
    }
  },
)

const atEdge = { server: 'cloudflare', 'cf-ray': '0123456789abcdef-SJC' }
test.each([
  ['a challenge', 403, 'Just a moment...', { ...html, 'cf-mitigated': 'challenge' }, ['waf-block']],
  ['a rule of the firewall', 403, 'error code: 1020', {}, ['waf-block']],
  ['a name that points to the edge itself', 403, 'error code: 1000', {}, []],
  [
    'an unreachable origin, as a page',
    522,
    '<html>Connection timed out</html>',
    html,
    ['origin-down'],
  ],
  ['an origin with a bad certificate, as a page', 526, '<html>Invalid</html>', html, []],
])(
  'the edge’s own response for %s says nothing about Access',
  async (_, status, body, headers, ids) => {
    const server = answer(status, body, { ...atEdge, ...headers })
    expect(await examine(server, { credentials: pair })).toEqual({ healthy: false, ids, held: [] })
  },
)

test('a login whose meta cannot be read does not prove the pair good', async () => {
  const location = `https://team.cloudflareaccess.com/cdn-cgi/access/login/app.test?kid=${'f'.repeat(64)}`
  const { ids } = await examine(answer(302, '', { location }), { credentials: pair })
  expect(ids).toEqual(expect.arrayContaining(['token-wrong-secret', 'token-under-allow']))
})

test('swapped halves of a pair are noticed before anything is sent', async () => {
  const swapped = { client_id: pair.client_secret, client_secret: pair.client_id }
  const { ids, held } = await examine(answer(403, '', { 'cf-access-aud': 'f'.repeat(64) }), {
    credentials: swapped,
  })
  expect({ ids, held }).toEqual({ ids: ['token-header-malformed'], held: [] })
})

test.each([
  [
    'is not trusted',
    { cause: Object.assign(new Error('x'), { code: 'SELF_SIGNED_CERT_IN_CHAIN' }) },
    /certificate .* not trusted.*NODE_EXTRA_CA_CERTS/,
  ],
  [
    'is for another name',
    { cause: Object.assign(new Error('x'), { code: 'ERR_TLS_CERT_ALTNAME_INVALID' }) },
    /certificate .* not trusted/,
  ],
  [
    'is never shown because a proxy refuses',
    { cause: new Error('Proxy response (403) !== 200 when HTTP Tunneling') },
    /proxy.*HTTPS_PROXY/,
  ],
])(
  'a certificate that %s stops the doctor, and is not reported as a cut connection',
  async (_, options, words) => {
    const server = () => {
      throw new TypeError('fetch failed', options)
    }
    await expect(examine(server)).rejects.toThrow(words)
  },
)

test('a port that fetch blocks is not reported as a cut connection', async () => {
  const target = targetFrom({ target: 'live', env: {} })
  const asked = diagnose({ url: 'https://127.0.0.1:1/', target })
  await expect(asked).rejects.toThrow('Nothing answers at 127.0.0.1:1.')
})

test.each(['expected', 'observed', 'strict'] as const)(
  'an AUD tag that is not the application’s is not healthy, in %s',
  async (profile) => {
    const emulator = await createEmulator({ profile, seed: 'example', at: '2026-01-02T03:04:05Z' })
    try {
      const fixture = doctorFixture(emulator, profile)
      const { pair: credentials, application, url } = await good(fixture, { withPeople: true })
      const ask = async (aud: string, more: object = {}) => {
        const { target } = fixture
        const { healthy, causes } = await diagnose({ url, target, aud, ...more })
        return { healthy, ids: causes.map(({ id }) => id) }
      }
      const ill = { healthy: false, ids: ['application-recreated'] }
      expect(await ask('f'.repeat(64), { credentials })).toEqual(ill)
      expect(await ask('f'.repeat(64))).toEqual(ill)
      expect(await ask(application.aud, { credentials })).toEqual({ healthy: true, ids: [] })
      expect(await ask(application.aud)).toEqual({ healthy: true, ids: [] })
    } finally {
      await emulator.close()
    }
  },
)

test('an origin’s refusal behind Access is undecided, and the report says that Access lets the pair in', async () => {
  const emulator = await createEmulator({ profile: 'observed', seed: 'example' })
  try {
    const fixture = doctorFixture(emulator, 'observed')
    const credentials = await fixture.token()
    await fixture.application([serviceAuth(credentials), people])
    const url = `https://${fixture.host}/status/503`
    const { healthy, causes, ruled_out } = await diagnose({
      url,
      target: fixture.target,
      credentials,
    })
    expect({ healthy, causes }).toEqual({ healthy: false, causes: [] })
    expect(ruled_out.find(({ id }) => id === 'token-under-allow')?.because).toMatch(
      /with the pair returned 503 .* Access lets it in\.$/,
    )
  } finally {
    await emulator.close()
  }
})
