/** The OpenID provider of SaaS applications by hand: documents, claims, refusals. */
import { createLocalJWKSet, decodeJwt, type JSONWebKeySet, jwtVerify } from 'jose'
import { describe, expect, test } from 'vitest'
import { api } from '../../../contracts/api/operations.ts'
import { startSeconds } from '../applications.ts'
import { browser } from '../login/browser.ts'
import { ada, entryOf, team } from '../login/person.ts'
import { connected, consented, fetched, postForm, refresh } from './application.ts'
import {
  authorizationUrl,
  clientId,
  clientSecret,
  codeFor,
  consentedBy,
  exchange,
  issuer,
  redirectUri,
  saasApplication,
  saasWorld,
  userinfo,
} from './saas.ts'

const grace = {
  email: 'grace@example.com',
  name: 'Grace Hopper',
  groups: 'TEAM-Navy, Admins',
  claims: '{"department":"compilers","last_name":"Hopper"}',
}

describe('The configuration document', () => {
  test('names the endpoints and what the application allows', async () => {
    const edge = await saasWorld()
    const { status, body, headers } = await fetched(
      edge,
      `${issuer}/.well-known/openid-configuration`,
    )
    expect([status, headers.get('access-control-allow-origin')]).toEqual([200, '*'])
    expect(body).toEqual({
      issuer,
      authorization_endpoint: `${issuer}/authorization`,
      token_endpoint: `${issuer}/token`,
      jwks_uri: `${issuer}/jwks`,
      userinfo_endpoint: `${issuer}/userinfo`,
      response_types_supported: ['code'],
      response_modes_supported: ['query'],
      grant_types_supported: ['authorization_code', 'refresh_token'],
      scopes_supported: ['openid', 'email', 'profile', 'groups', 'offline_access'],
      claims_supported: ['iss', 'aud', 'sub', 'exp', 'iat', 'nonce', 'email', 'name', 'groups'],
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: ['RS256'],
      token_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post'],
      code_challenge_methods_supported: ['S256'],
    })
  })

  test.each([
    ['oidc/authorize', 404],
    ['oidc/token', 404],
    [`oidc/${clientId}/authorize`, 404],
    [`oidc/${'d'.repeat(64)}/jwks`, 404],
    [`oidc/${'d'.repeat(64)}/.well-known/openid-configuration`, 404],
  ])('%s does not exist', async (path, status) => {
    const edge = await saasWorld()
    const url = `${team}/cdn-cgi/access/sso/${path}`
    expect((await fetched(edge, url)).status).toBe(status)
    const { result } = await edge.emulator.control.readJournal()
    expect(result.at(-1)?.why).toMatch(/no such endpoint|No SaaS application/)
  })

  test('an application’s host has none of these paths', async () => {
    const edge = await saasWorld()
    const { pathname } = new URL(issuer)
    const answer = await edge.send('p.example.com', { path: `${pathname}/jwks` })
    expect(answer.status).toBe(404)
  })
})

test('the ID token verifies with the application’s keys, which are not in certs', async () => {
  const edge = await saasWorld()
  const { body } = await exchange(edge, await codeFor(edge))
  const keys = (await fetched(edge, `${issuer}/jwks`)).body as unknown as JSONWebKeySet
  const { payload } = await jwtVerify(String(body.id_token), createLocalJWKSet(keys), {
    issuer,
    audience: clientId,
    currentDate: new Date(startSeconds * 1000),
  })
  expect(payload).toEqual({
    iss: issuer,
    aud: clientId,
    sub: expect.stringMatching(/^[0-9a-f-]{36}$/),
    iat: startSeconds,
    exp: startSeconds + 300,
    nonce: 'a nonce',
    email: ada,
  })
  const certs = (await fetched(edge, `${team}/cdn-cgi/access/certs`)).body
  expect(JSON.stringify(certs)).not.toContain(keys.keys[0]?.kid)
  // It survives a rotation of the account's keys.
  await edge.api(api.keys.rotate)
  expect((await fetched(edge, `${issuer}/jwks`)).body).toEqual(keys)
})

describe('Claims', () => {
  const claimsFor = async (settings = {}, parameters = {}) => {
    const edge = await saasWorld(settings)
    const { location } = await consentedBy(edge, authorizationUrl(parameters), grace)
    const { body } = await exchange(edge, location?.searchParams.get('code') ?? '')
    const { iss, aud, iat, exp, nonce, sub, ...claims } = decodeJwt(String(body.id_token))
    const { sub: again, ...info } = (await userinfo(edge, String(body.access_token))).body
    expect([again, info]).toEqual([sub, claims])
    expect([iss, aud, nonce, typeof iat, typeof exp]).toEqual([
      ...[issuer, clientId, 'a nonce'],
      ...['number', 'number'],
    ])
    return claims
  }

  test('come with their scopes', async () => {
    const { email, name } = grace
    expect(await claimsFor({}, { scope: 'openid' })).toEqual({})
    expect(await claimsFor({}, { scope: 'openid email' })).toEqual({ email })
    expect(await claimsFor({}, { scope: 'openid profile' })).toEqual({
      name,
      department: 'compilers',
      last_name: 'Hopper',
    })
    expect(await claimsFor({}, { scope: 'openid groups' })).toEqual({
      groups: ['TEAM-Navy', 'Admins'],
    })
  })

  test('of groups are filtered', async () => {
    const scope = 'openid groups'
    expect(await claimsFor({ group_filter_regex: '^TEAM-' }, { scope })).toEqual({
      groups: ['TEAM-Navy'],
    })
    expect(await claimsFor({ group_filter_regex: '(' }, { scope })).toEqual({ groups: [] })
  })

  test('of the application use its names, in their scope', async () => {
    const custom_claims = [
      { name: 'family_name', scope: 'email', source: { name: 'last_name' } },
      { name: 'email', scope: 'email', source: { name: 'department' } },
      { name: 'unit', scope: 'openid', source: { name: 'nothing', name_by_idp: {} } },
    ]
    expect(await claimsFor({ custom_claims }, { scope: 'openid email' })).toEqual({
      email: grace.email,
      family_name: 'Hopper',
    })
  })

  test('that are required but missing end the login at an error page', async () => {
    const custom_claims = [{ name: 'badge', required: true, scope: 'profile', source: {} }]
    const edge = await saasWorld({ custom_claims })
    const page = await consentedBy(edge, authorizationUrl(), grace)
    expect([page.status, page.location]).toEqual([400, undefined])
    expect(page.text).toContain('badge')
  })
})

describe('Authorization refuses at the callback', () => {
  const implicit = {
    grant_types: ['implicit'],
    hybrid_and_implicit_options: { return_id_token_from_authorization_endpoint: true },
  }
  test.each([
    ['a scope that is not there', { scope: 'openid phone' }, 'invalid_scope', {}],
    [
      'offline_access without refresh tokens',
      { scope: 'openid offline_access' },
      'invalid_scope',
      { grant_types: ['authorization_code'] },
    ],
    ['no openid', { scope: 'email' }, 'invalid_scope', {}],
    ['no scope', { scope: undefined }, 'invalid_scope', {}],
    ['another flow', { response_type: 'id_token' }, 'unsupported_response_type', {}],
    ['no response type', { response_type: undefined }, 'unsupported_response_type', {}],
    ['a form as the answer', { response_mode: 'form_post' }, 'invalid_request', {}],
    ['a plain challenge', { code_challenge_method: 'plain' }, 'invalid_request', {}],
    [
      'no challenge where PKCE is on',
      { code_challenge: undefined },
      'invalid_request',
      { grant_types: ['authorization_code_with_pkce'] },
    ],
    [
      'no nonce in the implicit flow',
      { response_type: 'id_token', nonce: undefined },
      'invalid_request',
      implicit,
    ],
    ['prompt=none without a session', { prompt: 'none' }, 'login_required', {}],
  ])('%s', async (_, parameters, error, settings) => {
    const edge = await saasWorld(settings)
    const { location } = await browser(edge.emulator).get(authorizationUrl(parameters))
    expect(location?.href.split(/[?#]/)[0]).toBe(redirectUri)
    const given = new URLSearchParams(location?.search || location?.hash.slice(1))
    expect([given.get('error'), given.get('state')]).toEqual([error, 'a state'])
    expect((await entryOf(edge, 'edge.oidc_authorization')).why).toContain(
      given.get('error_description'),
    )
  })

  test.each([
    ['an unknown callback', { redirect_uri: 'https://evil.example/' }],
    ['a longer one', { redirect_uri: `${redirectUri}/x` }],
    ['none', { redirect_uri: undefined }],
    ['the client id of another', { client_id: 'd'.repeat(64) }],
  ])('but shows a page for %s', async (_, parameters) => {
    const edge = await saasWorld()
    const page = await browser(edge.emulator).get(authorizationUrl(parameters))
    expect([page.status, page.location]).toEqual([400, undefined])
  })
})

test('the implicit flow gives both tokens in the fragment, and no code', async () => {
  const edge = await saasWorld({
    grant_types: ['implicit'],
    hybrid_and_implicit_options: {
      return_id_token_from_authorization_endpoint: true,
      return_access_token_from_authorization_endpoint: true,
    },
  })
  const url = authorizationUrl({ response_type: 'id_token token', code_challenge: undefined })
  const back = await consented(edge, url)
  const given = new URLSearchParams(back.hash.slice(1))
  expect([back.search, given.get('code'), given.get('token_type')]).toEqual(['', null, 'Bearer'])
  expect(decodeJwt(given.get('id_token') ?? '')).toMatchObject({
    email: ada,
    at_hash: expect.stringMatching(/^[\w-]{22}$/),
  })
  expect((await userinfo(edge, given.get('access_token') ?? '')).status).toBe(200)
})

describe('The token endpoint refuses', () => {
  test.each([
    ['no secret', { client_secret: undefined }, 401, 'invalid_client'],
    ['a wrong secret', { client_secret: 'wrong' }, 401, 'invalid_client'],
    ['another client id', { client_id: 'd'.repeat(64) }, 401, 'invalid_client'],
  ])('%s', async (_, more, status, error) => {
    const edge = await saasWorld()
    const code = await codeFor(edge)
    const refused = await exchange(edge, code, more)
    expect([refused.status, refused.body.error]).toEqual([status, error])
    expect((await exchange(edge, code)).status).toBe(200)
  })

  test('a refresh where the application has none, and gives no refresh token', async () => {
    const edge = await saasWorld({
      grant_types: ['authorization_code'],
      refresh_token_options: undefined,
    })
    const { body } = await exchange(edge, await codeFor(edge))
    expect(body).not.toHaveProperty('refresh_token')
    const answer = await postForm(edge, `${issuer}/token`, {
      ...{ grant_type: 'refresh_token', refresh_token: 'x' },
      ...{ client_id: clientId, client_secret: clientSecret },
    })
    expect(answer.body.error).toBe('unauthorized_client')
  })
})

describe('Userinfo refuses', () => {
  test('no token, an unknown one, an expired one, and one of another application', async () => {
    const other = 'd'.repeat(64)
    const second = saasApplication({ client_id: other }, { name: 'Second' })
    const edge = await saasWorld({}, { applications: [second] })
    const { body } = await exchange(edge, await codeFor(edge))
    const token = String(body.access_token)
    expect((await userinfo(edge, token)).status).toBe(200)
    const bare = await fetched(edge, `${issuer}/userinfo`)
    expect([bare.status, bare.headers.get('www-authenticate')]).toEqual([
      401,
      'Bearer realm="OAuth"',
    ])
    const refused = [
      await userinfo(edge, 'nothing'),
      await userinfo(edge, token, issuer.replace(clientId, other)),
    ]
    await edge.advance(300)
    refused.push(await userinfo(edge, token))
    for (const { status, headers, body: said } of refused) {
      expect([status, said.error]).toEqual([401, 'invalid_token'])
      expect(headers.get('www-authenticate')).toContain('error="invalid_token"')
    }
  })

  test('a token after its application revoked its tokens', async () => {
    const edge = await saasWorld()
    const { body } = await exchange(edge, await codeFor(edge))
    const [app] = await edge
      .api(api.applications.list)
      .then((all) => all.filter(({ type }) => type === 'saas'))
    await edge.advance(1)
    await edge.api(api.applications.revokeTokens, { params: { app_id: app?.id ?? '' } })
    expect((await userinfo(edge, String(body.access_token))).status).toBe(401)
  })
})

test('the tokens of one surface are invalid on the other', async () => {
  const edge = await saasWorld()
  const managed = await connected(edge)
  expect((await userinfo(edge, managed.access)).status).toBe(401)
  const { body } = await exchange(edge, await codeFor(edge))
  const asked = { id: managed.id, refresh: String(body.refresh_token) }
  expect((await refresh(edge, asked)).body.error).toBe('invalid_grant')
})

describe('SAML', () => {
  test('has metadata, and a sign-in that reports that it is not emulated', async () => {
    const edge = await saasWorld()
    const created = await edge.api(api.applications.create, {
      body: {
        type: 'saas',
        name: 'By SAML',
        saas_app: {
          auth_type: 'saml',
          sp_entity_id: 'x',
          consumer_service_url: 'https://sp.example/acs',
        },
      },
    })
    const endpoint = String(created.saas_app?.sso_endpoint)
    const metadata = await fetched(edge, `${endpoint}/saml-metadata`)
    expect([metadata.status, metadata.headers.get('content-type')]).toEqual([
      200,
      'application/xml',
    ])
    expect(metadata.text).toContain(`Location="${endpoint}"`)
    expect(metadata.text).toMatch(/<ds:X509Certificate>[A-Za-z0-9+/=]{500,}</)
    const signIn = await fetched(edge, `${endpoint}?SAMLRequest=x`)
    expect([signIn.status, signIn.text.includes('SAML is not emulated')]).toEqual([501, true])
    const none = `${team}/cdn-cgi/access/sso/saml/${'d'.repeat(64)}`
    expect((await fetched(edge, none)).status).toBe(404)
  })
})
