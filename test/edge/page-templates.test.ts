/** An account's own pages as Liquid templates: where they show, and what they can not do. */
import { describe, expect, test } from 'vitest'
import { api } from '../../contracts/api/operations.ts'
import { app, type EdgeFixture, edgeFixture, people, policy, theNamed } from './applications.ts'
import { approved, program } from './cloudflared/program.ts'
import { browser, pinOn } from './login/browser.ts'
import {
  ada,
  addProvider,
  entryOf,
  last,
  opened,
  signIn,
  standIn,
  stranger,
  whoIsAt,
} from './login/person.ts'

const wiki = 'wiki.example.com'
const machines = 'machines.example.com'
const at = `https://${wiki}/pages/1`
const authbox = '<cf-access-authbox></cf-access-authbox>'
const approval = '<cf-access-cli-approval></cf-access-cli-approval>'
const loginHtml = `<!doctype html><title>Ours</title><h1>{{ "ours" | upcase }}</h1><main>${authbox}</main><script>var ours = 1</script>`

const fixture = (options: Parameters<typeof edgeFixture>[0] = {}) =>
  edgeFixture({
    applications: [app(wiki, [people]), app(machines, [policy('non_identity', theNamed)])],
    ...options,
  })

/** Selects a new page for the application at a host; returns its uid. */
async function select(edge: EdgeFixture, domain: string, type: string, custom_html: string) {
  const body = { name: type, type, custom_html, contract_version: 1 }
  const { uid } = await edge.api(api.customPages.create, { body })
  await edge.change(domain, { custom_pages: [uid] })
  return uid
}

const scriptsOf = (policy: string | null) => /script-src ([^;]*)/.exec(policy ?? '')?.[1]

describe('a login page of the account', () => {
  test('has the form of Access in its place, and people sign in by it', async () => {
    const edge = await fixture()
    const before = await opened(browser(edge.emulator), at)
    await select(edge, wiki, 'login', loginHtml)
    const person = browser(edge.emulator)
    const page = await opened(person, at)
    expect([page.status, page.url.hostname]).toEqual([200, 'team.cloudflareaccess.com'])
    expect(page.text).toMatch(/^<!doctype html><title>Ours<\/title><h1>OURS<\/h1><main><h2>Get a/)
    expect(page.text).not.toContain('cf-access-authbox')
    for (const name of ['content-type', 'cache-control', 'cf-access-aud', 'cf-access-domain']) {
      expect(page.headers.get(name), name).toBe(before.headers.get(name))
    }
    const way = await signIn(person, at)
    expect(whoIsAt(last(way))).toBe(ada)
    expect(last(way).url.href).toBe(at)
  })

  test('has the links of the providers, but the stand-in of a provider is the emulator’s own', async () => {
    const edge = await fixture()
    await addProvider(edge, 'okta', 'Okta & <Co>')
    await select(edge, wiki, 'login', loginHtml)
    const person = browser(edge.emulator)
    const page = await opened(person, at)
    expect(page.text).toContain('>Okta &amp; &lt;Co&gt;</a>')
    const form = await standIn(person, at, 'Okta &amp; &lt;Co&gt;')
    expect(form.text).not.toContain('OURS')
    const done = await person.follow(await person.submit(form, { email: ada }))
    expect(whoIsAt(last(done))).toBe(ada)
  })

  test('runs no script but the one that keeps the fragment', async () => {
    const edge = await fixture()
    await select(edge, wiki, 'login', loginHtml)
    const { headers, text } = await opened(browser(edge.emulator), at)
    expect(scriptsOf(headers.get('content-security-policy'))).toMatch(/^'sha256-[\w+/=]+'$/)
    expect(text).toContain('location.hash')
    await edge.emulator.control.setBehaviours({ body: { 'login.fragment': 'dropped' } })
    const dropped = await opened(browser(edge.emulator), at)
    expect(scriptsOf(dropped.headers.get('content-security-policy'))).toBe("'none'")
    expect(dropped.text).not.toContain('location.hash')
  })

  test('is not that of another application, and ends with its selection', async () => {
    const edge = await fixture({ applications: [app(wiki, [people]), app(machines, [people])] })
    const uid = await select(edge, wiki, 'login', loginHtml)
    expect((await opened(browser(edge.emulator), `https://${machines}/`)).text).not.toContain(
      'OURS',
    )
    await edge.api(api.customPages.delete, { params: { custom_page_id: uid } })
    expect((await opened(browser(edge.emulator), at)).text).not.toContain('OURS')
  })

  test('shows nothing of what a request says', async () => {
    const edge = await fixture()
    const hostile = `{{ redirect_url }}{{ query.kid }}{{ request.headers.cookie }}${authbox}`
    await select(edge, wiki, 'login', hostile)
    const url = `https://team.cloudflareaccess.com/cdn-cgi/access/login/${wiki}?kid=${edge.aud(wiki)}&redirect_url=${encodeURIComponent('/"><script>alert(1)</script>')}`
    const { text } = await browser(edge.emulator).get(url)
    expect(text).not.toContain('<script>alert')
    expect(text).toMatch(/^<h2>Get a login code/)
  })
})

describe('an approval page of the account', () => {
  test('has the form of Access in its place, which approves', async () => {
    const edge = await fixture()
    await select(edge, wiki, 'interstitial', `<h1>Ours</h1>${approval}`)
    const cli = program(edge)
    const waits = cli.poll()
    const person = browser(edge.emulator)
    const page = last(await signIn(person, cli.approvalOf(at)))
    expect([page.status, page.url.pathname]).toEqual([200, '/cdn-cgi/access/cli'])
    expect(page.text).toMatch(/^<h1>Ours<\/h1><form method="post"/)
    expect(scriptsOf(page.headers.get('content-security-policy'))).toMatch(/^'sha256-[\w+/=]+'$/)
    expect((await approved(person, page)).text).toContain('You are signed in')
    expect(cli.tokensIn(await waits).app_token).toMatch(/^ey/)
  })
})

describe('a denial', () => {
  test('without identity shows the rendered page, in which no script runs', async () => {
    const edge = await fixture()
    const html = '<h1>{% if true %}Ours{% endif %}</h1>{% for i in (1..3) %}{{ i }}{% endfor %}'
    const before = await edge.send(machines)
    await select(edge, machines, 'forbidden', html)
    const after = await edge.send(machines)
    expect([after.status, after.text]).toEqual([403, '<h1>Ours</h1>123'])
    expect(scriptsOf(String(after.headers['content-security-policy']))).toBe("'none'")
    expect(after.headers['cf-access-aud']).toBe(before.headers['cf-access-aud'])
    const json = await edge.send(machines, { headers: { accept: 'application/json' } })
    expect(JSON.parse(json.text)).toMatchObject({ status_code: 403 })
    expect(json.headers).not.toHaveProperty('content-security-policy')
  })

  test('of a person, too, right after a login and where they were signed in', async () => {
    const edge = await fixture()
    await addProvider(edge, 'okta', 'Okta')
    await select(edge, wiki, 'identity_denied', '<h1>{{ "no" | capitalize }}</h1>')
    const person = browser(edge.emulator)
    const page = await person.submit(await standIn(person, at, 'Okta'), { email: stranger })
    expect([page.status, page.text]).toEqual([403, '<h1>No</h1>'])
    expect(await entryOf(edge, 'edge.callback')).toMatchObject({ verdict: 'deny', status: 403 })
  })

  test('has the time of the emulator, not of the machine', async () => {
    const edge = await fixture()
    await select(
      edge,
      machines,
      'forbidden',
      `{{ 'now' | date: '%Y-%m-%d %H:%M' }} {{ "today" | date: "%s" }}`,
    )
    expect((await edge.send(machines)).text).toBe('2026-11-24 10:00 1795514400')
    await edge.advance(90 * 60)
    expect((await edge.send(machines)).text).toBe('2026-11-24 11:30 1795519800')
  })
})

test('a page that comes from a snapshot renders as before', async () => {
  const edge = await fixture()
  await select(edge, wiki, 'login', loginHtml)
  const kept = await edge.emulator.control.getState()
  await edge.emulator.control.putState({ body: kept })
  const person = browser(edge.emulator)
  const page = await opened(person, at)
  expect(page.text).toContain('OURS')
  const sent = last(await person.follow(await person.submit(page, { email: ada })))
  expect(pinOn(sent)).toMatch(/^\d{6}$/)
})
