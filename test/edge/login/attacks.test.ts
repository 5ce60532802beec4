/** Attacks on a user through the login: signing them in as another, guessing a PIN, redirecting them elsewhere. */
import { describe, expect, test } from 'vitest'
import { app, edgeFixture, hosts, people, sharedEdge } from '../applications.ts'
import { type Browser, browser, type Page, pinOn } from './browser.ts'
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
const mallory = 'mallory@example.com'

/** Signs in up to the address at the application that would make the cookie. */
async function almost(person: Browser, page: Page): Promise<URL> {
  const asked = last(await person.follow(await person.submit(page, { email: mallory })))
  const { location } = await person.submit(asked, { code: pinOn(asked) })
  if (location === undefined) throw new Error('the login led nowhere')
  return location
}

describe('a login signs in only the browser that started it', () => {
  const cases: readonly [string, (person: Browser, provider: string) => Promise<URL>][] = [
    ['by One-time PIN', async (person) => almost(person, await opened(person, wiki))],
    [
      'by a provider',
      async (person, provider) => {
        const page = await standIn(person, wiki, provider)
        return (await person.submit(page, { email: mallory })).location ?? new URL('none:')
      },
    ],
    [
      'by a global session',
      async (person) => {
        await signIn(person, wiki, mallory)
        person.forget(hosts.P, 'CF_Authorization')
        const login = await person.get((await person.get(wiki)).location ?? '')
        return login.location ?? new URL('none:')
      },
    ],
    [
      'that says nothing of a browser',
      async (person) => {
        const query = `?kid=${new URL((await person.get(wiki)).location ?? '').searchParams.get('kid')}`
        return almost(person, await person.get(`${team}/cdn-cgi/access/login/${hosts.P}${query}`))
      },
    ],
  ]

  test.each(cases)('%s', async (_, signInAlmost) => {
    const edge = await edgeFixture()
    await addProvider(edge, 'okta', 'Okta')
    const way = await signInAlmost(browser(edge.emulator), 'Okta')
    const victim = browser(edge.emulator)
    await victim.get(wiki)
    expect(victim.cookie(hosts.P, 'CF_AppSession')).toBeDefined()
    const lured = await victim.get(way)
    expect([lured.status, lured.text.includes('Invalid login session.')]).toEqual([400, true])
    expect(victim.cookie(hosts.P, 'CF_Authorization')).toBeUndefined()
    expect(whoIsAt(await victim.get(wiki))).toBeUndefined()
  })

  test('also where the victim itself was led through a login that another browser began', async () => {
    const edge = await edgeFixture()
    const { location } = await browser(edge.emulator).get(wiki)
    const victim = browser(edge.emulator)
    await victim.get(wiki)
    const way = await almost(victim, await victim.get(location ?? ''))
    expect((await victim.get(way)).status).toBe(400)
  })

  test('which stays signed in when others try its address before', async () => {
    const { edge, person } = await edgeAndBrowser()
    const way = await almost(person, await opened(person, wiki))
    const other = browser(edge.emulator)
    await other.get(wiki)
    expect((await other.get(way)).status).toBe(400)
    expect(whoIsAt(last(await person.follow(await person.get(way))))).toBe(mallory)
  })

  test('whatever its other tabs ask for meanwhile', async () => {
    const applications = [app('docs.example.com', [people])]
    const { person } = await edgeAndBrowser({ applications })
    const first = await opened(person, wiki)
    await person.get(`${wiki}favicon.ico`)
    await opened(person, 'https://docs.example.com/')
    await opened(person, `${wiki}other`)
    const way = await almost(person, first)
    expect(whoIsAt(last(await person.follow(await person.get(way))))).toBe(mallory)
  })
})

describe('a PIN', () => {
  const wrong = (code: string, count: number) =>
    Array.from({ length: count }, (_, at) =>
      String((Number(code) + at + 1) % 1_000_000).padStart(6, '0'),
    )

  test.each([
    [ada, 5],
    [stranger, 5],
  ])(
    'of %s may be guessed five times, and then the right one is refused too',
    async (email, most) => {
      const { edge, person } = await edgeAndBrowser()
      const page = await askedForPin(person, wiki, email)
      const code = email === ada ? pinOn(page) : '000000'
      for (const guess of wrong(code, most)) {
        expect((await person.submit(page, { code: guess })).status).toBe(403)
      }
      const refused = await person.submit(page, { code })
      expect([refused.status, refused.location]).toEqual([400, undefined])
      expect(refused.text).toContain('Invalid login session.')
      expect((await entryOf(edge, 'edge.callback')).trail.at(-1)?.reason).toBe('pin_tries_exceeded')
    },
  )

  test('for one address can be guessed twenty times in ten minutes, however many are requested', async () => {
    const { edge, person } = await edgeAndBrowser()
    for (let round = 0; round < 4; round++) {
      const page = await askedForPin(person, wiki)
      for (const guess of wrong(pinOn(page), 5)) await person.submit(page, { code: guess })
    }
    const page = await askedForPin(person, wiki)
    expect((await person.submit(page, { code: pinOn(page) })).status).toBe(400)
    const another = browser(edge.emulator)
    const other = await askedForPin(another, wiki, mallory)
    expect((await another.submit(other, { code: pinOn(other) })).status).toBe(302)
    await edge.advance(601)
    const later = await askedForPin(person, wiki)
    expect((await person.submit(later, { code: pinOn(later) })).status).toBe(302)
  })
})

describe('returnTo of the logout', () => {
  const edge = sharedEdge()
  const logout = async (returnTo: string) => {
    const path = `/cdn-cgi/access/logout?returnTo=${encodeURIComponent(returnTo)}`
    const { status, headers } = await edge().send('team.cloudflareaccess.com', { path })
    return status === 302 ? headers.location : status
  }

  test.each([
    ['https://p.example.com/', 'https://p.example.com/'],
    ['https://p.example.com', 'https://p.example.com/'],
    ['https://P.Example.COM/a?b=c', 'https://p.example.com/a?b=c'],
    ['https://p.example.com/a/../b', 'https://p.example.com/b'],
    ['https://p.example.com?b=c\\d', 'https://p.example.com/?b=c\\d'],
  ])('%s leads to %s', async (returnTo, location) => {
    expect(await logout(returnTo)).toBe(location)
  })

  test.each([
    'https://p.example.com\\@evil.example/',
    'https://p.example.com\\.evil.example/',
    'https:\\\\p.example.com/',
    'https://user@p.example.com/',
    'https://user:password@p.example.com/',
    'https://@p.example.com/',
    'https://p.example.com:8443/',
    'https://p.example.com:443/',
    'https://p.example.com:/',
    'https:p.example.com/',
    'https:///p.example.com/',
    'https://p%2eexample.com/',
    'https://p%E3%80%82example.com/',
    'https://ｐ.example.com/',
    'https://p。example.com/',
    'https://p.example.com./',
    'https://p.ex\tample.com/',
    'https://p.example.com/\r\nset-cookie: a=b',
    ' https://p.example.com/',
    'https://p.example.com//evil.example/',
    'http://p.example.com/',
    '//p.example.com/',
    '/',
    'p.example.com',
    'https://evil.example/',
    'https://p.example.com.evil.example/',
    'javascript:alert(1)',
    '',
  ])('%j leads nowhere', async (returnTo) => {
    expect(await logout(returnTo)).toBe(400)
  })
})
