/** The complete browser flow: from an application to its login page and back, signed in. */
import { decodeJwt } from 'jose'
import { describe, expect, test } from 'vitest'
import { app, edgeFixture, hosts, people, policy, startSeconds } from '../applications.ts'
import { browser, pinOn } from './browser.ts'
import {
  ada,
  addProvider,
  askedForPin,
  edgeAndBrowser,
  entryOf,
  last,
  opened,
  signIn,
  standIn,
  stranger,
  team,
  whoIsAt,
} from './person.ts'

const wiki = `https://${hosts.P}/pages/1?a=b%20c`
const teamHost = new URL(team).hostname

describe('a One-time PIN', () => {
  test('leads from the application through the login back to it, as that person', async () => {
    const { edge, person } = await edgeAndBrowser()
    const first = await opened(person, wiki)
    expect(first.url.href).toContain(`${team}/cdn-cgi/access/login/${hosts.P}?kid=`)
    expect(first.text).toContain('<title>Sign in ・ Cloudflare Access</title>')
    expect(first.text).toMatch(/Access <strong>emulator<\/strong>/)
    const asked = await person.submit(first, { email: ada })
    expect([
      asked.status,
      asked.location?.pathname,
      asked.location?.searchParams.get('kid'),
    ]).toEqual([302, `/cdn-cgi/access/verify-code/${hosts.P}`, edge.aud(hosts.P)])
    const page = last(await person.follow(asked))
    expect(page.text).toContain('A code has been emailed to you')
    const way = await person.follow(await person.submit(page, { code: pinOn(page) }))
    expect(way.map(({ status, url }) => [status, url.hostname, url.pathname])).toEqual([
      [302, teamHost, '/cdn-cgi/access/callback'],
      [302, hosts.P, '/cdn-cgi/access/authorized'],
      [200, hosts.P, '/pages/1'],
    ])
    expect(last(way).url.href).toBe(wiki)
    expect(whoIsAt(last(way))).toBe(ada)
    expect(whoIsAt(await person.get(wiki))).toBe(ada)
  })

  test('carries the host, the path and the team in the state of the way back', async () => {
    const edge = await edgeFixture()
    const [callback] = await signIn(browser(edge.emulator), wiki)
    const state = callback?.location?.searchParams.get('state') ?? ''
    expect(JSON.parse(atob(state))).toEqual({
      hostname: hosts.P,
      redirectURL: '/pages/1?a=b%20c',
      isSSO: false,
      authDomain: teamHost,
    })
  })

  test('gives the cookies that were seen, each with its own attributes', async () => {
    const { edge, person } = await edgeAndBrowser()
    await opened(person, wiki)
    const attributes = (host: string, name: string) => person.cookie(host, name)?.attributes
    expect(attributes(teamHost, 'CF_Session')).toBe(
      'Expires=Tue, 24 Nov 2026 14:00:00 GMT; Path=/; Secure; HttpOnly; SameSite=None',
    )
    await signIn(person, wiki)
    expect(attributes(teamHost, 'CF_Authorization')).toBe(
      'Expires=Wed, 25 Nov 2026 10:00:00 GMT; Path=/; Secure; HttpOnly; SameSite=None',
    )
    expect(attributes(teamHost, 'CF_Device')).toBe(
      'Expires=Thu, 24 Dec 2026 10:00:00 GMT; Path=/; Secure; HttpOnly; SameSite=Strict',
    )
    expect(attributes(hosts.P, 'CF_Authorization')).toBe(
      'Expires=Wed, 25 Nov 2026 10:00:00 GMT; Path=/; Secure; HttpOnly; SameSite=none',
    )
    const { value = '' } = person.cookie(hosts.P, 'CF_Authorization') ?? {}
    expect(decodeJwt(value)).toMatchObject({
      aud: [edge.aud(hosts.P)],
      email: ada,
      type: 'app',
      iat: startSeconds,
      exp: startSeconds + 86_400,
      h_INTERNAL_DO_NOT_USE: hosts.P,
    })
    const { value: session = '' } = person.cookie(teamHost, 'CF_Authorization') ?? {}
    expect(decodeJwt(session)).toMatchObject({ email: ada, type: 'org', iss: team })
  })

  test('is known to get-identity, on the application and on the team domain', async () => {
    const { person } = await edgeAndBrowser()
    await signIn(person, wiki)
    for (const home of [`https://${hosts.P}`, team]) {
      const { text } = await person.get(`${home}/cdn-cgi/access/get-identity`)
      const identity: unknown = JSON.parse(text)
      expect(identity).toMatchObject({ email: ada, idp: { type: 'onetimepin' } })
      // A One-time PIN proves an address only.
      expect(identity).not.toHaveProperty('id')
      expect(identity).not.toHaveProperty('amr')
    }
  })

  test('has its decisions in the journal, each with its trail', async () => {
    const edge = await edgeFixture()
    await signIn(browser(edge.emulator), wiki)
    for (const operation of ['edge.request_pin', 'edge.callback']) {
      const { verdict, trail } = await entryOf(edge, operation)
      const reasons = trail.map(({ stage, reason }) => `${stage} ${reason}`)
      expect([operation, verdict, reasons]).toEqual([
        operation,
        'pass',
        expect.arrayContaining(['identity admits', 'identity matches']),
      ])
    }
    expect(await entryOf(edge, 'edge.login')).toMatchObject({ status: 200, verdict: null })
    expect(await entryOf(edge, 'edge.authorized')).toMatchObject({ status: 302, verdict: null })
  })

  test('is available to tests from the control API, and on the page unless switched off', async () => {
    const { edge, person } = await edgeAndBrowser({ behaviours: { 'login.show_pin': false } })
    await askedForPin(person, wiki, stranger)
    const page = await askedForPin(person, wiki)
    expect(page.text).not.toMatch(/\d{6}<|<aside>/)
    const { result } = await edge.emulator.control.listPins({ query: { email: ada } })
    expect(result).toEqual([
      {
        email: ada,
        pin: expect.stringMatching(/^\d{6}$/),
        hostname: hosts.P,
        application: edge.id(hosts.P),
        asked_at: '2026-11-24T10:00:00.000Z',
        expires_at: '2026-11-24T10:10:00.000Z',
        used: false,
      },
    ])
    const code = result[0]?.pin ?? ''
    expect(whoIsAt(last(await person.follow(await person.submit(page, { code }))))).toBe(ada)
    const all = await edge.emulator.control.listPins()
    expect(all.result.map(({ email, pin, used }) => [email, pin, used])).toEqual([
      [stranger, null, false],
      [ada, code, true],
    ])
  })

  test('is the same in another run with the same entropy, and another with another', async () => {
    const locations = async (entropy: string) => {
      const edge = await edgeFixture({ entropy })
      const page = await askedForPin(browser(edge.emulator), wiki)
      return [pinOn(page), page.url.searchParams.get('nonce')]
    }
    const [one, same, other] = [await locations('a'), await locations('a'), await locations('b')]
    expect(same).toEqual(one)
    expect(other).not.toEqual(one)
  })
})

describe('another identity provider', () => {
  const inGroup = policy('allow', [{ okta: { name: 'ops', identity_provider_id: '' } }])
  const withClaim = policy('allow', [
    { oidc: { claim_name: 'department', claim_value: 'ops', identity_provider_id: '' } },
  ])
  const applications = [app('group.example.com', [inGroup]), app('claim.example.com', [withClaim])]

  test('has a labelled stand-in on which one chooses the user', async () => {
    const edge = await edgeFixture()
    const id = await addProvider(edge, 'okta', 'Our Okta')
    const person = browser(edge.emulator)
    const page = await standIn(person, wiki, 'Our Okta')
    expect(page.text).toContain('The emulator’s stand-in for Our Okta')
    const sent = await person.submit(page, { email: ada, name: 'Ada L', groups: 'ops, wiki' })
    expect(sent.headers.getSetCookie().map((line) => line.split('=')[0])).toEqual([
      'CF_Authorization',
    ])
    expect(whoIsAt(last(await person.follow(sent)))).toBe(ada)
    const { text } = await person.get(`${team}/cdn-cgi/access/get-identity`)
    expect(JSON.parse(text)).toMatchObject({
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      amr: ['pwd'],
      email: ada,
      name: 'Ada L',
      groups: ['ops', 'wiki'],
      idp: { id, type: 'okta' },
    })
  })

  test('gives get-identity the id and the methods that its claims name', async () => {
    const edge = await edgeFixture()
    await addProvider(edge, 'okta', 'Our Okta')
    const person = browser(edge.emulator)
    const page = await standIn(person, wiki, 'Our Okta')
    const claims = JSON.stringify({ sub: '00u1ada', amr: ['mfa', 'otp'] })
    await person.follow(await person.submit(page, { email: ada, claims }))
    const { text } = await person.get(`https://${hosts.P}/cdn-cgi/access/get-identity`)
    expect(JSON.parse(text)).toMatchObject({ id: '00u1ada', amr: ['mfa', 'otp'] })
  })

  test.each([
    ['group.example.com', { groups: 'wiki, ops' }, { groups: 'wiki' }],
    ['claim.example.com', { claims: '{"department":"ops"}' }, { claims: '{"department":"hr"}' }],
  ])('vouches for what the policies of %s ask', async (host, fitting, other) => {
    const edge = await edgeFixture({ applications })
    await addProvider(edge, 'okta', 'Okta')
    const sent = async (fields: Record<string, string>) => {
      const person = browser(edge.emulator)
      const page = await standIn(person, `https://${host}/`, 'Okta')
      return last(await person.follow(await person.submit(page, { email: ada, ...fields })))
    }
    expect(whoIsAt(await sent(fitting))).toBe(ada)
    expect((await sent(other)).text).toContain('That account does not have access.')
    expect((await sent({})).text).toContain('That account does not have access.')
  })

  test('is offered where the application allows it, and skips the list where that is set', async () => {
    const edge = await edgeFixture()
    const okta = await addProvider(edge, 'okta', 'Okta')
    await addProvider(edge, 'github', 'GitHub')
    const [pin] = (await edge.emulator.control.getState({})).identity_providers as { id: string }[]
    const seen = async (settings: object) => {
      await edge.change(hosts.P, settings)
      const { text } = await opened(browser(edge.emulator), wiki)
      const words = ['Send me a code', '>Okta<', '>GitHub<', 'stand-in for Okta']
      return words.filter((word) => text.includes(word))
    }
    expect(await seen({})).toEqual(['Send me a code', '>Okta<', '>GitHub<'])
    expect(await seen({ allowed_idps: [okta] })).toEqual(['>Okta<'])
    const skipping = { auto_redirect_to_identity: true }
    expect(await seen({ allowed_idps: [okta], ...skipping })).toEqual(['stand-in for Okta'])
    expect(await seen({ allowed_idps: [pin?.id], ...skipping })).toEqual(['Send me a code'])
    expect(await seen(skipping)).toEqual(['Send me a code', '>Okta<', '>GitHub<'])
  })
})

describe('the cookie of the application', () => {
  test.each([
    ['open.example.com', { http_only_cookie_attribute: false }, /Path=\/; Secure; SameSite=none$/],
    [
      'strict.example.com',
      { same_site_cookie_attribute: 'strict' },
      /; HttpOnly; SameSite=strict$/,
    ],
    ['path.example.com/deep', { path_cookie_attribute: true }, /; Path=\/deep; Secure/],
  ])('of %s is as its settings say', async (domain, settings, wanted) => {
    const edge = await edgeFixture({ applications: [app(domain, [people], settings)] })
    const way = await signIn(browser(edge.emulator), `https://${domain}/`)
    expect(whoIsAt(last(way))).toBe(ada)
    expect(way[1]?.headers.getSetCookie()).toEqual([expect.stringMatching(wanted)])
  })

  test('comes with its binding cookie where that is on, and counts only beside it', async () => {
    const host = 'bound.example.com'
    const applications = [app(host, [people], { enable_binding_cookie: true })]
    const { person } = await edgeAndBrowser({ applications })
    expect(whoIsAt(last(await signIn(person, `https://${host}/`)))).toBe(ada)
    expect(person.cookie(host, 'CF_Binding')?.attributes).toBe(
      'Expires=Wed, 25 Nov 2026 10:00:00 GMT; Path=/; Secure; HttpOnly; SameSite=None',
    )
    person.forget(host, 'CF_Binding')
    expect((await person.get(`https://${host}/`)).status).toBe(302)
  })
})

test('HEAD takes the same way, as cloudflared goes it with the token of the global session', async () => {
  const { edge, person } = await edgeAndBrowser({
    applications: [app('ssh.example.com', [people])],
  })
  await signIn(person, wiki)
  const session = person.cookie(teamHost, 'CF_Authorization')?.value
  const head = (host: string, path: string, cookie = '') =>
    edge.send(host, { method: 'HEAD', path, headers: cookie === '' ? {} : { cookie } })
  const refused = await head('ssh.example.com', '/')
  const login = new URL(refused.headers.location ?? '')
  const appSession = refused.cookies[0]?.split(';')[0]
  const renewed = await head(teamHost, login.pathname + login.search, `CF_Authorization=${session}`)
  const authorized = new URL(renewed.headers.location ?? '')
  expect([renewed.status, authorized.hostname]).toEqual([302, 'ssh.example.com'])
  const done = await head(authorized.hostname, authorized.pathname + authorized.search, appSession)
  expect(done.status).toBe(302)
  expect(done.cookies).toEqual([expect.stringMatching(/^CF_Authorization=ey.*; Expires=/)])
})
