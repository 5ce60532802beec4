/** Someone who is signed in already and opens an application whose policies do not admit them. */
import { describe, expect, test } from 'vitest'
import { api } from '../../../contracts/api/operations.ts'
import { app, type EdgeFixture, edgeFixture, hosts, policy } from '../applications.ts'
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
const docs = 'https://docs.example.com/'
const teamHost = new URL(team).hostname
const bob = 'bob@example.com'
const onlyBob = policy('allow', [{ email: { email: bob } }])

async function signedIn(settings: object = {}) {
  const { edge, person } = await edgeAndBrowser({
    applications: [app('docs.example.com', [onlyBob], settings)],
  })
  await signIn(person, wiki)
  return { edge, person }
}

/** The answer to a person that the policies refuse at the end of a login. */
async function justLoggedIn(edge: EdgeFixture) {
  const person = browser(edge.emulator)
  await addProvider(edge, 'okta', 'Okta')
  const form = await standIn(person, docs, 'Okta')
  return person.submit(form, { email: stranger })
}

describe('gets the refusal of a login', () => {
  test('its page, with the ways to sign in as someone else in place of the way back', async () => {
    const { edge, person } = await signedIn()
    const page = await opened(person, docs)
    expect(await entryOf(edge, 'edge.login')).toMatchObject({ status: 403, verdict: 'deny' })
    const other = await justLoggedIn(edge)
    expect([page.status, page.url.origin]).toEqual([403, team])
    expect(page.text).toContain('<h1>That account does not have access.</h1>')
    const until = (text: string) => text.slice(0, text.indexOf('</h1>'))
    expect(until(page.text)).toBe(until(other.text))
    expect(other.text).toContain('Back to the login')
    expect(page.text).not.toContain('Back to the login')
    expect(page.headers.get('cache-control')).toBe('no-store')
    expect(page.headers.get('content-security-policy')).toBe(
      other.headers.get('content-security-policy'),
    )
  })

  test('with custom_deny_message', async () => {
    const { person } = await signedIn({ custom_deny_message: 'Ask <the> help desk.' })
    const page = await opened(person, docs)
    expect(page.text).toContain('<h1>Ask &lt;the&gt; help desk.</h1>')
  })

  test('the account’s own page, to the byte', async () => {
    const { edge, person } = await signedIn()
    const custom_html = '<h1>Ours</h1><script>var ours = 1</script>'
    const body = { name: 'Ours', type: 'identity_denied', custom_html }
    const { uid } = await edge.api(api.customPages.create, { body })
    await edge.change('docs.example.com', { custom_pages: [uid] })
    const [page, other] = [await opened(person, docs), await justLoggedIn(edge)]
    expect([page.status, page.text]).toEqual([other.status, custom_html])
    expect(page.headers.has('set-cookie')).toBe(false)
  })

  test('the redirect of custom_deny_url, before any page', async () => {
    const { edge, person } = await signedIn({ custom_deny_url: 'https://help.example.org/denied' })
    const { location } = await person.get(docs)
    const page = await person.get(location ?? '')
    expect([page.status, page.location?.href]).toEqual([302, 'https://help.example.org/denied'])
    expect(page.text).toBe('')
    expect((await justLoggedIn(edge)).location?.href).toBe(page.location?.href)
  })
})

describe('can sign in as someone else', () => {
  test('by One-time PIN, and then each application has its own person', async () => {
    const { person } = await signedIn()
    const refused = await opened(person, docs)
    const sent = last(await person.follow(await person.submit(refused, { email: bob })))
    expect(
      whoIsAt(last(await person.follow(await person.submit(sent, { code: pinOn(sent) })))),
    ).toBe(bob)
    expect(whoIsAt(await person.get(wiki))).toBe(ada)
  })

  test('at a provider, whose link does not lead back to the refusal', async () => {
    const { edge, person } = await signedIn()
    await addProvider(edge, 'okta', 'Okta')
    const refused = await opened(person, docs)
    const link = /href="([^"]*&amp;idp=[^"]*)">Okta</.exec(refused.text)?.[1] ?? ''
    const form = await person.get(new URL(link.replaceAll('&amp;', '&'), refused.url))
    expect([form.status, form.text]).toEqual([200, expect.stringContaining('stand-in for Okta')])
    const done = last(await person.follow(await person.submit(form, { email: bob })))
    expect(whoIsAt(done)).toBe(bob)
  })

  test('but an idp that the application does not offer is no way around the refusal', async () => {
    const { edge, person } = await signedIn()
    const path = `/cdn-cgi/access/login/docs.example.com?kid=${edge.aud('docs.example.com')}`
    for (const idp of ['', 'none', '00000000-0000-4000-8000-000000000000']) {
      expect((await person.get(`${team}${path}&idp=${idp}`)).status).toBe(403)
    }
  })

  test('where the only provider is chosen for people who come to log in', async () => {
    const { edge, person } = await signedIn()
    const okta = await addProvider(edge, 'okta', 'Okta')
    const form = await person.get(`${team}/cdn-cgi/access/login/${hosts.P}?idp=${okta}`)
    await edge.change('docs.example.com', { allowed_idps: [okta], auto_redirect_to_identity: true })
    expect([form.status, whoIsAt(await person.get(wiki))]).toEqual([302, ada])
    expect((await opened(person, docs)).text).toContain('stand-in for Okta')
    person.forget(hosts.P, 'CF_Authorization')
    person.forget(teamHost, 'CF_Authorization')
    await person.follow(await person.submit(await standIn(person, wiki, 'Okta'), { email: ada }))
    const refused = await opened(person, docs)
    expect([refused.status, refused.text]).toEqual([403, expect.stringContaining('>Okta</a>')])
  })
})

test('a browser without CF_Session can use the form of the refusal', async () => {
  const { person } = await signedIn()
  person.forget(teamHost, 'CF_Session')
  const refused = await opened(person, docs)
  expect(refused.headers.get('set-cookie')).toContain('CF_Session=')
  const sent = await person.submit(refused, { email: bob })
  expect(sent.status).toBe(302)
  expect(last(await person.follow(sent)).text).toContain('Enter it below')
})

test('the other value of the behaviour offers the login page as if they were not signed in', async () => {
  const { edge, person } = await signedIn({ custom_deny_url: 'https://help.example.org/' })
  await edge.emulator.control.setBehaviours({ body: { 'login.refused_session': 'login_page' } })
  const page = await opened(person, docs)
  expect([page.status, page.text]).toEqual([200, expect.stringContaining('Send me a code')])
})

test('someone who is not signed in is asked to log in, as before', async () => {
  const edge = await edgeFixture({ applications: [app('docs.example.com', [onlyBob])] })
  const page = await askedForPin(browser(edge.emulator), docs, bob)
  expect(page.status).toBe(200)
})
