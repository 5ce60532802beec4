/** How long a session lasts, where it is valid, and what ends it. */
import { decodeJwt } from 'jose'
import { describe, expect, test } from 'vitest'
import { api } from '../../../contracts/api/operations.ts'
import { app, type EdgeFixture, edgeFixture, hosts, people, policy } from '../applications.ts'
import { type Browser, browser } from './browser.ts'
import {
  ada,
  addProvider,
  edgeAndBrowser,
  entryOf,
  last,
  opened,
  signIn,
  standIn,
  team,
  whoIsAt,
} from './person.ts'

const wiki = `https://${hosts.P}/`
const docs = 'https://docs.example.com/'
const teamHost = new URL(team).hostname
const hour = 3600

function life(person: Browser, host: string): number {
  const { value = '' } = person.cookie(host, 'CF_Authorization') ?? {}
  const { exp = 0, iat = 0 } = decodeJwt(value)
  return exp - iat
}

async function signedIn(applications = [app('docs.example.com', [people])]) {
  const { edge, person } = await edgeAndBrowser({ applications })
  await signIn(person, wiki)
  return { edge, person }
}

const isAsked = ({ text }: { text: string }) => text.includes('Send me a code')

describe('the global session', () => {
  test('opens another application without a prompt, with a separate token', async () => {
    const { edge, person } = await signedIn()
    const way = await person.follow(await person.get(docs))
    expect(way.map(({ status, url }) => [status, url.pathname.split('/').at(3) ?? ''])).toEqual([
      [302, ''],
      [302, 'login'],
      [302, 'authorized'],
      [200, ''],
    ])
    expect(whoIsAt(last(way))).toBe(ada)
    expect(await entryOf(edge, 'edge.login')).toMatchObject({ status: 302, verdict: 'pass' })
  })

  test('renews an application token that has ended, and asks again once it has ended itself', async () => {
    const { edge, person } = await signedIn([
      app('docs.example.com', [people], { session_duration: '1h' }),
    ])
    await opened(person, docs)
    expect(life(person, 'docs.example.com')).toBe(hour)
    await edge.advance(2 * hour)
    expect((await person.get(docs)).status).toBe(302)
    expect(whoIsAt(await opened(person, docs))).toBe(ada)
    await edge.advance(22 * hour - 1)
    expect(whoIsAt(await opened(person, docs))).toBe(ada)
    await edge.advance(hour)
    expect(isAsked(await opened(person, docs))).toBe(true)
  })

  test('is not enough if the policies admit someone else', async () => {
    const { edge, person } = await signedIn([
      app('docs.example.com', [policy('allow', [{ email: { email: 'bob@example.com' } }])]),
    ])
    expect(isAsked(await opened(person, docs))).toBe(true)
    expect(await entryOf(edge, 'edge.login')).toMatchObject({ status: 403, verdict: 'deny' })
  })

  test('is not enough where the application does not allow its identity provider', async () => {
    const { edge, person } = await signedIn()
    const okta = await addProvider(edge, 'okta', 'Okta')
    await edge.change('docs.example.com', { allowed_idps: [okta] })
    const page = await opened(person, docs)
    expect(page.text).toContain('>Okta<')
    await person.follow(await person.submit(await standIn(person, docs, 'Okta'), { email: ada }))
    expect(whoIsAt(await person.get(docs))).toBe(ada)
  })

  test('keeps the provider’s claims until the user signs in again', async () => {
    const ops = policy('allow', [{ okta: { name: 'ops', identity_provider_id: '' } }])
    const { edge, person } = await signedIn([app('docs.example.com', [ops])])
    expect(isAsked(await opened(person, docs))).toBe(true)
    await addProvider(edge, 'okta', 'Okta')
    const page = await standIn(person, wiki.replace(hosts.P, 'docs.example.com'), 'Okta')
    await person.follow(await person.submit(page, { email: ada, groups: 'ops' }))
    person.forget('docs.example.com', 'CF_Authorization')
    expect(whoIsAt(await opened(person, docs))).toBe(ada)
    person.forget(teamHost, 'CF_Authorization')
    person.forget(hosts.P, 'CF_Authorization')
    await signIn(person, wiki)
    person.forget('docs.example.com', 'CF_Authorization')
    expect(isAsked(await opened(person, docs))).toBe(true)
  })

  test('opens no application by itself, and an application token is no global session', async () => {
    const { edge, person } = await signedIn()
    const global = person.cookie(teamHost, 'CF_Authorization')?.value ?? ''
    const token = person.cookie(hosts.P, 'CF_Authorization')?.value ?? ''
    expect((await edge.send(hosts.P, { token: global })).status).toBe(302)
    expect((await edge.send(hosts.P, { token })).status).toBe(200)
    const path = `/cdn-cgi/access/login/docs.example.com?kid=${edge.aud('docs.example.com')}`
    expect((await edge.send(teamHost, { path, token })).status).toBe(200)
    expect((await edge.send(teamHost, { path, token: global })).status).toBe(302)
  })
})

describe('durations', () => {
  test.each([
    ['24 hours where nothing says', {}, {}, 24 * hour],
    ['the application’s', { session_duration: '6h' }, {}, 6 * hour],
    ['the policy’s before it', { session_duration: '6h' }, { session_duration: '30m' }, hour / 2],
    ['ten seconds for an immediate timeout', {}, { session_duration: '0s' }, 10],
  ])('of an application token: %s', async (_what, settings, ofPolicy, seconds) => {
    const admitting = policy('allow', [{ email: { email: ada } }], ofPolicy)
    const { person } = await signedIn([app('docs.example.com', [admitting], settings)])
    await opened(person, docs)
    expect(life(person, 'docs.example.com')).toBe(seconds)
    expect(life(person, teamHost)).toBe(24 * hour)
  })

  test('of the global session: the organization’s', async () => {
    const edge = await edgeFixture()
    await edge.api(api.organizations.patch, { body: { session_duration: '15m' } })
    const person = browser(edge.emulator)
    await signIn(person, wiki)
    expect(life(person, teamHost)).toBe(hour / 4)
    await edge.advance(hour / 4)
    person.forget(hosts.P, 'CF_Authorization')
    expect(isAsked(await opened(person, wiki))).toBe(true)
  })
})

describe('everything ends, also in the second in which it began,', () => {
  const ways: readonly (readonly [
    string,
    (person: Browser, edge: EdgeFixture) => Promise<unknown>,
  ])[] = [
    ['by logout on the application', (person) => person.get(`${wiki}cdn-cgi/access/logout`)],
    ['by logout on the team domain', (person) => person.get(`${team}/cdn-cgi/access/logout`)],
    [
      'by revoke_user',
      (_person, edge) => edge.api(api.organizations.revokeUser, { body: { email: ada } }),
    ],
  ]
  test.each(ways)('%s, and a new sign-in starts over', async (_what, end) => {
    const { edge, person } = await signedIn()
    await opened(person, docs)
    const held = person.cookie(teamHost, 'CF_Authorization')?.value ?? ''
    await end(person, edge)
    expect(isAsked(await opened(person, wiki))).toBe(true)
    expect(isAsked(await opened(person, docs))).toBe(true)
    const path = `/cdn-cgi/access/login/${hosts.P}?kid=${edge.aud(hosts.P)}`
    expect((await edge.send(teamHost, { path, token: held })).status).toBe(200)
    expect(whoIsAt(last(await signIn(person, wiki)))).toBe(ada)
    expect(whoIsAt(await opened(person, docs))).toBe(ada)
  })

  test('but revoke_tokens of an application ends no global session', async () => {
    const { edge, person } = await signedIn()
    await edge.api(api.applications.revokeTokens, { params: { app_id: edge.id(hosts.P) } })
    expect((await person.get(wiki)).status).toBe(302)
    expect(whoIsAt(await opened(person, wiki))).toBe(ada)
  })
})
