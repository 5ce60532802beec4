/** Managed OAuth by hand: each step of the protocol on the wire. */
import { decodeJwt } from 'jose'
import { describe, expect, test } from 'vitest'
import { startSeconds, team } from '../applications.ts'
import { ada } from '../login/person.ts'
import {
  asBearer,
  callback,
  connected,
  endpoint,
  fetched,
  mcp,
  oauthWorld,
  plain,
  postForm,
  refresh,
  register,
  tokenIn,
} from './application.ts'

describe('A client discovers', () => {
  test('the resource metadata from the 401, and the authorization server from that', async () => {
    const edge = await oauthWorld()
    const refused = await fetched(edge, `https://${mcp}/tools?x=1`)
    expect(refused.status).toBe(401)
    const challenge = refused.headers.get('www-authenticate') ?? ''
    const [, metadata = ''] = /resource_metadata="([^"]+)"/.exec(challenge) ?? []
    const resource = await fetched(edge, metadata)
    expect(resource.body).toMatchObject({
      resource: `https://${mcp}/tools`,
      authorization_servers: [`https://${team}`],
    })
  })

  test.each(['', '/tools'])('the RFC 9728 document, also of a path: "%s"', async (path) => {
    const edge = await oauthWorld()
    const url = `https://${mcp}/.well-known/oauth-protected-resource${path}`
    const { status, body, headers } = await fetched(edge, url)
    expect([status, headers.get('access-control-allow-origin'), body]).toEqual([
      200,
      '*',
      { resource: `https://${mcp}${path}`, authorization_servers: [`https://${team}`] },
    ])
  })

  test('the same RFC 8414 document on the application and on the team domain', async () => {
    const edge = await oauthWorld()
    const path = '/.well-known/oauth-authorization-server'
    const [here, there] = await Promise.all([
      fetched(edge, `https://${mcp}${path}`),
      fetched(edge, `https://${team}${path}`),
    ])
    expect(here.body).toEqual(there.body)
    expect(there.body).toEqual({
      issuer: `https://${team}`,
      authorization_endpoint: endpoint('authorization'),
      token_endpoint: endpoint('token'),
      revocation_endpoint: endpoint('revoke'),
      registration_endpoint: endpoint('registration'),
      response_types_supported: ['code'],
      response_modes_supported: ['query'],
      grant_types_supported: ['authorization_code', 'refresh_token'],
      token_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post', 'none'],
      code_challenge_methods_supported: ['S256'],
    })
  })

  test('nothing on the host of an application without it: the path belongs to the origin', async () => {
    const edge = await oauthWorld()
    const url = `https://${plain}/.well-known/oauth-authorization-server`
    expect((await fetched(edge, url)).status).toBe(302)
  })
})

describe('A registered client', () => {
  test('gets the RFC 7591 response, without a registration access token', async () => {
    const edge = await oauthWorld()
    const { status, body } = await register(edge)
    expect(status).toBe(201)
    expect(body).toEqual({
      client_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      client_name: 'A test',
      redirect_uris: [callback],
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      token_endpoint_auth_method: 'none',
      registration_client_uri: endpoint(`registration/${body.client_id}`),
      client_id_issued_at: startSeconds,
    })
    expect((await fetched(edge, String(body.registration_client_uri))).status).toBe(404)
  })

  test('gets tokens for a signed-in user’s code', async () => {
    const edge = await oauthWorld()
    const { answer } = await connected(edge)
    expect(answer.body).toEqual({
      access_token: expect.stringMatching(/^oauth:[\w-]{43}$/),
      refresh_token: expect.stringMatching(/^oauth:[\w-]{43}$/),
      token_type: 'bearer',
      expires_in: 900,
      scope: '',
      resource: `https://${mcp}/`,
    })
    expect(answer.headers.get('cache-control')).toBe('no-store')
  })

  test('is admitted by its access token, which the origin receives unchanged with the assertion', async () => {
    const edge = await oauthWorld()
    const { access } = await connected(edge)
    const { status, echo } = await asBearer(edge, access)
    expect(status).toBe(200)
    expect(echo.headers.authorization).toBe(`Bearer ${access}`)
    expect(echo.headers['cf-access-authenticated-user-email']).toBe(ada)
    expect(decodeJwt(echo.headers['cf-access-jwt-assertion'] ?? '')).toMatchObject({
      type: 'app',
      email: ada,
      aud: [edge.aud(mcp)],
      iss: `https://${team}`,
      iat: startSeconds,
      exp: startSeconds + 900,
    })
  })

  test('refreshes, each refresh token once', async () => {
    const edge = await oauthWorld()
    const client = await connected(edge)
    await edge.advance(901)
    expect((await asBearer(edge, client.access)).status).toBe(401)
    const answer = await refresh(edge, client)
    expect(answer.status).toBe(200)
    const [access, next] = [tokenIn(answer, 'access'), tokenIn(answer, 'refresh')]
    expect(new Set([access, next, client.access, client.refresh]).size).toBe(4)
    expect((await asBearer(edge, access)).status).toBe(200)
    const again = await refresh(edge, client)
    expect([again.status, again.body.error]).toEqual([400, 'invalid_grant'])
    // An old refresh token may have been stolen.
    expect((await asBearer(edge, access)).status).toBe(401)
    expect((await refresh(edge, { id: client.id, refresh: next })).status).toBe(400)
  })

  test('revokes one access token, or all of them through the refresh token', async () => {
    const edge = await oauthWorld()
    const client = await connected(edge)
    const revoke = (token: string) =>
      postForm(edge, endpoint('revoke'), { token, client_id: client.id })
    expect((await revoke(client.access)).status).toBe(200)
    expect((await asBearer(edge, client.access)).status).toBe(401)
    const answer = await refresh(edge, client)
    const access = tokenIn(answer, 'access')
    expect((await asBearer(edge, access)).status).toBe(200)
    expect((await revoke(tokenIn(answer, 'refresh'))).status).toBe(200)
    expect((await asBearer(edge, access)).status).toBe(401)
    expect((await revoke('oauth:never-was')).status).toBe(200)
  })
})
