/** The redirects and pages that an account sets for denials: which of them answers, and that none can be misused. */
import { describe, expect, test } from 'vitest'
import { api } from '../../contracts/api/operations.ts'
import {
  app,
  type EdgeFixture,
  edgeFixture,
  everyone,
  pairs,
  people,
  policy,
  sharedEdge,
  theNamed,
} from './applications.ts'
import { browser } from './login/browser.ts'
import { addProvider, entryOf, standIn, stranger } from './login/person.ts'

const machines = 'machines.example.com'
const wiki = 'wiki.example.com'
const forbidden = '<!doctype html><h1>Ours: forbidden</h1><script>var ours = 1</script>'
const denied = '<!doctype html><h1>Ours: denied</h1><script>var ours = 1</script>'
const ofOrganization = '<!doctype html><h1>Of the organization</h1>'
const json = { accept: 'application/json' }

async function denials(options: Parameters<typeof edgeFixture>[0] = {}) {
  const edge = await edgeFixture({
    applications: [app(machines, [policy('non_identity', theNamed)]), app(wiki, [people])],
    ...options,
  })
  await addProvider(edge, 'okta', 'Okta')
  return edge
}

type PageType = 'forbidden' | 'identity_denied'

/** The uid of a new page. */
const pageOf = async (edge: EdgeFixture, type: PageType, custom_html: string) =>
  (await edge.api(api.customPages.create, { body: { name: type, type, custom_html } })).uid

/** The answer to someone that no policy admits, who signs in at the stand-in for Okta. */
async function refused(edge: EdgeFixture, host = wiki) {
  const person = browser(edge.emulator)
  const page = await standIn(person, `https://${host}/`, 'Okta')
  return person.submit(page, { email: stranger })
}

describe('a request that no login would help', () => {
  test('gets the page of the application as it was uploaded, with the status of the block page', async () => {
    const edge = await denials()
    const before = await edge.send(machines)
    expect([before.status, before.text]).toEqual([403, expect.stringContaining('Forbidden')])
    await edge.change(machines, { custom_pages: [await pageOf(edge, 'forbidden', forbidden)] })
    const after = await edge.send(machines)
    expect([after.status, after.text]).toEqual([403, forbidden])
    const ray = { 'cf-ray': expect.any(String), 'content-length': expect.any(String) }
    expect(after.headers).toEqual({ ...before.headers, ...ray })
    expect((await edge.send(machines, { pair: pairs.named })).status).toBe(200)
  })

  test('gets JSON as before if it asks for it, and 401 where the application answers that', async () => {
    const edge = await denials({ profile: 'observed' })
    const custom_pages = [await pageOf(edge, 'forbidden', forbidden)]
    await edge.change(machines, { custom_pages, service_auth_401_redirect: true })
    const page = await edge.send(machines)
    expect([page.status, page.text]).toEqual([401, forbidden])
    const { text } = await edge.send(machines, { headers: json })
    expect(JSON.parse(text)).toMatchObject({ status_code: 401, mtls_status: 'NONE' })
  })

  test('is redirected where the application says so, before any page', async () => {
    const edge = await denials()
    const elsewhere = 'https://help.example.org/denied?from=access'
    const custom_pages = [await pageOf(edge, 'forbidden', forbidden)]
    await edge.change(machines, { custom_pages, custom_non_identity_deny_url: elsewhere })
    const answer = await edge.send(machines)
    expect([answer.status, answer.headers.location, answer.text]).toEqual([302, elsewhere, ''])
    expect((await entryOf(edge, 'gate')).verdict).toBe('deny')
  })

  test('is not redirected if it carries a service token in a strict organization', async () => {
    const edge = await denials({ profile: 'strict' })
    await edge.change(machines, { custom_non_identity_deny_url: 'https://help.example.org/' })
    const wrong = { ...pairs.named, client_secret: pairs.unnamed.client_secret }
    const statuses = [undefined, wrong, pairs.unnamed].map(async (pair) => {
      const sending = pair === undefined ? {} : { pair }
      return (await edge.send(machines, sending)).status
    })
    expect(await Promise.all(statuses)).toEqual([302, 401, 403])
  })

  test('at a country that a policy requires, before any login', async () => {
    const require = [{ geo: { country_code: 'DE' } }]
    const edge = await denials({
      applications: [app('abroad.example.com', [policy('allow', everyone, { require })])],
    })
    const custom_pages = [await pageOf(edge, 'forbidden', forbidden)]
    await edge.change('abroad.example.com', { custom_pages })
    const from = (country: string) =>
      edge.send('abroad.example.com', { headers: { 'access-emulator-country': country } })
    expect((await from('FR')).text).toBe(forbidden)
    expect((await from('DE')).status).toBe(302)
  })
})

describe('a person that no policy admits', () => {
  test('sees the page of the application as it was uploaded, on the team domain', async () => {
    const edge = await denials()
    const before = await refused(edge)
    await edge.change(wiki, { custom_pages: [await pageOf(edge, 'identity_denied', denied)] })
    const after = await refused(edge)
    expect([after.status, after.text]).toEqual([before.status, denied])
    expect([after.url.hostname, after.headers.get('cache-control')]).toEqual([
      'team.cloudflareaccess.com',
      'no-store',
    ])
    // Scripts of the account's own page run, as they do in the block page's place.
    expect(after.headers.get('content-security-policy')).toBeNull()
  })

  test('is redirected where the application says so, before any page', async () => {
    const edge = await denials()
    const custom_pages = [await pageOf(edge, 'identity_denied', denied)]
    const elsewhere = 'https://help.example.org/denied'
    await edge.change(wiki, {
      custom_pages,
      custom_deny_url: elsewhere,
      custom_deny_message: 'No.',
    })
    const answer = await refused(edge)
    expect([answer.status, answer.location?.href]).toEqual([302, elsewhere])
  })
})

describe('the organization', () => {
  const organizationPages = async (edge: EdgeFixture) => ({
    forbidden: await pageOf(edge, 'forbidden', ofOrganization),
    identity_denied: await pageOf(edge, 'identity_denied', ofOrganization),
  })

  test('has a page of each kind for applications without their own', async () => {
    const edge = await denials()
    const custom_pages = await organizationPages(edge)
    await edge.api(api.organizations.patch, { body: { custom_pages } })
    expect((await edge.send(machines)).text).toBe(ofOrganization)
    expect((await refused(edge)).text).toBe(ofOrganization)
    await edge.change(machines, { custom_pages: [await pageOf(edge, 'forbidden', forbidden)] })
    expect((await edge.send(machines)).text).toBe(forbidden)
  })

  test('has no page for a kind other than its own, nor one that was deleted', async () => {
    const edge = await denials()
    const { forbidden: uid, identity_denied } = await organizationPages(edge)
    const swapped = { forbidden: identity_denied, identity_denied: uid }
    await edge.api(api.organizations.patch, { body: { custom_pages: swapped } })
    expect((await edge.send(machines)).text).toContain('Forbidden')
    await edge.api(api.organizations.patch, { body: { custom_pages: { forbidden: uid } } })
    expect((await edge.send(machines)).text).toBe(ofOrganization)
    await edge.api(api.customPages.delete, { params: { custom_page_id: uid } })
    expect((await edge.send(machines)).text).toContain('Forbidden')
  })
})

const shared = sharedEdge({}, denials)
test.each([
  'javascript:alert(1)',
  'data:text/html,x',
  '//evil.example/',
  'https://',
  'https://away.example:99999/',
  'https://away.example/\r\nx-injected: 1',
  'https://away.example/\tx',
])('%j is no URL to redirect to', async (url) => {
  const edge = shared()
  await edge.change(machines, { custom_non_identity_deny_url: url })
  await edge.change(wiki, { custom_deny_url: url })
  const blocked = await edge.send(machines)
  expect([blocked.status, blocked.headers.location]).toEqual([403, undefined])
  const answer = await refused(edge)
  expect([answer.status, answer.location]).toEqual([403, undefined])
  expect([blocked.headers['x-injected'], answer.headers.get('x-injected')]).toEqual([
    undefined,
    null,
  ])
})
