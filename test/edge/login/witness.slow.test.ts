/** A user in a real browser: Chromium, configured only with the proxy and the CA. */
import { expect, test } from 'vitest'
import { has } from '../../commands/run/run-program.ts'
import { app, edgeFixture, everyone, policy } from '../applications.ts'
import { keep, openChromium, type Tab, trustingHome } from './chromium.ts'
import { ada, addProvider, team } from './person.ts'

const wiki = 'https://wiki.example.com/pages?id=7#section-2'

async function withPin(tab: Tab): Promise<void> {
  await tab.enter('#email', ada)
  await keep(tab, 'pin')
  const pin = await tab.value("document.querySelector('output').textContent")
  await tab.enter('#code', String(pin))
}

/** Where the tab is, and the person that the origin sees. */
async function seen(tab: Tab) {
  const body = await tab.value('document.body.innerText')
  const { headers } = JSON.parse(String(body)) as { headers: Record<string, string> }
  return [await tab.value('location.href'), headers['cf-access-authenticated-user-email']]
}

test('headless Chromium signs a person in, stays signed in, and keeps the fragment of the URL', async () => {
  if (!has('chromium', 'certutil')) return
  const home = await trustingHome()
  const applications = [app('wiki.example.com', [policy('allow', everyone)])]
  const edge = await edgeFixture({ stateHome: home, applications })
  await addProvider(edge, 'github', 'GitHub')
  const tab = await openChromium({ home, proxy: edge.emulator.url })

  await tab.open(wiki)
  expect(await tab.value('document.title')).toBe('Sign in ・ Cloudflare Access')
  await keep(tab, 'login')
  await withPin(tab)
  expect(await seen(tab)).toEqual([wiki, ada])
  await tab.reload()
  expect(await seen(tab)).toEqual([wiki, ada])

  // At the stand-in of a provider.
  await edge.advance(60)
  await tab.open(`${team}/cdn-cgi/access/logout`)
  await tab.open(wiki)
  await tab.follow('a.button')
  await tab.enter('#email', ada)
  expect(await seen(tab)).toEqual([wiki, ada])

  await edge.advance(60)
  await tab.open(`${team}/cdn-cgi/access/logout`)
  await edge.emulator.control.setBehaviours({ body: { 'login.fragment': 'dropped' } })
  await tab.open(wiki)
  await withPin(tab)
  expect(await seen(tab)).toEqual(['https://wiki.example.com/pages?id=7', ada])
})
