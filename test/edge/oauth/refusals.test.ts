/** What Managed OAuth refuses: each with its RFC's error, and the reason in the journal. */
import { describe, expect, test } from 'vitest'
import { app, pairs, people, policy, sharedEdge } from '../applications.ts'
import { browser } from '../login/browser.ts'
import { entryOf, stranger, team } from '../login/person.ts'
import {
  asBearer,
  authorizationUrl,
  callback,
  clientOf,
  codeFor,
  connected,
  consented,
  endpoint,
  exchange,
  fetched,
  mcp,
  oauth,
  oauthWorld,
  plain,
  postForm,
  refresh,
  register,
  tokenIn,
  verifier,
} from './application.ts'

const shared = sharedEdge({}, oauthWorld)

describe('Registration', () => {
  test.each([
    ['a callback that no application allows', { redirect_uris: ['https://elsewhere.example/cb'] }],
    ['one beside an allowed folder', { redirect_uris: ['https://client.example.evil.example/cb'] }],
    ['one that climbs out of it', { redirect_uris: ['https://client.example@evil.example/cb'] }],
    ['a custom scheme but not as listed', { redirect_uris: ['cursor://anysphere.cursor/cb2'] }],
    ['one good and one bad', { redirect_uris: [callback, 'https://elsewhere.example/'] }],
  ])('refuses %s', async (_, metadata) => {
    const edge = shared()
    const { status, body } = await register(edge, metadata)
    const isUnreadable = JSON.stringify(metadata).includes('@')
    expect([status, body]).toEqual([
      400,
      isUnreadable
        ? { error: 'invalid_redirect_uri', error_description: expect.stringContaining('@evil') }
        : {
            error: 'invalid_client_metadata',
            error_description: 'redirect_uri is not allowed by the account configuration',
          },
    ])
    expect((await entryOf(edge, 'edge.oauth_registration')).why).toContain(
      String(body.error_description),
    )
  })

  test.each([
    ['nothing', {}, 'invalid_redirect_uri'],
    ['an empty list', { redirect_uris: [] }, 'invalid_redirect_uri'],
    ['a relative URI', { redirect_uris: ['/cb'] }, 'invalid_redirect_uri'],
    ['a fragment', { redirect_uris: [`${callback}#x`] }, 'invalid_redirect_uri'],
    ['a line break', { redirect_uris: [`${callback}\nx`] }, 'invalid_redirect_uri'],
    ['a script', { redirect_uris: ['javascript:alert(1)'] }, 'invalid_redirect_uri'],
    [
      'an unknown authentication',
      { redirect_uris: [callback], token_endpoint_auth_method: 'private_key_jwt' },
      'invalid_client_metadata',
    ],
    [
      'a grant that is not there',
      { redirect_uris: [callback], grant_types: ['client_credentials'] },
      'invalid_client_metadata',
    ],
    [
      'a name without end',
      { redirect_uris: [callback], client_name: 'x'.repeat(300) },
      'invalid_client_metadata',
    ],
  ])('refuses metadata with %s', async (_, metadata, error) => {
    const edge = shared()
    const answer = await edge.emulator.fetch(endpoint('registration'), {
      method: 'POST',
      body: JSON.stringify(metadata),
    })
    expect([answer.status, await answer.json()]).toMatchObject([400, { error }])
  })

  test.each(['', '[]', '{', 'x'.repeat(70_000)])(
    'refuses a body that is no object',
    async (body) => {
      const edge = shared()
      const answer = await edge.emulator.fetch(endpoint('registration'), { method: 'POST', body })
      expect(answer.status).toBe(400)
      expect(await answer.json()).toMatchObject({ error: expect.stringMatching(/^invalid_/) })
    },
  )

  test('is off if no application lets clients register, as the metadata say', async () => {
    const edge = await oauthWorld()
    const oauth_configuration = { ...oauth, dynamic_client_registration: { enabled: false } }
    await edge.change(mcp, { oauth_configuration })
    const { body } = await fetched(edge, `${team}/.well-known/oauth-authorization-server`)
    expect(body).not.toHaveProperty('registration_endpoint')
    expect((await register(edge)).body.error).toBe('invalid_client_metadata')
  })
})

describe('Authorization refuses at the callback', () => {
  test.each([
    [
      'another response type',
      { response_type: 'token' },
      'unsupported_response_type',
      'response_type must be code',
    ],
    [
      'no challenge',
      { code_challenge: undefined },
      'invalid_request',
      'code_challenge is required for public clients',
    ],
    [
      'a plain challenge',
      { code_challenge_method: 'plain' },
      'invalid_request',
      'code_challenge_method must be S256 for public clients',
    ],
    [
      'a challenge without its method',
      { code_challenge_method: undefined },
      'invalid_request',
      'code_challenge_method must be S256 for public clients',
    ],
    [
      'a short challenge',
      { code_challenge: 'short' },
      'invalid_request',
      'code_challenge must be 43 characters of base64url (RFC 7636)',
    ],
    ['no resource', { resource: undefined }, 'invalid_target', 'resource is required (RFC 8707)'],
    [
      'an application without OAuth',
      { resource: `https://${plain}/` },
      'invalid_target',
      'OAuth not enabled for the targeted resource',
    ],
    [
      'a host without an application',
      { resource: 'https://nothing.example.com/' },
      'invalid_target',
      'No application of the team covers the resource https://nothing.example.com/',
    ],
    [
      'another scheme',
      { resource: `http://${mcp}/` },
      'invalid_target',
      `No application of the team covers the resource http://${mcp}/`,
    ],
    [
      'no URL',
      { resource: mcp },
      'invalid_target',
      'resource must be an absolute URL without a fragment',
    ],
  ])('%s', async (_, parameters, error, error_description) => {
    const edge = shared()
    const back = await consented(edge, authorizationUrl(await clientOf(edge), parameters))
    expect(back.origin + back.pathname).toBe(callback)
    expect(Object.fromEntries(back.searchParams)).toEqual({
      error,
      error_description,
      state: 'a state',
    })
    expect((await entryOf(edge, 'edge.oauth_authorization')).why).toContain(error_description)
  })

  test('a callback that the application no longer allows, before any login', async () => {
    const edge = await oauthWorld()
    const redirect_uri = 'https://client.example/cb'
    const id = await clientOf(edge, { redirect_uris: [redirect_uri] })
    const change = (allowed_uris: string[]) =>
      edge.change(mcp, {
        oauth_configuration: { ...oauth, dynamic_client_registration: { allowed_uris } },
      })
    await change([])
    const { status, location } = await browser(edge.emulator).get(
      authorizationUrl(id, { redirect_uri }),
    )
    expect([status, location?.origin, location?.searchParams.get('error_description')]).toEqual([
      302,
      'https://client.example',
      'Redirect URI not allowed by application configuration',
    ])
    await change([redirect_uri])
    const back = await consented(edge, authorizationUrl(id, { redirect_uri }))
    expect(back.searchParams.has('code')).toBe(true)
  })
})

describe('Authorization shows a page, without any redirect, for', () => {
  test.each([
    ['an unknown client', '00000000-0000-4000-8000-000000000000', {}],
    ['a callback that was not registered', undefined, { redirect_uri: `${callback}/x` }],
    ['one with a query', undefined, { redirect_uri: `${callback}?x` }],
    ['one with another port', undefined, { redirect_uri: 'http://127.0.0.1:1/callback' }],
    ['another client’s callback', undefined, { redirect_uri: 'https://evil.example/' }],
  ])('%s', async (_, unknown, parameters) => {
    const edge = shared()
    const id = unknown ?? (await clientOf(edge))
    const page = await browser(edge.emulator).get(authorizationUrl(id, parameters))
    expect([page.status, page.location]).toEqual([400, undefined])
    expect(page.text).toContain('Invalid authorization request')
    expect(page.headers.get('content-security-policy')).toContain("frame-ancestors 'none'")
  })

  test('a user that no policy admits', async () => {
    const edge = await oauthWorld({ behaviours: { 'login.show_pin': true } })
    const id = await clientOf(edge)
    const person = browser(edge.emulator)
    const [login] = (await person.follow(await person.get(authorizationUrl(id)))).slice(-1)
    if (login === undefined) throw new Error('no login page')
    const [pin] = (await person.follow(await person.submit(login, { email: stranger }))).slice(-1)
    if (pin === undefined) throw new Error('no page for the PIN')
    const refused = await person.submit(pin, { code: '000000' })
    expect(refused.status).toBe(403)
    expect(refused.text).toContain('That account does not have access.')
  })
})

describe('The token endpoint refuses', () => {
  test.each([
    ['no grant type', { grant_type: '' }, 400, 'unsupported_grant_type'],
    ['a malformed verifier', { code_verifier: 'short' }, 400, 'invalid_grant'],
    ['another resource', { resource: `https://${plain}/` }, 400, 'invalid_target'],
    [
      'an unknown client',
      { client_id: '00000000-0000-4000-8000-000000000000' },
      401,
      'invalid_client',
    ],
    ['a secret of a client without one', { client_secret: 'x' }, 401, 'invalid_client'],
  ])('%s', async (_, more, status, error) => {
    const edge = shared()
    const id = await clientOf(edge)
    const code = await codeFor(edge, id)
    const refused = await exchange(edge, id, code, more)
    expect([refused.status, refused.body.error]).toEqual([status, error])
    expect(refused.body.error_description).toMatch(/\w/)
    expect(refused.headers.get('cache-control')).toBe('no-store')
    // The code is still valid.
    expect((await exchange(edge, id, code)).status).toBe(200)
  })

  test('a malformed form, or a repeated parameter', async () => {
    const edge = await oauthWorld()
    const send = (body: string, type: string) =>
      edge.emulator.fetch(endpoint('token'), {
        method: 'POST',
        body,
        headers: { 'content-type': type },
      })
    const form = 'application/x-www-form-urlencoded'
    for (const [body, type] of [
      ['{}', 'application/json'],
      ['code=1&code=2', form],
    ] as const) {
      const answer = await send(body, type)
      expect([answer.status, await answer.json()]).toMatchObject([
        400,
        { error: 'invalid_request' },
      ])
    }
  })

  test('GET, like an unknown path', async () => {
    const edge = await oauthWorld()
    expect((await fetched(edge, endpoint('token'))).status).toBe(404)
  })

  test('an expired code, and a refresh after the grant’s session has ended', async () => {
    const edge = await oauthWorld({ behaviours: { 'oauth.code_lifetime': 60 } })
    const client = await connected(edge)
    const code = await codeFor(edge, client.id)
    await edge.advance(60)
    expect((await exchange(edge, client.id, code)).body.error).toBe('invalid_grant')
    await edge.advance(24 * 3600)
    const { status, body } = await refresh(edge, client)
    expect([status, body.error_description]).toEqual([400, 'The session of the grant is over'])
  })

  test('a refresh for a user that the policies no longer admit', async () => {
    const edge = await oauthWorld()
    const client = await connected(edge)
    await edge.change(mcp, {
      oauth_configuration: oauth,
      policies: [policy('allow', [{ email: { email: 'b@example.com' } }])],
    })
    const { status, body } = await refresh(edge, client)
    expect([status, body.error, body.error_description]).toEqual([
      400,
      'invalid_grant',
      'No policy admits the person any more',
    ])
    expect((await entryOf(edge, 'edge.oauth_token')).verdict).toBe('deny')
    expect((await asBearer(edge, client.access)).status).toBe(401)
  })

  test('a client that registered with a secret, unless it sends the secret', async () => {
    const edge = await oauthWorld()
    for (const token_endpoint_auth_method of ['client_secret_basic', 'client_secret_post']) {
      const { body } = await register(edge, { token_endpoint_auth_method })
      const [id, secret] = [String(body.client_id), String(body.client_secret)]
      const basic = (text: string) => ({ authorization: `Basic ${btoa(`${id}:${text}`)}` })
      const code = await codeFor(edge, id)
      const form = {
        ...{ grant_type: 'authorization_code', code, redirect_uri: callback },
        code_verifier: verifier,
      }
      const sent = async (more: Record<string, string>, headers = {}) =>
        (await postForm(edge, endpoint('token'), { ...form, ...more }, headers)).status
      expect(await sent({ client_id: id })).toBe(401)
      expect(await sent({ client_id: id, client_secret: 'wrong' })).toBe(401)
      expect(await sent({}, basic('wrong'))).toBe(401)
      expect(await sent({ client_secret: secret }, basic(secret))).toBe(400)
      const isBasic = token_endpoint_auth_method === 'client_secret_basic'
      expect(
        await (isBasic ? sent({}, basic(secret)) : sent({ client_id: id, client_secret: secret })),
      ).toBe(200)
    }
  })
})

describe('The edge refuses a bearer with 401 and resource_metadata', () => {
  test('that is unknown, expired, or of another application', async () => {
    const other = 'other.example.com'
    const edge = await oauthWorld({
      applications: [app(other, [people], { oauth_configuration: oauth })],
    })
    const { access } = await connected(edge)
    expect((await asBearer(edge, access)).status).toBe(200)
    const refused = async (token: string, host: string, reason: string) => {
      const answer = await asBearer(edge, token, host, '/x')
      expect([answer.status, answer.headers['www-authenticate']]).toEqual([
        401,
        `Bearer realm="OAuth", error="invalid_token", error_description="Missing or invalid access token", resource_metadata="https://${host}/.well-known/cloudflare-access-protected-resource/x"`,
      ])
      const { trail } = await entryOf(edge, 'gate')
      expect(trail.map((step) => step.reason)).toContain(reason)
    }
    await refused('oauth:nothing', mcp, 'oauth_token_unknown')
    await refused(access, other, 'oauth_token_of_other_application')
    await edge.advance(900)
    await refused(access, mcp, 'oauth_token_expired')
  })

  test('on the host of an application without OAuth it is no credential at all', async () => {
    const edge = await oauthWorld()
    const { access } = await connected(edge)
    expect((await asBearer(edge, access, plain)).status).toBe(302)
  })

  test('next to a valid service token it is ignored', async () => {
    const edge = await oauthWorld()
    const { send } = edge
    const headers = { authorization: 'Bearer oauth:nothing' }
    expect((await send(mcp, { pair: pairs.named, headers })).status).toBe(200)
  })
})

test('one token works on every domain of its application', async () => {
  const second = 'second.example.com'
  const edge = await oauthWorld()
  const { access } = await connected(edge)
  const destinations = [mcp, second].map((uri) => ({ type: 'public', uri }))
  await edge.change(mcp, { oauth_configuration: oauth, destinations })
  expect((await asBearer(edge, access, second)).status).toBe(200)
  expect(tokenIn((await connected(edge)).answer, 'access')).not.toBe(access)
})
