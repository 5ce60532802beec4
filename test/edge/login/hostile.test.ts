/** A login leads only to its application and injects nothing into pages. */
import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { app, edgeFixture, everyone, hosts, policy, sharedEdge } from '../applications.ts'
import { browser, type Page } from './browser.ts'
import {
  ada,
  addProvider,
  askedForPin,
  edgeAndBrowser,
  last,
  opened,
  signIn,
  standIn,
  team,
} from './person.ts'

const script = '"><script>alert(1)</script>'
const wild = app('*.wild.example.com', [policy('allow', everyone)], { name: script })

const shared = sharedEdge({ applications: [wild] })

describe('redirect_url leads to the application alone', () => {
  test.each([
    ['/a?b=c#d', '/a?b=c#d'],
    ['https://p.example.com/x?y=1', '/x?y=1'],
    ['https://evil.example/', '/'],
    ['//evil.example/x', '/'],
    ['/\\evil.example/x', '/'],
    ['\\\\evil.example', '/'],
    ['\t//evil.example', '/'],
    ['/\t/evil.example', '/'],
    ['https://p.example.com@evil.example/', '/'],
    ['https://user@p.example.com/', '/'],
    ['https://p.example.com.evil.example/', '/'],
    ['https://p.example.com:8443/', '/'],
    ['http://p.example.com/', '/'],
    ['javascript:alert(1)', '/'],
    ['data:text/html,x', '/'],
    ['/..//evil.example/', '/'],
    ['', '/'],
    ['/a\r\nset-cookie: x=1', '/'],
    ['/a b', '/'],
    ['/a\\b', '/'],
    ['/a?b=c\\d', '/a?b=c\\d'],
    ['https:/p.example.com/x', '/'],
    ['https:p.example.com/x', '/'],
    ['https:\\\\p.example.com/x', '/'],
    ['https://p%2eexample.com/x', '/'],
    ['https://p.example.com:443/x', '/'],
    ['https://@p.example.com/x', '/'],
    ['https://p.example.com\\@evil.example/', '/'],
    ['https://ｐ.example.com/x', '/'],
    ['https://P.Example.com/x', '/x'],
    [`/${'a'.repeat(17_000)}`, '/'],
  ])('%j leads to %s', async (given, path) => {
    const edge = shared()
    const person = browser(edge.emulator)
    const begun = await person.get(`https://${hosts.P}/`)
    const meta = begun.location?.searchParams.get('meta')
    const query = `?kid=${edge.aud(hosts.P)}&meta=${meta}&redirect_url=${encodeURIComponent(given)}`
    const page = await person.get(`${team}/cdn-cgi/access/login/${hosts.P}${query}`)
    const sent = await person.submit(page, { email: ada })
    const [shown = page] = (await person.follow(sent)).slice(-1)
    const pin = /<output>(\d{6})/.exec(shown.text)?.[1] ?? ''
    const way = await person.submit(shown, { code: pin })
    const back = await person.get(way.location ?? '')
    expect(back.headers.get('location')).toBe(`https://${hosts.P}${path}`)
  })

  test('also where the form says another one than the page', async () => {
    const { person } = await edgeAndBrowser()
    const page = await opened(person, `https://${hosts.P}/`)
    const sent = await person.submit(page, { email: ada, redirect_url: 'https://evil.example/' })
    const shown = last(await person.follow(sent))
    const code = /<output>(\d{6})/.exec(shown.text)?.[1] ?? ''
    const way = await person.follow(await person.submit(shown, { code }))
    expect(way.map(({ url }) => url.hostname)).not.toContain('evil.example')
    expect(last(way).url.href).toBe(`https://${hosts.P}/`)
  })
})

describe('the host of a login', () => {
  test.each([
    'evil.example',
    'm.example.com',
    'p.example.com.evil.example',
    'p.example.com%2f..%2f..',
    'evil.example%2f.p.example.com',
    'user@p.example.com',
    'p.example.com:443',
    '%3Cscript%3Ealert(1)%3C%2Fscript%3E',
    'a b.wild.example.com',
  ])('%s does not belong to the application', async (hostname) => {
    const edge = shared()
    for (const domain of [hosts.P, '*.wild.example.com']) {
      const query = `?kid=${edge.aud(domain)}&redirect_url=%2F`
      const person = browser(edge.emulator)
      const page = await person.get(`${team}/cdn-cgi/access/login/${hostname}${query}`)
      expect(page.status).toBe(404)
      expect(page.text).not.toContain('<script')
      await opened(person, `https://${hosts.P}/`)
      const asked = await person.post(`${team}/cdn-cgi/access/verify-code/${hostname}${query}`, {
        email: ada,
      })
      expect([asked.status, asked.location]).toEqual([404, undefined])
    }
  })

  test('may be any that a wildcard covers, in any case', async () => {
    const edge = await edgeFixture({ applications: [wild] })
    const query = `?kid=${edge.aud('*.wild.example.com')}`
    const path = `${team}/cdn-cgi/access/login/A.Wild.Example.COM${query}`
    expect((await browser(edge.emulator).get(path)).text).toContain('a.wild.example.com')
  })
})

describe('a page escapes', () => {
  const unsafe = /<script|<img/
  /** But for the script that the page's own policy names by its digest. */
  const unnamed = ({ text, headers }: Page): string => {
    const policy = headers.get('content-security-policy') ?? ''
    return text.replace(/<script>(.*?)<\/script>/g, (all, code: string) => {
      const digest = createHash('sha256').update(code).digest('base64')
      return policy.endsWith(`; script-src 'sha256-${digest}'`) ? '' : all
    })
  }

  test('names of applications and providers, addresses and paths', async () => {
    const edge = await edgeFixture({ applications: [wild] })
    await addProvider(edge, 'okta', 'Okta<img src=x onerror=alert(1)>')
    const person = browser(edge.emulator)
    const url = `https://a.wild.example.com/?q=${encodeURIComponent(script)}`
    const login = await opened(person, url)
    const pin = await askedForPin(person, url, `${script}@example.com`)
    for (const shown of [login, pin]) {
      const { headers } = shown
      expect(unnamed(shown)).not.toMatch(unsafe)
      expect(headers.get('content-security-policy')).toContain("default-src 'none'")
      expect(headers.get('cache-control')).toBe('no-store')
    }
    expect(pin.text).toContain('&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;@example.com')
    const idp = (await edge.emulator.control.getState({})).identity_providers?.at(-1) as {
      id: string
    }
    const page = await person.get(`${login.url.href}&idp=${idp.id}`)
    expect(page.text).toContain('stand-in for Okta&lt;img')
    const fields = { email: script, name: script, groups: script, claims: script }
    const back = await person.submit(page, fields)
    expect([back.status, unsafe.test(unnamed(back))]).toEqual([400, false])
  })

  test('nothing else: an address with quotes can still sign in', async () => {
    const edge = await edgeFixture({ applications: [wild] })
    const email = `o'brien+"x"&y@example.com`
    const way = await signIn(browser(edge.emulator), 'https://a.wild.example.com/', email)
    expect(last(way).text).toContain(`"email": ${JSON.stringify(email)}`)
  })
})

test('an oversized form does not sign in', async () => {
  const edge = await edgeFixture()
  await addProvider(edge, 'okta', 'Okta')
  const person = browser(edge.emulator)
  const page = await standIn(person, `https://${hosts.P}/`, 'Okta')
  const answer = await person.submit(page, { email: ada, claims: 'x'.repeat(70_000) })
  expect([answer.status, answer.text.includes('Invalid login session.')]).toEqual([400, true])
})
