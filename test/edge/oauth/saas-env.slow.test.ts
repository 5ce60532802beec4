/** The variables of `access-emulator env --saas` are all that a SaaS application's client needs. */
import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createRemoteJWKSet, customFetch, jwtVerify } from 'jose'
import * as oauth from 'oauth4webapi'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { accessEmulator } from '../../support/built.ts'
import type { EdgeFixture } from '../applications.ts'
import { ada } from '../login/person.ts'
import { consented } from './application.ts'
import { clientId, clientSecret, issuer, redirectUri, saasWorld } from './saas.ts'

let edge: EdgeFixture
let stateHome: string
beforeAll(async () => {
  stateHome = await mkdtemp(join(tmpdir(), 'saas-'))
  // oauth4webapi and jose judge tokens by the wall clock.
  edge = await saasWorld(
    {},
    { at: `${new Date().toISOString().slice(0, 19)}Z+`, stateHome, keep: true },
  )
})

afterAll(async () => {
  await edge.emulator.close()
  await rm(stateHome, { recursive: true })
})

/** The emulator runs in this process, so children must run asynchronously. */
function env(
  ...flags: readonly string[]
): Promise<{ code: number; stdout: string; stderr: string }> {
  const argv = [accessEmulator, 'env', '--url', edge.emulator.url, ...flags]
  const options = { env: { PATH: process.env.PATH, HOME: stateHome, XDG_STATE_HOME: stateHome } }
  return new Promise((resolve) => {
    execFile(process.execPath, argv, options, (error, stdout, stderr) =>
      resolve({ code: Number(error?.code ?? 0), stdout, stderr }),
    )
  })
}

test.each(['SaaS', clientId])('--saas %s prints the variables of the demo', async (name) => {
  const { stdout, stderr } = await env('--saas', name, '--json')
  expect(stderr).toBe('')
  expect(JSON.parse(stdout)).toMatchObject({
    ACCESS_CLIENT_ID: clientId,
    ACCESS_CLIENT_SECRET: clientSecret,
    ACCESS_ISSUER: issuer,
    ACCESS_AUTHORIZATION_URL: `${issuer}/authorization`,
    ACCESS_TOKEN_URL: `${issuer}/token`,
    ACCESS_JWKS_URL: `${issuer}/jwks`,
    COOKIE_ENCRYPTION_KEY: expect.stringMatching(/^[0-9a-f]{64}$/),
  })
})

test('an unknown application is refused, with the names of the existing ones', async () => {
  expect(await env('--saas', 'Other')).toMatchObject({
    code: 2,
    stdout: '',
    stderr: expect.stringContaining('It has "SaaS".'),
  })
})

test('GET seed shows the secret to the owner of the machine; the API does not', async () => {
  const seed = await edge.emulator.control.getSeed()
  const shown = seed.accounts[0]?.applications.find(({ name }) => name === 'SaaS')
  expect(shown?.oidc).toEqual({ client_id: clientId, client_secret: clientSecret })
  const others = seed.accounts[0]?.applications.filter(({ name }) => name !== 'SaaS') ?? []
  expect(others.every((each) => !('oidc' in each))).toBe(true)
})

test('a client that knows only the variables signs a user in', async () => {
  const variables = JSON.parse((await env('--saas', 'SaaS', '--json')).stdout)
  const fetched = {
    [oauth.customFetch]: (
      to: string,
      { body, ...options }: oauth.CustomFetchOptions<string, URLSearchParams | undefined>,
    ) => edge.emulator.fetch(to, { ...options, body: body ?? null }),
  }
  const server = await oauth.processDiscoveryResponse(
    new URL(variables.ACCESS_ISSUER),
    await oauth.discoveryRequest(new URL(variables.ACCESS_ISSUER), {
      algorithm: 'oidc',
      ...fetched,
    }),
  )
  expect(server.token_endpoint).toBe(variables.ACCESS_TOKEN_URL)
  const verifier = oauth.generateRandomCodeVerifier()
  const state = oauth.generateRandomState()
  const url = new URL(variables.ACCESS_AUTHORIZATION_URL)
  url.search = new URLSearchParams({
    client_id: variables.ACCESS_CLIENT_ID,
    redirect_uri: redirectUri,
    response_type: 'code',
    scope: 'openid email profile',
    state,
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
  }).toString()
  const client = { client_id: variables.ACCESS_CLIENT_ID }
  const callback = oauth.validateAuthResponse(
    server,
    client,
    await consented(edge, url.href),
    state,
  )
  const answer = await oauth.authorizationCodeGrantRequest(
    server,
    client,
    oauth.ClientSecretPost(variables.ACCESS_CLIENT_SECRET),
    callback,
    redirectUri,
    verifier,
    fetched,
  )
  const tokens = await oauth.processAuthorizationCodeResponse(server, client, answer)
  expect(oauth.getValidatedIdTokenClaims(tokens)).toMatchObject({ email: ada, iss: issuer })
  const keys = createRemoteJWKSet(new URL(variables.ACCESS_JWKS_URL), {
    [customFetch]: (to, init) => edge.emulator.fetch(to, init),
  })
  const { payload } = await jwtVerify(tokens.id_token ?? '', keys, { audience: clientId })
  expect(payload.email).toBe(ada)
})
