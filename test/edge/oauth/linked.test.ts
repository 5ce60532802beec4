/** Tokens of one application at another that links it (edge-linked-app-token). */
import { decodeJwt } from 'jose'
import { describe, expect, test } from 'vitest'
import { api } from '../../../contracts/api/operations.ts'
import { app, type EdgeFixture, hosts, pairs, people, policy } from '../applications.ts'
import { ada } from '../login/person.ts'
import { asBearer, connected, mcp, postForm } from './application.ts'
import {
  clientId,
  clientSecret,
  codeFor,
  exchange,
  issuer,
  saasApplication,
  saasWorld,
  userinfo,
} from './saas.ts'

const back = 'back.example.com'
const front = 'front.example.com'
const linked = (name: string, more = {}) =>
  policy('non_identity', [{ linked_app_token: { name } }], { name: 'Linked', ...more })

/** `back` links the SaaS application and `front`; `plainly` has the same token in an Allow policy. */
function linkedWorld(behaviours = {}): Promise<EdgeFixture> {
  return saasWorld(
    { client_id: clientId },
    {
      behaviours,
      applications: [
        saasApplication({ client_id: 'd'.repeat(64) }, { name: 'Other SaaS' }),
        app(front, [people, policy('non_identity', [{ any_valid_service_token: {} }])]),
        app(back, [linked('SaaS'), linked(front, { name: 'Linked self-hosted' })]),
        app('allowed.example.com', [
          policy('allow', [{ linked_app_token: { name: 'SaaS' } }]),
          people,
        ]),
        app('other.example.com', [linked('Other SaaS')]),
        app('office.example.com', [
          linked('SaaS', { require: [{ ip: { ip: '10.0.0.0/8' } }] }),
          people,
        ]),
      ],
    },
  )
}

async function tokens(edge: EdgeFixture): Promise<{ access: string; refresh: string }> {
  const { body } = await exchange(edge, await codeFor(edge))
  return { access: String(body.access_token), refresh: String(body.refresh_token) }
}

describe('An access token of a SaaS application', () => {
  test.each(['opaque', 'jwt'] as const)('opens what links it, in the form %s', async (form) => {
    const edge = await linkedWorld({ 'oidc.access_token': form })
    const { access } = await tokens(edge)
    const answer = await asBearer(edge, access, back)
    expect([answer.status, answer.cookies]).toEqual([200, []])
    const { headers } = answer.echo
    // The client's own header goes on as it came.
    expect(headers.authorization).toBe(`Bearer ${access}`)
    expect(headers['cf-access-authenticated-user-email']).toBe(ada)
    const claims = decodeJwt(headers['cf-access-jwt-assertion'] ?? '')
    expect(claims).toMatchObject({ aud: [edge.aud(back)], email: ada, type: 'app' })
    expect((claims.exp ?? 0) - (claims.iat ?? 0)).toBe(300)
    const entry = await edge.lastEntry({ operation: 'gate' })
    expect(entry.why).toBe('Policy "Linked" admits the token of the linked application.')
    expect(JSON.stringify(entry)).not.toContain(access)
    const [log] = await edge.api(api.accessLogs.list)
    expect(log).toMatchObject({ allowed: true, user_email: ada, app_uid: edge.id(back) })
  })

  test('opens nothing else: no Allow policy, no other link, no other place', async () => {
    const edge = await linkedWorld()
    const { access } = await tokens(edge)
    expect((await asBearer(edge, access, 'allowed.example.com')).status).toBe(302)
    expect((await asBearer(edge, access, 'office.example.com')).status).toBe(302)
    expect((await asBearer(edge, access, hosts.P)).status).toBe(302)
    expect((await asBearer(edge, access, 'other.example.com')).status).toBe(403)
    const entry = await edge.lastEntry({ operation: 'gate' })
    expect(entry.why).toContain('of another application, which no policy links')
    expect(JSON.stringify(entry.trail)).toContain('other_linked_application')
    // Only the documented header is read.
    for (const headers of [{ 'cf-access-token': access }, { authorization: access }]) {
      expect((await edge.send(back, { headers })).status).toBe(403)
    }
  })

  test('does not open when it has expired, and the same answer is not remembered', async () => {
    const edge = await linkedWorld()
    const { access } = await tokens(edge)
    await edge.advance(299)
    const late = await asBearer(edge, access, back)
    expect(late.status).toBe(200)
    const assertion = decodeJwt(late.echo.headers['cf-access-jwt-assertion'] ?? '')
    await edge.advance(1)
    expect((await asBearer(edge, access, back)).status).toBe(403)
    expect(assertion.exp).toBe(Date.parse('2026-11-24T10:05:00Z') / 1000)
    const reasons = await edge.lastReasons({ operation: 'gate' })
    expect(reasons).toContain('linked_token_invalid')
  })

  test.each([
    [
      'revoke_tokens of its application',
      async (edge: EdgeFixture) => {
        const all = await edge.api(api.applications.list)
        const app_id = all.find(({ name }) => name === 'SaaS')?.id ?? ''
        await edge.api(api.applications.revokeTokens, { params: { app_id } })
      },
    ],
    [
      'the use of its code by someone else',
      async (edge: EdgeFixture, code: string) => {
        expect((await exchange(edge, code)).body.error).toBe('invalid_grant')
      },
    ],
  ])('does not open after %s', async (_, revoke) => {
    const edge = await linkedWorld()
    const code = await codeFor(edge)
    const access = String((await exchange(edge, code)).body.access_token)
    expect((await asBearer(edge, access, back)).status).toBe(200)
    await edge.advance(1)
    await revoke(edge, code)
    expect((await asBearer(edge, access, back)).status).toBe(403)
    expect((await userinfo(edge, access)).status).toBe(401)
  })

  test('is not a refresh token, nor one of Managed OAuth, nor what resembles it', async () => {
    const edge = await linkedWorld()
    const { access, refresh } = await tokens(edge)
    const managed = await connected(edge)
    for (const token of [
      refresh,
      managed.access,
      `${access}x`,
      access.slice(0, -1),
      clientSecret,
    ]) {
      expect((await asBearer(edge, token, back)).status, token).toBe(403)
    }
    expect((await asBearer(edge, access, mcp)).status).toBe(401)
    const renewed = await postForm(edge, `${issuer}/token`, {
      ...{ grant_type: 'refresh_token', refresh_token: refresh },
      ...{ client_id: clientId, client_secret: clientSecret },
    })
    expect((await asBearer(edge, String(renewed.body.access_token), back)).status).toBe(200)
  })

  test('is decided again when the policies change', async () => {
    const edge = await linkedWorld()
    const { access } = await tokens(edge)
    expect((await asBearer(edge, access, back)).status).toBe(200)
    await edge.change(back, { policies: [] })
    expect((await asBearer(edge, access, back)).status).toBe(403)
  })
})

describe('A JWT of a self-hosted application', () => {
  const forwarded = (edge: EdgeFixture, token: string, host = back) =>
    edge.send(host, { headers: { 'cf-access-token': token } })

  test('opens what links it, for the person and no longer than it lives', async () => {
    const edge = await linkedWorld()
    const token = await edge.signIn(ada, front)
    const answer = await forwarded(edge, token)
    const { headers } = answer.echo
    const own = decodeJwt(headers['cf-access-jwt-assertion'] ?? '')
    const sent = decodeJwt(token)
    expect([answer.status, headers['cf-access-authenticated-user-email']]).toEqual([200, ada])
    expect(own).toMatchObject({ aud: [edge.aud(back)], email: ada, sub: sent.sub })
    expect([own.exp, own.iat]).toEqual([sent.exp, sent.iat])
    // As a cookie or a bearer it is of another application.
    for (const sending of [{ token }, { headers: { authorization: `Bearer ${token}` } }]) {
      expect((await edge.send(back, sending)).status).toBe(403)
    }
    expect((await forwarded(edge, token, 'other.example.com')).status).toBe(403)
    await edge.advance(24 * 3600)
    expect((await forwarded(edge, token)).status).toBe(403)
  })

  test('that was issued to a service token stands for that service token', async () => {
    const edge = await linkedWorld()
    const token = await edge.tokenFor(front, pairs.unnamed)
    const { status, echo } = await forwarded(edge, token)
    expect(status).toBe(200)
    expect(echo.headers['cf-access-authenticated-user-email']).toBeUndefined()
    expect(decodeJwt(echo.headers['cf-access-jwt-assertion'] ?? '')).toMatchObject({
      common_name: pairs.unnamed.client_id,
      exp: decodeJwt(token).exp,
    })
  })

  test('opens nothing once its application revoked it', async () => {
    const edge = await linkedWorld()
    const token = await edge.signIn(ada, front)
    await edge.advance(1)
    await edge.api(api.applications.revokeTokens, { params: { app_id: edge.id(front) } })
    expect((await forwarded(edge, token)).status).toBe(403)
  })

  test('is not taken from a forger', async () => {
    const edge = await linkedWorld()
    const token = await edge.signIn(ada, front)
    const [head, claims] = token.split('.')
    const forged = `${head}.${claims}.${'A'.repeat(342)}`
    expect((await forwarded(edge, forged)).status).toBe(403)
  })

  test('beside a service token leaves the request to that, where the policy names it', async () => {
    const edge = await linkedWorld()
    const token = await edge.signIn(ada, front)
    const sending = { pair: pairs.unnamed, headers: { 'cf-access-token': token } }
    const byLink = await edge.send(back, sending)
    expect(byLink.echo.headers['cf-access-authenticated-user-email']).toBe(ada)
    const byPair = await edge.send(front, sending)
    expect(byPair.echo.claims?.common_name).toBe(pairs.unnamed.client_id)
  })
})
