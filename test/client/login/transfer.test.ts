/** `access-client login` with cloudflared's sign-in: approval in the browser, token from the transfer service. */
import { expect, test } from 'vitest'
import {
  app,
  edgeFixture,
  everyone,
  hosts,
  people,
  policy,
  theNamed,
} from '../../edge/applications.ts'
import { approved } from '../../edge/cloudflared/program.ts'
import { browser, pinOn } from '../../edge/login/browser.ts'
import { ada, last, signIn } from '../../edge/login/person.ts'
import { mcp, oauth, oauthWorld } from '../../edge/oauth/application.ts'
import { personAt, realUrl } from './command.ts'

const wiki = `https://${hosts.P}/pages/1?a=b#top`

test('a person signs in and approves, and fetch and token use what was handed over', async () => {
  const edge = await edgeFixture()
  const person = await personAt(edge)
  const login = person.start(['login', wiki, '--no-browser', '--json'])
  const { event, url } = JSON.parse(await login.line)
  expect(event).toBe('login_url')
  const address = new URL(realUrl(url))
  expect(address.origin + address.pathname).toBe(`https://${hosts.P}/cdn-cgi/access/cli`)
  const key = address.searchParams.get('token')
  expect(Object.fromEntries(address.searchParams)).toEqual({
    a: 'b',
    aud: edge.aud(hosts.P),
    token: expect.stringMatching(/^[\w-]{43}=$/),
    redirect_url: `https://${hosts.P}/pages/1?a=b&aud=${edge.aud(hosts.P)}&token=${encodeURIComponent(String(key))}`,
    send_org_token: 'true',
    edge_token_transfer: 'true',
  })
  const visitor = browser(edge.emulator)
  await approved(visitor, last(await signIn(visitor, address.href)))
  const { code, out } = await login.ended
  expect(code).toBe(0)
  expect(JSON.parse(out.split('\n')[1] ?? '')).toEqual({
    event: 'signed_in',
    origin: `https://${hosts.P}`,
    by: 'cloudflared',
    aud: edge.aud(hosts.P),
    file: expect.stringContaining(person.state),
  })

  const fetched = await person.run(['fetch', `https://${hosts.P}/elsewhere`])
  expect(JSON.parse(fetched.out).headers['cf-access-authenticated-user-email']).toBe(ada)
  const token = await person.run(['token', `https://${hosts.P}/`, '--json'])
  expect(JSON.parse(token.out)).toMatchObject({ strategy: 'login', replayable: true })
  const { echo } = await edge.send(hosts.P, { token: JSON.parse(token.out).token })
  expect(echo.headers['cf-access-authenticated-user-email']).toBe(ada)

  await edge.advance(25 * 3600)
  const late = await person.run(['fetch', `https://${hosts.P}/`])
  expect(late).toMatchObject({
    code: 1,
    out: '',
    err: expect.stringContaining('Log in again: access-client login https://p.example.com/'),
  })
})

test('works the same way if the team lets no client register', async () => {
  const closed = {
    ...oauth,
    dynamic_client_registration: { ...oauth.dynamic_client_registration, enabled: false },
  }
  const edge = await edgeFixture({
    applications: [app(mcp, [people], { oauth_configuration: closed, skip_interstitial: true })],
  })
  const person = await personAt(edge)
  const login = person.start(['login', `https://${mcp}/`, '--no-browser'])
  const visitor = browser(edge.emulator)
  // A program would get 401.
  const first = await visitor.get(realUrl(await login.line), { accept: 'text/html' })
  const asked = last(await visitor.follow(first))
  const pin = last(await visitor.follow(await visitor.submit(asked, { email: ada })))
  await visitor.follow(await visitor.submit(pin, { code: pinOn(pin) }))
  expect(await login.ended).toMatchObject({
    code: 0,
    err: expect.stringMatching(/^note: The team .*register.*dynamic client registration/),
  })
  const fetched = await person.run(['fetch', `https://${mcp}/`])
  expect(JSON.parse(fetched.out).headers['cf-access-authenticated-user-email']).toBe(ada)
})

test.each([
  ['admits everyone', [policy('bypass', everyone)], 'does not ask for a login'],
  [
    'admits machines only',
    [policy('non_identity', theNamed)],
    'no policy of the application offers',
  ],
])('says that there is nothing to log in to if the application %s', async (_, policies, why) => {
  const edge = await edgeFixture({ applications: [app('other.example.com', policies)] })
  const person = await personAt(edge)
  const { code, err } = await person.run(['login', 'https://other.example.com/', '--no-browser'])
  expect({ code, err }).toEqual({ code: 1, err: expect.stringContaining(why) })
})

test('two applications on one host have a login each, and each URL gets its own', async () => {
  const edge = await edgeFixture({
    applications: [
      app('two.example.com', [people], { skip_interstitial: true }),
      app('two.example.com/admin', [people], { skip_interstitial: true }),
    ],
  })
  const person = await personAt(edge)
  for (const path of ['', '/admin']) {
    const login = person.start(['login', `https://two.example.com${path}`, '--no-browser'])
    await signIn(browser(edge.emulator), realUrl(await login.line))
    expect((await login.ended).code).toBe(0)
  }
  expect(await person.kept()).toHaveLength(2)
  for (const [path, domain] of [
    ['/', 'two.example.com'],
    ['/admin', 'two.example.com/admin'],
  ] as const) {
    const { out } = await person.run(['fetch', `https://two.example.com${path}`])
    expect(JSON.parse(out).claims.aud).toEqual([edge.aud(domain)])
  }
})

test('a login is used at its own target alone', async () => {
  const [edge, other] = [await oauthWorld(), await oauthWorld()]
  const person = await personAt(edge)
  const login = person.start(['login', `https://${hosts.P}/`, '--no-browser'])
  const visitor = browser(edge.emulator)
  await approved(visitor, last(await signIn(visitor, realUrl(await login.line))))
  await login.ended
  const env = { ACCESS_EMULATOR_URL: other.emulator.url }
  const { code, err } = await person.run(['fetch', `https://${hosts.P}/`], env)
  expect({ code, err }).toEqual({ code: 2, err: expect.stringContaining('nor a login for') })
})
