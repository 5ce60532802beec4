/** Who tries to get a token that is not theirs, to be sent elsewhere with one, or to wear the server out. */
import { describe, expect, test } from 'vitest'
import { app, people } from '../edge/applications.ts'
import { browser, pinOn } from '../login/browser.ts'
import { team } from '../login/person.ts'
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
  mcp,
  oauth,
  oauthWorld,
  postForm,
  refresh,
  register,
  tokenIn,
} from './application.ts'

describe('A client gets nothing by what belongs to another', () => {
  test('by its code, which stays good for its own', async () => {
    const world = await oauthWorld()
    const [mine, theirs] = [await clientOf(world), await clientOf(world)]
    const code = await codeFor(world, theirs)
    const { status, body } = await exchange(world, mine, code)
    expect([status, body.error]).toEqual([400, 'invalid_grant'])
    expect((await exchange(world, theirs, code)).status).toBe(200)
  })

  test('by its refresh token, nor can it revoke one', async () => {
    const world = await oauthWorld()
    const theirs = await connected(world)
    const mine = await clientOf(world)
    expect((await refresh(world, { ...theirs, id: mine })).body.error).toBe('invalid_grant')
    for (const token of [theirs.access, theirs.refresh]) {
      const form = { token, client_id: mine }
      expect((await postForm(world, endpoint('revoke'), form)).body.error).toBe('invalid_grant')
    }
    expect((await asBearer(world, theirs.access)).status).toBe(200)
    expect((await refresh(world, theirs)).status).toBe(200)
  })
})

describe('Of many requests at once', () => {
  test('one exchanges a code', async () => {
    const world = await oauthWorld({ behaviours: { 'oauth.code_reuse': 'grant_stays' } })
    const id = await clientOf(world)
    const code = await codeFor(world, id)
    const answers = await Promise.all(Array.from({ length: 8 }, () => exchange(world, id, code)))
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
  })

  test('one refreshes', async () => {
    const world = await oauthWorld({ behaviours: { 'oauth.refresh_reuse': 'refused' } })
    const client = await connected(world)
    const answers = await Promise.all(Array.from({ length: 8 }, () => refresh(world, client)))
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
  })

  test('each that registers, or asks for a code, gets its own', async () => {
    const world = await oauthWorld()
    const made = await Promise.all(Array.from({ length: 8 }, () => clientOf(world)))
    expect(new Set(made).size).toBe(8)
    const codes = await Promise.all(Array.from({ length: 8 }, () => codeFor(world, made[0] ?? '')))
    expect(new Set(codes).size).toBe(8)
  })
})

describe('A browser is sent to no place but the client’s own', () => {
  test.each([
    'https://evil.example/',
    '//evil.example/',
    `${callback}/../x`,
    `${callback}@evil.example`,
    'http://127.0.0.1:33418/callback%0d%0aset-cookie:x=1',
    'javascript:alert(1)',
  ])('with redirect_uri=%s', async (redirect_uri) => {
    const world = await oauthWorld()
    const url = authorizationUrl(await clientOf(world), { redirect_uri })
    const page = await browser(world.emulator).get(url)
    expect([page.status, page.location]).toEqual([400, undefined])
  })

  test.each([
    'https://evil.example/',
    '//evil.example/',
    '/cdn-cgi/access/logout',
    '/cdn-cgi/access/oauth/authorizationx?client_id=1',
    '/anything',
  ])('by the login for a program, with redirect_url=%s', async (redirectUrl) => {
    const world = await oauthWorld()
    const person = browser(world.emulator)
    const { hostname } = new URL(team)
    const login = `${team}/cdn-cgi/access/login/${hostname}?kid=${world.aud(mcp)}&redirect_url=${encodeURIComponent(redirectUrl)}`
    const asked = await person.submit(await person.get(login), { email: 'ada@example.com' })
    const [pin] = (await person.follow(asked)).slice(-1)
    if (pin === undefined) throw new Error('no page for the PIN')
    const { location } = await person.submit(pin, { code: pinOn(pin) })
    expect(location?.href).toBe(`${team}/`)
  })

  test('and a state is only ever a parameter', async () => {
    const world = await oauthWorld()
    const state = '"><script>&code=mine#\r\nset-cookie: x=1'
    const back = await consented(world, authorizationUrl(await clientOf(world), { state }))
    expect(back.searchParams.get('state')).toBe(state)
    expect(back.searchParams.getAll('code')).toHaveLength(1)
    expect(back.hash).toBe('')
  })
})

test('parameters that come twice are refused', async () => {
  const world = await oauthWorld()
  const url = `${authorizationUrl(await clientOf(world))}&resource=https://evil.example/`
  const { location } = await browser(world.emulator).get(url)
  expect(location?.searchParams.get('error')).toBe('invalid_request')
})

test('registrations without credentials are bounded, and a client that is used stays', async () => {
  const world = await oauthWorld()
  const client = await connected(world)
  for (let rounds = 0; rounds < 21; rounds += 1) {
    await Promise.all(Array.from({ length: 50 }, () => register(world)))
  }
  const state = await world.emulator.control.getState()
  expect(state.oauth_clients).toHaveLength(1000)
  expect((await refresh(world, client)).status).toBe(200)
})

test('tokens, codes and secrets are in no journal, no log and no state', async () => {
  const callbackHost = 'cb.example.com'
  const redirect_uri = `https://${callbackHost}/callback`
  const lines: string[] = []
  const note = (fields: object, message: string) => lines.push(JSON.stringify([fields, message]))
  const world = await oauthWorld({
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
  const registered = await register(world, {
    redirect_uris: [redirect_uri],
    token_endpoint_auth_method: 'client_secret_post',
  })
  const { client_id, client_secret } = registered.body
  const id = String(client_id)
  const resource = `https://${callbackHost}/`
  const back = await consented(world, authorizationUrl(id, { redirect_uri, resource }))
  const code = back.searchParams.get('code') ?? ''
  // The callback is on a host of the emulator, behind a login.
  const login = await browser(world.emulator).get(back, { accept: 'text/html' })
  expect(login.status).toBe(302)
  expect((await browser(world.emulator).get(login.location ?? '')).status).toBe(200)
  const form = { redirect_uri, client_secret: String(client_secret) }
  const answer = await exchange(world, id, code, form)
  const [access, next] = [tokenIn(answer, 'access'), tokenIn(answer, 'refresh')]
  await asBearer(world, access, callbackHost)
  await refresh(world, { id, refresh: next }, { client_secret: String(client_secret) })
  await exchange(world, id, code, form)
  const everything = JSON.stringify([
    (await world.emulator.control.readJournal()).result,
    await world.emulator.control.getState(),
    lines,
  ])
  for (const secret of [code, access, next, String(client_secret)]) {
    expect(secret.length).toBeGreaterThan(30)
    expect(everything).not.toContain(secret)
    expect(everything).not.toContain(encodeURIComponent(secret))
  }
})
