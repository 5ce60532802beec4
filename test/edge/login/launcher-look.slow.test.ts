/** The App Launcher in a real browser: on a phone's width, light and dark, and a click that leads into an application. */
import { expect, test } from 'vitest'
import { has } from '../../commands/run/run-program.ts'
import { app, edgeFixture, everyone, policy } from '../applications.ts'
import { seen } from '../flows/look.ts'
import { openChromium, type Tab, trustingHome } from './chromium.ts'
import { ada, team } from './person.ts'

const anyone = [policy('allow', everyone)]
const applications = [
  {
    type: 'app_launcher' as const,
    policies: anyone,
    footer_links: [{ name: 'Help desk', url: 'https://help.example.org/' }],
  },
  app('wiki.example.com', anyone, { name: 'Wiki', tags: ['Tools', 'Human Resources'] }),
  app('long.example.com', anyone, { name: 'A'.repeat(120) }),
  { type: 'bookmark' as const, name: 'Handbook', domain: 'https://handbook.example.org/' },
]

async function signIn(tab: Tab): Promise<void> {
  await tab.follow('a.button')
  await tab.enter('#email', ada)
  const pin = await tab.value("document.querySelector('output').textContent")
  await tab.enter('#code', String(pin))
}

test('Chromium shows what a person may open, and opens it', { timeout: 60_000 }, async () => {
  if (!has('chromium', 'certutil')) return
  const home = await trustingHome()
  const tags = ['Tools', 'Human Resources']
  const { emulator } = await edgeFixture({ stateHome: home, tags, applications })
  const tab = await openChromium({ home, proxy: emulator.url })
  await tab.open(`${team}/`)
  expect(await seen(tab, 'landing')).toContain('Log in')
  await signIn(tab)
  const text = await seen(tab, 'launcher')
  for (const word of ['Wiki', 'Handbook', 'Human Resources', ada, 'Help desk']) {
    expect(text).toContain(word)
  }
  await tab.follow('nav a[href="/?tag=Tools"]')
  expect(await seen(tab, 'launcher-tag')).not.toContain('Handbook')
  await tab.follow('a.tile')
  expect(await tab.value('location.href')).toBe('https://wiki.example.com/')
  expect(JSON.parse(String(await tab.value('document.body.innerText')))).toMatchObject({
    headers: { 'cf-access-authenticated-user-email': ada },
  })

  // Under .localhost its tiles lead to the names there.
  const port = emulator.port
  await tab.open(`http://team.cloudflareaccess.com.localhost:${port}/`)
  await signIn(tab)
  expect(await tab.value("[...document.querySelectorAll('a.tile')].map((a) => a.href)")).toEqual([
    `http://long.example.com.localhost:${port}/`,
    'https://handbook.example.org/',
    `http://p.example.com.localhost:${port}/`,
    `http://wiki.example.com.localhost:${port}/`,
  ])
  await tab.follow('a.tile[href*=wiki]')
  expect(await tab.value('location.hostname')).toBe('wiki.example.com.localhost')
  expect(await tab.value('document.body.innerText')).toContain(ada)
})
