/** The App Launcher at the root of the team domain: who sees it, what it lists, and that nothing in it can be misused. */
import { describe, expect, test } from 'vitest'
import { type ApplicationInput, app, edgeFixture, people, policy } from '../applications.ts'
import { type Browser, browser, type Page } from './browser.ts'
import { ada, askedForPin, entryOf, last, opened, signIn, stranger } from './person.ts'

const root = 'https://team.cloudflareaccess.com/'
const colleague = 'bob@example.com'
const onlyAda = policy('allow', [{ email: { email: ada } }])

const launcher = (more: Partial<ApplicationInput> = {}): ApplicationInput => ({
  type: 'app_launcher',
  policies: [people],
  ...more,
})

/** An emulator with an App Launcher, beside the applications M, T and P of every fixture. */
const launched = (applications: readonly ApplicationInput[] = [], more = {}) =>
  edgeFixture({ applications: [launcher(more), ...applications] })

/** The App Launcher of someone who signs in there. */
const launcherOf = async (person: Browser, email = ada): Promise<Page> => {
  const page = await askedForPin(person, await loginAt(person), email)
  const code = /<output>(\d{6})<\/output>/.exec(page.text)?.[1] ?? '000000'
  return last(await person.follow(await person.submit(page, { code })))
}

async function loginAt(person: Browser): Promise<string> {
  const { text } = await person.get(root)
  const link = /<a class="button" href="([^"]*)">Log in<\/a>/.exec(text)?.[1] ?? ''
  return new URL(link.replaceAll('&amp;', '&'), root).href
}

/** Name and address of each tile. */
const tilesOf = ({ text }: Page) =>
  [...text.matchAll(/<a class="tile" href="([^"]*)"[^>]*>.*?<b>(.*?)<\/b>/gs)].map(
    ([, href, name]) => [name, href],
  )

describe('without an App Launcher', () => {
  test('the root of the team domain is as recorded', async () => {
    const edge = await edgeFixture()
    const { status, text } = await browser(edge.emulator).get(root)
    expect([status, text]).toEqual([200, expect.stringContaining('<h1>App Launcher</h1>')])
    expect(text).not.toContain('Log in')
  })
})

describe('a person who is not signed in', () => {
  test('sees the landing page, and after the login the applications', async () => {
    const edge = await launched()
    const person = browser(edge.emulator)
    const before = await person.get(root)
    expect([before.status, tilesOf(before)]).toEqual([200, []])
    expect((await entryOf(edge, 'edge.launcher')).reason).toBe('launcher_login_offered')
    const after = await launcherOf(person)
    expect([after.status, after.url.href]).toEqual([200, root])
    expect(tilesOf(after)).toEqual([['p.example.com', 'https://p.example.com/']])
    expect(after.text).toContain(ada)
    expect((await entryOf(edge, 'edge.launcher')).verdict).toBe('pass')
  })

  test('goes straight to the login if the application says so', async () => {
    const edge = await launched([], { skip_app_launcher_login_page: true })
    const { status, location } = await browser(edge.emulator).get(root)
    expect([status, location?.pathname]).toEqual([
      302,
      '/cdn-cgi/access/login/team.cloudflareaccess.com',
    ])
  })

  test('is signed in by the login of any application', async () => {
    const edge = await launched()
    const person = browser(edge.emulator)
    await signIn(person, 'https://p.example.com/')
    expect(tilesOf(await person.get(root))).toHaveLength(1)
    await person.get(`${root}cdn-cgi/access/logout`)
    expect((await person.get(root)).text).toContain('Log in')
  })
})

describe('the policies of the App Launcher', () => {
  test('say who may see it', async () => {
    const edge = await launched([], { policies: [onlyAda] })
    expect((await launcherOf(browser(edge.emulator), ada)).status).toBe(200)
    const other = browser(edge.emulator)
    await signIn(other, 'https://p.example.com/', colleague)
    const refused = await other.get(root)
    expect([refused.status, tilesOf(refused)]).toEqual([403, []])
    expect(refused.text).toContain('That account does not have access.')
    expect((await entryOf(edge, 'edge.launcher')).verdict).toBe('deny')
    expect((await other.get('https://p.example.com/')).status).toBe(200)
  })

  test('are empty at first: no one is admitted', async () => {
    const edge = await launched([], { policies: [], custom_deny_message: 'Not enabled.' })
    const person = browser(edge.emulator)
    await signIn(person, 'https://p.example.com/')
    expect((await person.get(root)).text).toContain('<h1>Not enabled.</h1>')
  })
})

describe('a tile', () => {
  const applications: ApplicationInput[] = [
    app('ada.example.com', [onlyAda], { name: 'Ada’s', tags: ['hr', 'tools'] }),
    app('all.example.com/docs/*', [people], { name: 'Docs', tags: ['tools'] }),
    app('open.example.com', [policy('bypass', [{ everyone: {} }])], { name: 'Open' }),
    app('hidden.example.com', [people], { app_launcher_visible: false }),
    app('*.wild.example.com', [people]),
    app('abroad.example.com', [
      policy('allow', [{ everyone: {} }], { require: [{ geo: { country_code: 'DE' } }] }),
    ]),
    { type: 'bookmark', name: 'Handbook', domain: 'https://handbook.example.org/start' },
    { type: 'bookmark', name: 'Private', domain: 'private.example.org', policies: [onlyAda] },
    {
      type: 'saas',
      name: 'Payroll',
      saas_app: { auth_type: 'oidc', app_launcher_url: 'https://payroll.example.org/sso' },
      policies: [people],
    },
  ]
  const edges = () =>
    edgeFixture({ tags: ['hr', 'tools'], applications: [launcher(), ...applications] })

  test('is there for what the policies let the person open, and for bookmarks', async () => {
    const edge = await edges()
    const names = async (email: string) =>
      tilesOf(await launcherOf(browser(edge.emulator), email)).map(([name]) => name)
    const common = ['Docs', 'Handbook', 'Open', 'p.example.com', 'Payroll']
    expect(await names(colleague)).toEqual(common)
    expect(await names(ada)).toEqual(['Ada’s', ...common, 'Private'])
    const person = browser(edge.emulator)
    await launcherOf(person)
    const inGermany = await person.get(root, { 'access-emulator-country': 'DE' })
    expect(tilesOf(inGermany).map(([name]) => name)).toContain('abroad.example.com')
  })

  test('leads where its application is, and the person is let in there', async () => {
    const edge = await edges()
    const person = browser(edge.emulator)
    const page = await launcherOf(person)
    expect(Object.fromEntries(tilesOf(page))).toMatchObject({
      Docs: 'https://all.example.com/docs/',
      Handbook: 'https://handbook.example.org/start',
      Private: 'https://private.example.org/',
      Payroll: 'https://payroll.example.org/sso',
    })
    expect((await opened(person, 'https://all.example.com/docs/')).status).toBe(200)
  })

  test('appears and goes with what the API sets', async () => {
    const edge = await edges()
    const person = browser(edge.emulator)
    const names = async () => tilesOf(await person.get(root)).map(([name]) => name)
    await launcherOf(person)
    const docs = 'all.example.com/docs/*'
    await edge.change(docs, { name: 'Docs', app_launcher_visible: false })
    expect(await names()).not.toContain('Docs')
    await edge.change(docs, { name: 'Documents' })
    expect(await names()).toContain('Documents')
  })

  test('has its tags, by which the list can be cut down', async () => {
    const edge = await edges()
    const person = browser(edge.emulator)
    const all = await launcherOf(person)
    expect(all.text).toContain('<a href="/?tag=hr">hr</a>')
    const tagged = await person.get(`${root}?tag=hr`)
    expect(tilesOf(tagged).map(([name]) => name)).toEqual(['Ada’s'])
    expect(tagged.text).toContain('<a href="/?tag=hr" aria-current="page">hr</a>')
    expect(tilesOf(await person.get(`${root}?tag=none`))).toEqual([])
  })
})

describe('what an account sets', () => {
  const evil = '"><script>alert(1)</script>'

  test('is the look, and the only images are its own', async () => {
    const logo = 'https://cdn.example.org/wiki.svg'
    const edge = await launched([app('logo.example.com', [people], { logo_url: logo })], {
      app_launcher_logo_url: 'https://img.example.org/us.png',
      bg_color: '#fafafa',
      header_bg_color: '#102030',
      footer_links: [{ name: 'Help', url: 'https://help.example.org/' }],
      landing_page_design: {
        title: 'Hello',
        message: 'Your tools',
        image_url: 'https://pics.example.org/door.jpg',
        button_color: '#ffdd00',
      },
    })
    const person = browser(edge.emulator)
    const landing = await person.get(root)
    expect(landing.text).toContain('<h1>Hello</h1>')
    expect(landing.text).toContain('<p>Your tools</p>')
    expect(landing.text).toContain('a.button{background:#ffdd00;border-color:#ffdd00;color:#000}')
    expect(landing.headers.get('content-security-policy')).toMatch(
      /; img-src https:\/\/img\.example\.org https:\/\/pics\.example\.org$/,
    )
    const page = await launcherOf(person)
    expect(page.text).toContain(`<img src="${logo}" alt="" referrerpolicy="no-referrer">`)
    expect(page.text).toContain('body{background:#fafafa;color:#000}')
    expect(page.text).toContain('.top{background:#102030;color:#fff}')
    expect(page.text).toContain(
      '<a href="https://help.example.org/" rel="noopener noreferrer">Help',
    )
    expect(page.headers.get('content-security-policy')).toMatch(
      /^default-src 'none'.* img-src https:\/\/img\.example\.org https:\/\/cdn\.example\.org$/,
    )
    expect(page.headers.get('cache-control')).toBe('no-store')
  })

  test('is text, whatever it contains, and a link only if it is http(s)', async () => {
    const edge = await edgeFixture({
      tags: [evil],
      applications: [
        launcher({
          app_launcher_logo_url: 'javascript:alert(1)',
          bg_color: '#fff}</style><script>alert(1)</script>',
          header_bg_color: 'red;background:url(https://spy.example.org)',
          footer_links: [
            { name: evil, url: 'https://help.example.org/"><script>alert(1)</script>' },
            { name: 'run', url: ' javascript:alert(1)' },
          ],
          landing_page_design: { title: evil, message: evil, image_url: 'data:image/svg+xml,x' },
        }),
        app('evil.example.com', [people], {
          name: evil,
          tags: [evil],
          logo_url: 'https://cdn.example.org/a;script-src *',
        }),
        app('plain.example.com', [people], { logo_url: 'http://cdn.example.org/a.png' }),
        { type: 'bookmark', name: 'run', domain: 'javascript:alert(1)' },
        { type: 'bookmark', name: 'data', domain: 'data:text/html,x' },
      ],
    })
    const person = browser(edge.emulator)
    const landing = await person.get(root)
    const page = await launcherOf(person)
    const filtered = await person.get(`${root}?tag=${encodeURIComponent(evil)}`)
    for (const { text, headers } of [landing, page, filtered]) {
      expect(text).not.toContain('<script>alert')
      expect(text).not.toMatch(/(href|src)="[^"]*(javascript|data):/)
      expect(text).not.toContain('spy.example.org')
      expect(text).not.toContain('http://cdn')
      const policy = headers.get('content-security-policy') ?? ''
      expect(policy).not.toContain('*')
      expect(policy).not.toContain('http:')
    }
    expect(tilesOf(page).map(([, href]) => href)).toEqual([
      'https://evil.example.com/',
      'https://p.example.com/',
      'https://plain.example.com/',
    ])
    expect(tilesOf(filtered)).toHaveLength(1)
  })
})

test('a stranger who signs in is refused, and gets no session', async () => {
  const edge = await launched()
  const person = browser(edge.emulator)
  const refused = await launcherOf(person, stranger)
  expect(refused.status).toBe(403)
  expect((await person.get(root)).text).toContain('Log in')
})
