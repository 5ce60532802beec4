/** `POST /__access/explain` says why a code, a refresh token or an access token of OAuth was refused. */
import { expect, test } from 'vitest'
import { grantReasons } from '../../../contracts/reasons/oauth.ts'
import type { EdgeFixture } from '../applications.ts'
import {
  asBearer,
  clientOf,
  codeFor,
  connected,
  exchange,
  oauthWorld,
  refresh,
  type Sent,
  verifier,
} from './application.ts'
import { clientId, exchange as exchangeSaas, saasWorld } from './saas.ts'

function explained({ emulator }: EdgeFixture, ray: unknown) {
  return emulator.control.explain({ body: { ray: String(ray) } })
}

/** The client gets the same text and nothing more. */
async function expectReason(edge: EdgeFixture, sent: Sent, reason: keyof typeof grantReasons) {
  const { text, fix } = { fix: undefined, ...grantReasons[reason] }
  expect(sent.body).toEqual({ error: 'invalid_grant', error_description: text })
  expect(await explained(edge, sent.headers.get('cf-ray'))).toMatchObject({
    verdict: '400',
    reason,
    why: `${text}.`,
    would_pass_if: fix === undefined ? [] : [fix],
    advice: [],
  })
}

test('a code', async () => {
  const edge = await oauthWorld({ behaviours: { 'oauth.code_lifetime': 60 } })
  const [id, other] = [await clientOf(edge), await clientOf(edge)]
  const code = await codeFor(edge, id)
  await expectReason(edge, await exchange(edge, id, 'nothing'), 'oauth_code_unknown')
  await expectReason(edge, await exchange(edge, other, code), 'oauth_code_of_other_client')
  const wrong = { code_verifier: `${verifier}x` }
  await expectReason(edge, await exchange(edge, id, code, wrong), 'oauth_verifier_differs')
  const elsewhere = { redirect_uri: 'http://127.0.0.1:1/callback' }
  await expectReason(edge, await exchange(edge, id, code, elsewhere), 'oauth_code_redirect_differs')
  expect((await exchange(edge, id, code)).status).toBe(200)
  await expectReason(edge, await exchange(edge, id, code), 'oauth_code_used')
  const late = await codeFor(edge, id)
  await edge.advance(60)
  await expectReason(edge, await exchange(edge, id, late), 'oauth_code_expired')
})

test('a refresh token', async () => {
  const edge = await oauthWorld()
  const client = await connected(edge)
  const unknown = await refresh(edge, { ...client, refresh: 'oauth:nothing' })
  await expectReason(edge, unknown, 'oauth_refresh_token_unknown')
  const other = { ...client, id: await clientOf(edge) }
  await expectReason(edge, await refresh(edge, other), 'oauth_refresh_token_of_other_client')
  const kept = await connected(edge)
  await edge.advance(24 * 3600)
  await expectReason(edge, await refresh(edge, kept), 'oauth_grant_over')
})

test('a refresh token that was rotated away', async () => {
  const edge = await oauthWorld()
  const client = await connected(edge)
  expect((await refresh(edge, client)).status).toBe(200)
  await expectReason(edge, await refresh(edge, client), 'oauth_refresh_token_used')
})

test('a code of a SaaS application', async () => {
  const edge = await saasWorld()
  const refused = await exchangeSaas(edge, 'nothing')
  await expectReason(edge, refused, 'oauth_code_unknown')
  const { result } = await edge.emulator.control.readJournal({ query: { limit: 1 } })
  expect(result[0]).toMatchObject({ reason: 'oauth_code_unknown', code: null })
  expect(result[0]?.path).toContain(clientId)
})

test('an access token at the edge, with advice on how to get in', async () => {
  const edge = await oauthWorld()
  const client = await connected(edge)
  await edge.advance(15 * 60)
  const answer = await asBearer(edge, client.access)
  expect(answer.status).toBe(401)
  const { reason, why, would_pass_if, trail } = await explained(edge, answer.headers['cf-ray'])
  expect({ reason, why }).toEqual({
    reason: null,
    why: 'The access token of OAuth has expired: refresh it, so Access asks for a login.',
  })
  expect(would_pass_if).toContain('refresh the access token and send the new one')
  expect(trail.map((step) => step.reason)).toContain('oauth_token_expired')
})
