/** The authorization endpoint of a SaaS application by POST, and where its refusals stand. */
import { decodeJwt } from 'jose'
import { describe, expect, test } from 'vitest'
import { browser, pinOn } from '../login/browser.ts'
import { ada, entryOf } from '../login/person.ts'
import { authorizationUrl, exchange, issuer, redirectUri, saasWorld } from './saas.ts'

const formOf = (parameters: Readonly<Record<string, string | undefined>> = {}) =>
  Object.fromEntries(new URL(authorizationUrl(parameters)).searchParams)
const url = `${issuer}/authorization`

/** Follows redirects as long as they stay on the team domain. */
async function walked(person: ReturnType<typeof browser>, from: ReturnType<typeof person.get>) {
  let page = await from
  while (page.location?.hostname === new URL(issuer).hostname)
    page = await person.get(page.location)
  return page
}

describe('The authorization endpoint by POST', () => {
  test('goes by the login to a code, and for a person with a session at once', async () => {
    const edge = await saasWorld()
    const person = browser(edge.emulator)
    const login = await walked(person, person.post(url, formOf()))
    const pin = await walked(person, person.submit(login, { email: ada }))
    const { location } = await walked(person, person.submit(pin, { code: pinOn(pin) }))
    expect(location?.href.split('?')[0]).toBe(redirectUri)
    expect(location?.searchParams.get('state')).toBe('a state')
    const { body } = await exchange(edge, location?.searchParams.get('code') ?? '')
    expect(decodeJwt(String(body.id_token))).toMatchObject({ email: ada, nonce: 'a nonce' })
    const again = await person.post(url, formOf({ state: 'another' }))
    expect([again.status, again.location?.searchParams.get('state')]).toEqual([302, 'another'])
    expect(again.location?.searchParams.get('code')).toMatch(/^[\w-]{43}$/)
    const { flow } = await entryOf(edge, 'edge.oidc_authorization_form')
    expect(flow?.step).toBe('code')
  })

  test('refuses at the callback, and with a page if the callback is not the client’s', async () => {
    const edge = await saasWorld()
    const person = browser(edge.emulator)
    const { location } = await person.post(url, formOf({ scope: 'openid phone' }))
    expect(location?.searchParams.get('error')).toBe('invalid_scope')
    const foreign = await person.post(url, formOf({ redirect_uri: 'https://evil.example/' }))
    expect([foreign.status, foreign.location]).toEqual([400, undefined])
    // What stands in the query is not mixed with the form.
    const mixed = await person.post(authorizationUrl(), { state: 'x' })
    expect([mixed.status, mixed.location]).toEqual([400, undefined])
  })

  test('knows no response mode but the default of a code, the query', async () => {
    const edge = await saasWorld()
    for (const response_mode of ['form_post', 'fragment']) {
      const { location } = await browser(edge.emulator).get(authorizationUrl({ response_mode }))
      expect(location?.searchParams.get('error')).toBe('invalid_request')
      expect(location?.searchParams.get('error_description')).toBe('response_mode must be query')
    }
    const { location } = await browser(edge.emulator).get(
      authorizationUrl({ response_mode: 'query' }),
    )
    expect(location?.searchParams.has('error')).toBe(false)
  })

  test.each([
    ['JSON', JSON.stringify(formOf()), 'application/json'],
    ['a long form', `x=${'y'.repeat(9000)}`, 'application/x-www-form-urlencoded'],
  ])('does not read %s', async (_, body, type) => {
    const edge = await saasWorld()
    const headers = { 'content-type': type }
    const answer = await edge.emulator.fetch(url, { method: 'POST', body, headers })
    expect([answer.status, answer.headers.get('location')]).toEqual([400, null])
    expect(await answer.text()).toContain('as a form of at most 8192 bytes')
  })

  test('gives no code to a page of another site that posts for a stranger', async () => {
    const edge = await saasWorld()
    const { location } = await browser(edge.emulator).post(url, formOf())
    expect(location?.pathname).toMatch(/^\/cdn-cgi\/access\/login\//)
  })
})

describe('The refusal of a flow that answers in the fragment stands there', () => {
  const hybrid = {
    grant_types: ['hybrid', 'implicit'],
    hybrid_and_implicit_options: { return_id_token_from_authorization_endpoint: true },
  }
  test.each([
    ['a scope that is not there', { scope: 'openid phone' }, 'invalid_scope', hybrid],
    ['no nonce', { nonce: undefined }, 'invalid_request', hybrid],
    ['the answer in the query', { response_mode: 'query' }, 'invalid_request', hybrid],
    ['the answer as a form', { response_mode: 'form_post' }, 'invalid_request', hybrid],
    ['prompt=none without a session', { prompt: 'none' }, 'login_required', hybrid],
    ['a flow that is not allowed', {}, 'unsupported_response_type', {}],
  ])('%s', async (_, parameters, error, settings) => {
    const edge = await saasWorld(settings)
    for (const response_type of ['code id_token', 'id_token']) {
      const asked = authorizationUrl({ response_type, ...parameters })
      const { location } = await browser(edge.emulator).get(asked)
      expect(location?.search).toBe('')
      const given = new URLSearchParams(location?.hash.slice(1))
      expect([given.get('error'), given.get('state')]).toEqual([error, 'a state'])
    }
  })
})
