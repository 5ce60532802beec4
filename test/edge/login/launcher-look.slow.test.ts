/** The App Launcher in a real browser: on a phone's width, light and dark, and a click that leads into an application. */
import { expect, test } from 'vitest'
import type { SeedInput } from '../../../contracts/control/seed.ts'
import { createEmulator } from '../../../emulator/index.ts'
import { folder, has } from '../../commands/run/run-program.ts'
import { seen } from '../flows/look.ts'
import { openChromium, trustingHome } from './chromium.ts'

const everyone = [{ name: 'all', decision: 'allow' as const, include: [{ everyone: {} }] }]

function seedOf(): SeedInput {
  return {
    accounts: [
      {
        name: 'Launcher',
        zones: [
          {
            name: 'example.com',
            dns_records: [{ type: 'AAAA', name: '*', content: '100::', proxied: true }],
          },
        ],
        organization: { name: 'Machines & Co.', auth_domain: 'team.cloudflareaccess.com' },
        identity_providers: [{ type: 'onetimepin', name: 'One-time PIN', config: {} }],
        tags: [{ name: 'Tools' }, { name: 'Human Resources' }],
        applications: [
          {
            type: 'app_launcher',
            policies: everyone,
            footer_links: [{ name: 'Help desk', url: 'https://help.example.org/' }],
          },
          {
            type: 'self_hosted',
            name: 'Wiki',
            domain: 'wiki.example.com',
            tags: ['Tools', 'Human Resources'],
            policies: everyone,
          },
          {
            type: 'self_hosted',
            name: 'A'.repeat(120),
            domain: 'long.example.com',
            policies: everyone,
          },
          { type: 'bookmark', name: 'Handbook', domain: 'https://handbook.example.org/' },
        ],
      },
    ],
  }
}

test('Chromium shows what a person may open, and opens it', { timeout: 60_000 }, async () => {
  if (!has('chromium', 'certutil')) return
  const home = await trustingHome()
  const emulator = await createEmulator({ seed: seedOf(), stateHome: home })
  try {
    const tab = await openChromium({ home, proxy: emulator.url })
    await tab.open('https://team.cloudflareaccess.com/')
    expect(await seen(tab, 'landing')).toContain('Log in')
    await tab.follow('a.button')
    await tab.enter('#email', 'ada@example.com')
    const pin = await tab.value("document.querySelector('output').textContent")
    await tab.enter('#code', String(pin))
    const text = await seen(tab, 'launcher')
    for (const word of ['Wiki', 'Handbook', 'Human Resources', 'ada@example.com', 'Help desk']) {
      expect(text).toContain(word)
    }
    await tab.follow('nav a[href="/?tag=Tools"]')
    expect(await seen(tab, 'launcher-tag')).not.toContain('Handbook')
    await tab.follow('a.tile')
    expect(await tab.value('location.href')).toBe('https://wiki.example.com/')
    const body = JSON.parse(String(await tab.value('document.body.innerText')))
    expect(body).toMatchObject({
      headers: { 'cf-access-authenticated-user-email': 'ada@example.com' },
    })
  } finally {
    await emulator.close()
  }
})

test('under .localhost its tiles lead to the names there', { timeout: 60_000 }, async () => {
  if (!has('chromium')) return
  const emulator = await createEmulator({ seed: seedOf() })
  try {
    const tab = await openChromium({ home: await folder(), proxy: emulator.url })
    const { port } = new URL(emulator.url)
    await tab.open(`http://team.cloudflareaccess.com.localhost:${port}/`)
    await tab.follow('a.button')
    await tab.enter('#email', 'ada@example.com')
    const pin = await tab.value("document.querySelector('output').textContent")
    await tab.enter('#code', String(pin))
    const links = await tab.value("[...document.querySelectorAll('a.tile')].map((a) => a.href)")
    expect(links).toEqual([
      `http://long.example.com.localhost:${port}/`,
      'https://handbook.example.org/',
      `http://wiki.example.com.localhost:${port}/`,
    ])
    await tab.follow('a.tile:not([href*=long]):not([href*=handbook])')
    expect(await tab.value('location.hostname')).toBe('wiki.example.com.localhost')
    expect(await tab.value('document.body.innerText')).toContain('ada@example.com')
  } finally {
    await emulator.close()
  }
})
