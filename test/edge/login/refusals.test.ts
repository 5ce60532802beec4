/** Failed logins and their messages. */
import { describe, expect, test } from 'vitest'
import { api } from '../../../contracts/api/operations.ts'
import { app, edgeFixture, hosts, people, policy } from '../applications.ts'
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

const wiki = `https://${hosts.P}/`
const teamHost = new URL(team).hostname
const callback = `${team}/cdn-cgi/access/callback`
const noAccess = 'That account does not have access.'

describe('an address that no policy admits', () => {
  test('is answered like any other, and the emulator’s box says that no mail would come', async () => {
    const edge = await edgeFixture()
    const answer = async (email: string) => {
      const person = browser(edge.emulator)
      const sent = await person.submit(await opened(person, wiki), { email })
      const page = last(await person.follow(sent))
      const shape = (text: string) => text.replaceAll(/[0-9a-f]{32,}/g, 'hex')
      const headers = [...sent.headers].map(([name]) => name)
      const [own = ''] = page.text.split('<aside>')
      return [sent.status, headers, shape(String(sent.location)), shape(own), page.text] as const
    }
    const [status, headers, location, own, text] = await answer(stranger)
    expect([status, headers, location, own]).toEqual((await answer(ada)).slice(0, 4))
    expect(text).toContain(`any to ${stranger} either: no policy of this application admits`)
  })

  test('has no code that signs it in, and the journal says why', async () => {
    const { edge, person } = await edgeAndBrowser()
    const page = await askedForPin(person, wiki, stranger)
    expect(await entryOf(edge, 'edge.request_pin')).toMatchObject({ status: 302, verdict: 'deny' })
    const refused = await person.submit(page, { code: '000000' })
    expect([refused.status, refused.location]).toEqual([403, undefined])
    expect(refused.text).toContain(noAccess)
    expect(refused.text).toContain((await entryOf(edge, 'edge.callback')).ray)
    expect(refused.text).toContain('No policy admits the address, so no One-time PIN was sent')
    const back = /<a class="button" href="([^"]*)">Back to the login</.exec(refused.text)?.[1]
    const again = await person.get(new URL(back?.replaceAll('&amp;', '&') ?? '', refused.url))
    expect([again.status, again.text]).toEqual([200, expect.stringContaining('name="email"')])
    expect(person.cookie(teamHost, 'CF_Authorization')).toBeUndefined()
    const { trail, verdict } = await entryOf(edge, 'edge.callback')
    expect([verdict, trail[0]?.reason]).toEqual(['deny', 'pin_not_sent'])
    expect(trail.map(({ reason }) => reason)).toContain('email_domain_differs')
  })

  test('typed at a stand-in is refused on the team domain, or where custom_deny_url says', async () => {
    const elsewhere = 'https://help.example.org/denied'
    const applications = [
      app('message.example.com', [people], { custom_deny_message: 'Ask <Ops>.' }),
      app('url.example.com', [people], { custom_deny_url: elsewhere }),
    ]
    const edge = await edgeFixture({ applications })
    await addProvider(edge, 'okta', 'Okta')
    const refused = async (host: string) => {
      const person = browser(edge.emulator)
      const page = await standIn(person, `https://${host}/`, 'Okta')
      const answer = await person.submit(page, { email: stranger })
      expect(person.cookie(teamHost, 'CF_Authorization')).toBeUndefined()
      return answer
    }
    const page = await refused('message.example.com')
    expect(page.status).toBe(403)
    expect(page.text).toContain('<h1>Ask &lt;Ops&gt;.</h1>')
    expect(page.text).not.toContain('That account does not have access')
    const sent = await refused('url.example.com')
    expect([sent.status, sent.location?.href]).toEqual([302, elsewhere])
    const { ray } = await entryOf(edge, 'edge.callback')
    const explained = await edge.emulator.control.explain({ body: { ray } })
    expect(explained).toMatchObject({ verdict: 'deny', reason: 'identity_not_admitted' })
    expect(explained.would_pass_if.join()).toContain('example.com')
  })
})

describe('a code', () => {
  test('that is wrong may be typed again', async () => {
    const { edge, person } = await edgeAndBrowser()
    const page = await askedForPin(person, wiki)
    const code = pinOn(page)
    const wrong = await person.submit(page, { code: code === '123456' ? '654321' : '123456' })
    expect([wrong.status, wrong.text.includes(noAccess)]).toEqual([403, true])
    expect((await entryOf(edge, 'edge.callback')).trail.at(-1)?.reason).toBe('pin_differs')
    const { ray } = await entryOf(edge, 'edge.callback')
    const explained = await edge.emulator.control.explain({ body: { ray } })
    expect(explained.would_pass_if).toEqual(['enter the code that was sent'])
    expect(whoIsAt(last(await person.follow(await person.submit(page, { code }))))).toBe(ada)
  })

  test('works once', async () => {
    const { edge, person } = await edgeAndBrowser()
    const page = await askedForPin(person, wiki)
    const code = pinOn(page)
    await person.submit(page, { code })
    const again = await person.submit(page, { code })
    expect([again.status, again.location]).toEqual([400, undefined])
    expect(again.text).toContain('This One-Time PIN has already been used')
    expect((await entryOf(edge, 'edge.callback')).trail.at(-1)?.reason).toBe('pin_used')
    expect((await person.get(page.url)).text).toContain('It has been used.')
  })

  test.each([
    [599, 302],
    [600, 403],
  ])('answers after %i seconds with %i: it is good for ten minutes', async (seconds, status) => {
    const { edge, person } = await edgeAndBrowser()
    const page = await askedForPin(person, wiki)
    await edge.advance(seconds)
    expect((await person.submit(page, { code: pinOn(page) })).status).toBe(status)
  })
})

describe('a step that is not the browser’s own', () => {
  const invalid = {
    session: 'Invalid session. Please try logging in again',
    login: 'Invalid login session.',
  }

  test('is refused without CF_Session, whatever it asks', async () => {
    const { person } = await edgeAndBrowser()
    const login = await opened(person, wiki)
    const page = await askedForPin(person, wiki)
    person.forget(teamHost, 'CF_Session')
    for (const answer of [
      await person.submit(login, { email: ada }),
      await person.get(page.url),
      await person.submit(page, { code: pinOn(page) }),
    ]) {
      expect([answer.status, answer.location]).toEqual([400, undefined])
      expect(answer.text).toContain(invalid.session)
      expect(answer.text).toContain('<title>Error ・ Cloudflare Access</title>')
      expect(answer.text).not.toContain(pinOn(page))
    }
  })

  test('is refused with the CF_Session of another', async () => {
    const edge = await edgeFixture()
    const page = await askedForPin(browser(edge.emulator), wiki)
    const other = browser(edge.emulator)
    await opened(other, wiki)
    for (const answer of [
      await other.get(page.url),
      await other.submit(page, { code: pinOn(page) }),
    ]) {
      expect([answer.status, answer.text.includes(invalid.login)]).toEqual([400, true])
      expect(answer.text).not.toContain(pinOn(page))
    }
  })

  test.each([
    [{ origin: 'https://evil.example' }],
    [{ origin: 'null' }],
    [{ 'sec-fetch-site': 'cross-site' }],
    [{ 'sec-fetch-site': 'same-site' }],
  ])('is refused from a page of another origin: %o', async (headers) => {
    const { edge, person } = await edgeAndBrowser()
    const login = await opened(person, wiki)
    const page = await askedForPin(person, wiki)
    const kid = edge.aud(hosts.P)
    const asked = `${team}/cdn-cgi/access/verify-code/${hosts.P}?kid=${kid}`
    const nonce = page.url.searchParams.get('nonce') ?? ''
    for (const answer of [
      await person.post(asked, { email: ada }, headers),
      await person.post(callback, { nonce, code: pinOn(page) }, headers),
    ]) {
      expect([answer.status, answer.text.includes(invalid.login)]).toEqual([400, true])
    }
    expect(login.status).toBe(200)
    const own = { origin: team, 'sec-fetch-site': 'same-origin' }
    expect((await person.post(callback, { nonce, code: pinOn(page) }, own)).status).toBe(302)
  })

  test('is refused with an unknown nonce, or one from before a reset', async () => {
    const { edge, person } = await edgeAndBrowser()
    const page = await askedForPin(person, wiki)
    const words = 'Invalid nonce. Please try logging in again.'
    expect((await person.post(callback, { code: '1' })).text).toContain(words)
    await edge.emulator.reset()
    expect((await person.submit(page, { code: pinOn(page) })).text).toContain(words)
    expect((await person.get(page.url)).text).toContain(words)
    expect((await edge.emulator.control.listPins()).result).toEqual([])
  })

  test('is refused four hours after the login began', async () => {
    const edge = await edgeFixture()
    await addProvider(edge, 'okta', 'Okta')
    const person = browser(edge.emulator)
    const page = await standIn(person, wiki, 'Okta')
    await edge.advance(4 * 3600)
    expect((await person.submit(page, { email: ada })).text).toContain(invalid.login)
  })
})

describe('a stand-in', () => {
  test.each([
    [{ email: 'nobody' }, 'Type an email address.'],
    [{ email: ada, claims: '[1]' }, 'The claims must be a JSON object'],
    [{ email: ada, claims: '{' }, 'The claims must be a JSON object'],
  ])('gives the form back with what was typed: %o', async (fields, words) => {
    const edge = await edgeFixture()
    await addProvider(edge, 'okta', 'Okta')
    const person = browser(edge.emulator)
    const page = await standIn(person, wiki, 'Okta')
    const back = await person.submit(page, { name: 'A "B" <c>', ...fields })
    expect([back.status, back.text.includes(words)]).toEqual([400, true])
    expect(back.text).toContain('value="A &quot;B&quot; &lt;c&gt;"')
    const again = await person.submit(back, { email: ada, claims: '' })
    expect(whoIsAt(last(await person.follow(again)))).toBe(ada)
    expect((await person.submit(back, { email: ada })).text).toContain('Invalid nonce.')
  })
})

describe('the way back to the application', () => {
  const ready = async (edge: Awaited<ReturnType<typeof edgeFixture>>) => {
    const person = browser(edge.emulator)
    const page = await askedForPin(person, wiki)
    const { location } = await person.submit(page, { code: pinOn(page) })
    if (location === undefined) throw new Error('the PIN leads nowhere')
    return { person, location }
  }
  const refused = (page: { status: number; text: string; headers: Headers }) => {
    expect([page.status, page.text.includes('Invalid login session.')]).toEqual([400, true])
    expect(page.headers.getSetCookie()).toEqual([])
  }

  test('is gone once, by the browser that was sent from there', async () => {
    const edge = await edgeFixture()
    const { person, location } = await ready(edge)
    refused(await browser(edge.emulator).get(location))
    expect((await person.get(location)).status).toBe(302)
    refused(await person.get(location))
  })

  test.each([
    ['without a nonce', (url: URL) => url.searchParams.delete('nonce')],
    ['without the state', (url: URL) => url.searchParams.delete('state')],
    [
      'with a state of another path',
      (url: URL) => {
        const state = JSON.parse(atob(url.searchParams.get('state') ?? '')) as object
        url.searchParams.set('state', btoa(JSON.stringify({ ...state, redirectURL: '/other' })))
      },
    ],
  ])('is refused %s', async (_what, bend) => {
    const edge = await edgeFixture()
    const { person, location } = await ready(edge)
    const bent = new URL(location)
    bend(bent)
    refused(await person.get(bent))
    expect((await person.get(location)).status).toBe(302)
  })

  test('is refused on another host, of another application or of the same', async () => {
    const two = [
      { type: 'public', uri: 'one.example.com' },
      { type: 'public', uri: 'two.example.com' },
    ] as const
    const applications = [app('one.example.com', [people], { destinations: [...two] })]
    const { person } = await edgeAndBrowser({ applications })
    await opened(person, 'https://two.example.com/')
    await opened(person, wiki)
    const page = await askedForPin(person, 'https://one.example.com/')
    const { location } = await person.submit(page, { code: pinOn(page) })
    for (const host of ['two.example.com', hosts.P]) {
      refused(await person.get(String(location).replace('one.example.com', host)))
    }
    expect((await person.get(location ?? '')).status).toBe(302)
  })

  test('is refused after five minutes, and where the application is gone', async () => {
    const edge = await edgeFixture()
    const late = await ready(edge)
    await edge.advance(300)
    refused(await late.person.get(late.location))
    const { person, location } = await ready(edge)
    await edge.api(api.applications.delete, { params: { app_id: edge.id(hosts.P) } })
    expect((await person.get(location)).status).toBe(404)
  })
})

test('no step is on the wrong kind of host', async () => {
  const { person } = await edgeAndBrowser()
  const statuses = [
    await person.post(`https://${hosts.P}/cdn-cgi/access/callback`, {}),
    await person.post(`https://${hosts.P}/cdn-cgi/access/verify-code/${hosts.P}`, {}),
    await person.get(`https://${hosts.P}/cdn-cgi/access/verify-code/${hosts.P}`),
    await person.get(`${team}/cdn-cgi/access/authorized`),
    await person.get(callback),
  ].map(({ status }) => status)
  expect(statuses).toEqual([404, 404, 404, 404, 404])
})

test('without an identity provider the page says that no one can sign in', async () => {
  const edge = await edgeFixture()
  const [pin] = await edge.api(api.identityProviders.list)
  const params = { identity_provider_id: pin?.id ?? '' }
  await edge.api(api.identityProviders.delete, { params })
  const { text } = await opened(browser(edge.emulator), wiki)
  expect(text).toContain('No identity provider')
  expect(text).not.toContain('<form')
})

test('steps that live would add are skipped, and the response says so', async () => {
  const asking = policy('allow', [{ email: { email: ada } }], {
    purpose_justification_required: true,
    approval_required: true,
  })
  const edge = await edgeFixture({ applications: [app('asking.example.com', [asking])] })
  const [sent] = await signIn(browser(edge.emulator), 'https://asking.example.com/')
  expect(sent?.headers.get('access-emulator-evidence')).toBe('emulator_only')
  const { trail } = await entryOf(edge, 'edge.callback')
  expect(trail.map(({ reason }) => reason).slice(-2)).toEqual([
    'purpose_justification_not_emulated',
    'approval_not_emulated',
  ])
  const [plain] = await signIn(browser(edge.emulator), wiki)
  expect(plain?.headers.has('access-emulator-evidence')).toBe(false)
})
