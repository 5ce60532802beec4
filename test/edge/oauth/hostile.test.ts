/** Attacks on Managed OAuth: stealing or redirecting tokens, exhausting the server. */
import { describe, expect, test } from 'vitest'
import { app, people } from '../applications.ts'
import { browser } from '../login/browser.ts'
import {
  asBearer,
  authorizationUrl,
  clientOf,
  codeFor,
  connected,
  consented,
  endpoint,
  exchange,
  oauth,
  oauthWorld,
  postForm,
  refresh,
  register,
  tokenIn,
} from './application.ts'

describe('A client gains nothing from what belongs to another', () => {
  test('from its code, which stays valid for its owner', async () => {
    const edge = await oauthWorld()
    const [mine, theirs] = [await clientOf(edge), await clientOf(edge)]
    const code = await codeFor(edge, theirs)
    const { status, body } = await exchange(edge, mine, code)
    expect([status, body.error]).toEqual([400, 'invalid_grant'])
    expect((await exchange(edge, theirs, code)).status).toBe(200)
  })

  test('from its refresh token, which it cannot revoke either', async () => {
    const edge = await oauthWorld()
    const theirs = await connected(edge)
    const mine = await clientOf(edge)
    expect((await refresh(edge, { ...theirs, id: mine })).body.error).toBe('invalid_grant')
    for (const token of [theirs.access, theirs.refresh]) {
      const form = { token, client_id: mine }
      expect((await postForm(edge, endpoint('revoke'), form)).body.error).toBe('invalid_grant')
    }
    expect((await asBearer(edge, theirs.access)).status).toBe(200)
    expect((await refresh(edge, theirs)).status).toBe(200)
  })
})

describe('Of many requests at once', () => {
  test('one refreshes', async () => {
    const edge = await oauthWorld({ behaviours: { 'oauth.refresh_reuse': 'refused' } })
    const client = await connected(edge)
    const answers = await Promise.all(Array.from({ length: 8 }, () => refresh(edge, client)))
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
  })

  test('each that registers, or asks for a code, gets its own', async () => {
    const edge = await oauthWorld()
    const made = await Promise.all(Array.from({ length: 8 }, () => clientOf(edge)))
    expect(new Set(made).size).toBe(8)
    const codes = await Promise.all(Array.from({ length: 8 }, () => codeFor(edge, made[0] ?? '')))
    expect(new Set(codes).size).toBe(8)
  })
})

test('parameters that come twice are refused', async () => {
  const edge = await oauthWorld()
  const url = `${authorizationUrl(await clientOf(edge))}&resource=https://evil.example/`
  const { location } = await browser(edge.emulator).get(url)
  expect(location?.searchParams.get('error')).toBe('invalid_request')
})

test('unauthenticated registrations are limited, and a client in use stays', async () => {
  const edge = await oauthWorld()
  const client = await connected(edge)
  for (let rounds = 0; rounds < 21; rounds += 1) {
    await Promise.all(Array.from({ length: 50 }, () => register(edge)))
  }
  const state = await edge.emulator.control.getState()
  expect(state.oauth_clients).toHaveLength(1000)
  expect((await refresh(edge, client)).status).toBe(200)
})

test('tokens, codes and secrets are in no journal, no log and no state', async () => {
  const callbackHost = 'cb.example.com'
  const redirect_uri = `https://${callbackHost}/callback`
  const lines: string[] = []
  const note = (fields: object, message: string) => lines.push(JSON.stringify([fields, message]))
  const edge = await oauthWorld({
    log: { info: note, warn: note, error: note },
    applications: [
      app(callbackHost, [people], {
        oauth_configuration: {
          ...oauth,
          dynamic_client_registration: { allowed_uris: [redirect_uri] },
        },
      }),
    ],
  })
  const registered = await register(edge, {
    redirect_uris: [redirect_uri],
    token_endpoint_auth_method: 'client_secret_post',
  })
  const { client_id, client_secret } = registered.body
  const id = String(client_id)
  const resource = `https://${callbackHost}/`
  const back = await consented(edge, authorizationUrl(id, { redirect_uri, resource }))
  const code = back.searchParams.get('code') ?? ''
  // The callback is on a host of the emulator, behind a login.
  const login = await browser(edge.emulator).get(back, { accept: 'text/html' })
  expect(login.status).toBe(302)
  expect((await browser(edge.emulator).get(login.location ?? '')).status).toBe(200)
  const form = { redirect_uri, client_secret: String(client_secret) }
  const answer = await exchange(edge, id, code, form)
  const [access, next] = [tokenIn(answer, 'access'), tokenIn(answer, 'refresh')]
  await asBearer(edge, access, callbackHost)
  await refresh(edge, { id, refresh: next }, { client_secret: String(client_secret) })
  await exchange(edge, id, code, form)
  const everything = JSON.stringify([
    (await edge.emulator.control.readJournal()).result,
    await edge.emulator.control.getState(),
    lines,
  ])
  for (const secret of [code, access, next, String(client_secret)]) {
    expect(secret.length).toBeGreaterThan(30)
    expect(everything).not.toContain(secret)
    expect(everything).not.toContain(encodeURIComponent(secret))
  }
})
