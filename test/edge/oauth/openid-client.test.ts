/** An independent witness: openid-client at a SaaS application's provider. */
import * as client from 'openid-client'
import { describe, expect, test } from 'vitest'
import { ada } from '../login/person.ts'
import { consented } from './application.ts'
import { clientId, clientSecret, issuer, redirectUri, saasWorld } from './saas.ts'

/** openid-client uses the wall clock. */
const now = () => `${new Date().toISOString().slice(0, 19)}Z+`

async function setUp(settings: Readonly<Record<string, unknown>>, auth?: client.ClientAuth) {
  const edge = await saasWorld(settings, { at: now() })
  const config = await client.discovery(new URL(issuer), clientId, clientSecret, auth, {
    [client.customFetch]: (url, options) =>
      edge.emulator.fetch(url, { ...options, body: options.body ?? null }),
  })
  client.enableNonRepudiationChecks(config)
  return { edge, config }
}

describe.each([
  ['client_secret_post', {}, client.ClientSecretPost(clientSecret)],
  ['client_secret_basic', {}, client.ClientSecretBasic(clientSecret)],
  [
    'no secret and PKCE',
    {
      grant_types: ['authorization_code_with_pkce', 'refresh_tokens'],
      allow_pkce_without_client_secret: true,
    },
    client.None(),
  ],
])('with %s', (_, settings, auth) => {
  test('discovers, logs in, verifies the ID token, requests userinfo and refreshes', async () => {
    const { edge, config } = await setUp(settings, auth)
    expect(config.serverMetadata().issuer).toBe(issuer)
    const pkceCodeVerifier = client.randomPKCECodeVerifier()
    const expectedState = client.randomState()
    const expectedNonce = client.randomNonce()
    const url = client.buildAuthorizationUrl(config, {
      redirect_uri: redirectUri,
      scope: 'openid email profile',
      state: expectedState,
      nonce: expectedNonce,
      code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier),
      code_challenge_method: 'S256',
    })
    const back = await consented(edge, url.href)
    const checks = { pkceCodeVerifier, expectedState, expectedNonce }
    const tokens = await client.authorizationCodeGrant(config, back, checks)
    const claims = tokens.claims()
    expect(claims).toMatchObject({ iss: issuer, aud: clientId, email: ada, nonce: expectedNonce })
    const { sub = '' } = claims ?? {}
    const info = await client.fetchUserInfo(config, tokens.access_token, sub)
    expect(info).toEqual({ sub, email: ada })
    const again = await client.refreshTokenGrant(config, tokens.refresh_token ?? '')
    expect(again.claims()).toMatchObject({ sub, email: ada })
    expect(again.refresh_token).not.toBe(tokens.refresh_token)
    await expect(
      client.refreshTokenGrant(config, tokens.refresh_token ?? ''),
    ).rejects.toMatchObject({ error: 'invalid_grant' })
  })
})

test('verifies the tokens of the hybrid flow, including their hashes', async () => {
  const { edge, config } = await setUp({
    grant_types: ['hybrid'],
    refresh_token_options: undefined,
    hybrid_and_implicit_options: {
      return_id_token_from_authorization_endpoint: true,
      return_access_token_from_authorization_endpoint: true,
    },
  })
  client.useCodeIdTokenResponseType(config)
  const expectedNonce = client.randomNonce()
  const expectedState = client.randomState()
  const url = client.buildAuthorizationUrl(config, {
    redirect_uri: redirectUri,
    scope: 'openid email',
    state: expectedState,
    nonce: expectedNonce,
  })
  expect(url.searchParams.get('response_type')).toBe('code id_token')
  const back = await consented(edge, url.href)
  expect(back.search).toBe('')
  const checks = { expectedNonce, expectedState }
  const tokens = await client.authorizationCodeGrant(config, back, checks)
  expect(tokens.claims()).toMatchObject({ email: ada })
  expect(tokens.refresh_token).toBeUndefined()
})
