/** The sign-in to a SaaS application by OpenID Connect is one flow in the journal. */
import { expect, test } from 'vitest'
import { fetched } from '../oauth/application.ts'
import {
  authorizationUrl,
  clientSecret,
  codeFor,
  consentedBy,
  exchange,
  issuer,
  saasWorld,
  userinfo,
} from '../oauth/saas.ts'
import { entries, latestFlow, page, steps } from './journal.ts'

test('from discovery to the claims, with the keys that are fetched last', async () => {
  const edge = await saasWorld()
  await fetched(edge, `${issuer}/.well-known/openid-configuration`)
  const code = await codeFor(edge, { code_challenge: undefined, code_challenge_method: undefined })
  const { body } = await exchange(edge, code, { code_verifier: undefined })
  await fetched(edge, `${issuer}/jwks`)
  await userinfo(edge, String(body.access_token))
  const flow = await latestFlow(edge)
  expect(await steps(edge, flow)).toEqual([
    ...['discovery 200', 'authorization 302', 'login 200', 'login 302', 'login 200', 'login 302'],
    ...['code 302', 'token 200', 'discovery 200', 'userinfo 200'],
  ])
  const { text } = await page(edge, `/flows/${flow}`)
  expect(text).toContain('<h1>OpenID Connect, client ccc')
  expect(text).toContain('<b class="good">Done</b>: The client has read who the person is.')
  const journal = JSON.stringify(await entries(edge))
  for (const secret of [clientSecret, code, body.access_token, body.id_token, body.refresh_token]) {
    expect(journal).not.toContain(secret)
    expect(text).not.toContain(secret)
  }
})

test('one by a provider’s page, which a policy refuses, stops at the login', async () => {
  const edge = await saasWorld()
  const { status } = await consentedBy(edge, authorizationUrl(), { email: 'eve@elsewhere.test' })
  expect(status).toBe(403)
  const { text } = await page(edge, `/flows/${await latestFlow(edge)}`)
  expect(text).toContain('<b class="bad">Stopped at login</b>')
  expect(text).toContain('<h2>What to do next</h2><ul><li>')
})
