/** Tells from a response whether the edge, the origin or something else sent it. */
import { UnsecuredJWT } from 'jose'
import { expect, test } from 'vitest'
import { classify, createEdgeClient, type EdgeKind } from '../../client/edge/edge.ts'
import { targetFrom } from '../../client/target/target.ts'
import { appUrl, aud, profiles, startProfile, team } from './profiles.ts'
import { startStub } from './stub.ts'

const login = `https://${team}/cdn-cgi/access/login/app.example.com?kid=${aud}`
const challenge =
  'Cloudflare-Access resource_metadata="https://a/.well-known/cloudflare-access-protected-resource/"'

test.each<[string, number, Record<string, string>, EdgeKind]>([
  ['a redirect to the login page', 302, { location: login }, 'login'],
  ['a redirect of the origin', 302, { location: 'https://app.example.com/login' }, 'not_access'],
  ['a redirect that is not a URL', 302, { location: '/cdn-cgi/access/login' }, 'not_access'],
  ['403 with the AUD tag', 403, { 'cf-access-aud': aud }, 'blocked'],
  ['401 with the challenge of Access', 401, { 'www-authenticate': challenge }, 'blocked'],
  [
    '401 of Managed OAuth',
    401,
    {
      'www-authenticate':
        'Bearer realm="OAuth", resource_metadata="https://a/.well-known/cloudflare-access-protected-resource/"',
    },
    'blocked',
  ],
  ['403 with the error header', 403, { 'cf-access-error': '1' }, 'blocked'],
  ['403 of a firewall', 403, { 'cf-ray': 'x' }, 'not_access'],
  ['401 of the origin', 401, { 'www-authenticate': 'Basic realm="x"' }, 'not_access'],
  ['200 with the cookie', 200, { 'set-cookie': 'CF_Authorization=x; Path=/' }, 'passed'],
  ['500 of the origin with the cookie', 500, { 'set-cookie': 'CF_Authorization=x' }, 'passed'],
  ['200 with the cookie taken away', 200, { 'set-cookie': 'CF_Authorization=' }, 'not_access'],
  ['200 without a trace', 200, {}, 'not_access'],
])('%s', (_, status, headers, kind) => {
  expect(classify(new Response(null, { status, headers }))).toBe(kind)
})

test('a login redirect is read whole and never followed', async () => {
  const stub = await startProfile(profiles.observed)
  const edge = createEdgeClient({ target: targetFrom({ emulator: stub.url, env: {} }) })
  const answer = await edge.request(appUrl)
  expect(answer).toMatchObject({
    kind: 'login',
    status: 302,
    ray: 'ray1-SJC',
    team,
    aud,
    meta: { service_token_status: false, auth_status: 'NONE' },
    token: undefined,
  })
  expect(answer.challenge).toMatch(/^Cloudflare-Access /)
  expect(answer.cookies).toEqual([
    {
      name: 'CF_AppSession',
      value: 'n79bf3da3e2ce9270',
      attributes: { path: '/', secure: '', httponly: '' },
    },
  ])
  expect(stub.asked).toHaveLength(1)
})

test.each([
  ['absent', ''],
  ['no JWT', '&meta=zzz'],
  ['cut', `&meta=${new UnsecuredJWT({ type: 'meta' }).encode().slice(0, 30)}`],
])('a meta that is %s is left out', async (_, parameter) => {
  const stub = await startStub(() => ({ status: 302, headers: { location: login + parameter } }))
  const edge = createEdgeClient({ target: targetFrom({ emulator: stub.url, env: {} }) })
  expect(await edge.request(appUrl)).toMatchObject({ kind: 'login', meta: undefined, aud })
})

test('a redirect is handed back on the live target too', async () => {
  const stub = await startStub(() => ({ status: 302, headers: { location: '/elsewhere' } }))
  const edge = createEdgeClient({ target: targetFrom({ env: {} }) })
  expect(await edge.request(stub.url)).toMatchObject({ kind: 'not_access', status: 302 })
  expect(stub.asked).toHaveLength(1)
})
