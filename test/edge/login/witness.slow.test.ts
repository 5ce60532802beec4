/** A user in a real browser: Chromium, configured only with the proxy and the CA. */
import { describe, expect, onTestFinished, test } from 'vitest'
import type { SeedInput } from '../../../contracts/control/seed.ts'
import { createEmulator, type EmulatorOptions } from '../../../emulator/index.ts'
import { has } from '../../commands/run/run-program.ts'
import { keep, openChromium, type Tab, trustingHome } from './chromium.ts'

test('headless Chromium signs a person in with a One-time PIN, and stays signed in', async () => {
  if (!has('chromium', 'certutil')) return
  const home = await trustingHome()
  const emulator = await createEmulator({ seed: 'example', stateHome: home })
  try {
    const tab = await openChromium({ home, proxy: emulator.url })
    const wiki = 'https://wiki.example.com/pages?id=7'
    await tab.open(wiki)
    expect(await tab.value('document.title')).toBe('Sign in ・ Cloudflare Access')
    await keep(tab, 'login')
    await tab.enter('#email', 'ada@example.com')
    await keep(tab, 'pin')
    const pin = await tab.value("document.querySelector('output').textContent")
    await tab.enter('#code', String(pin))
    const seen = async () => {
      const [href, body] = [
        await tab.value('location.href'),
        await tab.value('document.body.innerText'),
      ]
      const { headers } = JSON.parse(String(body)) as { headers: Record<string, string> }
      return [href, headers['cf-access-authenticated-user-email']]
    }
    expect(await seen()).toEqual([wiki, 'ada@example.com'])
    await tab.reload()
    expect(await seen()).toEqual([wiki, 'ada@example.com'])
  } finally {
    await emulator.close()
  }
})

describe('the fragment of the URL', () => {
  const seed: SeedInput = {
    accounts: [
      {
        name: 'Fragment',
        zones: [{ name: 'example.com' }],
        organization: { name: 'Team', auth_domain: 'team.cloudflareaccess.com' },
        identity_providers: [
          { type: 'onetimepin', name: 'One-time PIN', config: {} },
          { type: 'github', name: 'GitHub', config: {} },
        ],
        applications: [
          {
            type: 'self_hosted',
            name: 'Wiki',
            domain: 'wiki.example.com',
            policies: [{ name: 'all', decision: 'allow', include: [{ everyone: {} }] }],
          },
        ],
      },
    ],
  }
  const wiki = 'https://wiki.example.com/pages?id=7#section-2'

  async function opened(options: EmulatorOptions): Promise<Tab> {
    const home = await trustingHome()
    const emulator = await createEmulator({ seed, stateHome: home, ...options })
    onTestFinished(() => emulator.close())
    const tab = await openChromium({ home, proxy: emulator.url })
    await tab.open(wiki)
    return tab
  }
  const withPin = async (tab: Tab) => {
    await tab.enter('#email', 'ada@example.com')
    await tab.enter(
      '#code',
      String(await tab.value("document.querySelector('output').textContent")),
    )
    return await tab.value('location.href')
  }

  test('is there after a login with a One-time PIN, as Chromium shows it', async () => {
    if (!has('chromium', 'certutil')) return
    expect(await withPin(await opened({}))).toBe(wiki)
  })

  test('is there after a login at the stand-in of a provider', async () => {
    if (!has('chromium', 'certutil')) return
    const tab = await opened({})
    await tab.follow('a.button')
    await tab.enter('#email', 'ada@example.com')
    expect(await tab.value('location.href')).toBe(wiki)
  })

  test('is lost where behaviour login.fragment says so', async () => {
    if (!has('chromium', 'certutil')) return
    const tab = await opened({ behaviours: { 'login.fragment': 'dropped' } })
    expect(await withPin(tab)).toBe('https://wiki.example.com/pages?id=7')
  })
})
