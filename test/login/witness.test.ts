/** A person in a real browser: Chromium, told nothing but the proxy and whom to trust. */
import { execFileSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createEmulator } from '../../emulator/index.ts'
import { command, folder, has } from '../door/through.ts'
import { openChromium, type Tab } from './chromium.ts'

/** Where `PICTURES` names a folder, the pages are kept there to be looked at. */
async function keep(tab: Tab, name: string): Promise<void> {
  const { PICTURES } = process.env
  if (PICTURES === undefined) return
  mkdirSync(PICTURES, { recursive: true })
  writeFileSync(join(PICTURES, `${name}.png`), await tab.picture(), 'base64')
}

test('headless Chromium signs a person in with a One-time PIN, and stays signed in', async () => {
  if (!has('chromium', 'certutil')) return
  const home = await folder()
  const { stdout } = await command(['ca', '--json'], { env: { XDG_STATE_HOME: home } })
  const { certificate } = JSON.parse(stdout) as { certificate: string }
  const nss = join(home, '.pki/nssdb')
  mkdirSync(nss, { recursive: true })
  execFileSync('certutil', ['-d', `sql:${nss}`, '-N', '--empty-password'])
  const trust = ['-A', '-t', 'C,,', '-n', 'emulator', '-i', certificate]
  execFileSync('certutil', ['-d', `sql:${nss}`, ...trust])

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
