/** How a real browser reports an expired session: the texts of the "Sessions in front ends" rows, from Chromium. */
import { createServer } from 'node:http'
import { expect, onTestFinished, test } from 'vitest'
import { type ModeId, modes } from '../../../contracts/modes/catalogue.ts'
import { createEmulator } from '../../../emulator/index.ts'
import { has } from '../../commands/run/run-program.ts'
import { openChromium, type Tab, trustingHome } from '../../edge/login/chromium.ts'
import { listening } from '../../network/origin/pipe.ts'

const host = 'https://wiki.example.com'

/** A page of an application with a signed-in user, and how their session ends. */
async function signedIn(): Promise<{ readonly tab: Tab; endSession(): Promise<unknown> }> {
  const scripts = createServer((request, response) => {
    const type = request.url?.endsWith('.js') ? 'text/javascript' : 'text/html'
    response.writeHead(200, { 'content-type': type }).end(type === 'text/html' ? '<p>page' : '')
  })
  const origin = await listening(scripts)
  const home = await trustingHome()
  const emulator = await createEmulator({
    seed: 'example',
    stateHome: home,
    origins: { 'wiki.example.com': origin.url.origin },
  })
  onTestFinished(() => emulator.close())
  const tab = await openChromium({ home, proxy: emulator.url })
  await tab.open(`${host}/`)
  await tab.enter('#email', 'ada@example.com')
  await tab.enter('#code', String(await tab.value("document.querySelector('output').textContent")))
  const endSession = () => emulator.control.setClock({ body: { advance: 40 * 24 * 3600 } })
  return { tab, endSession }
}

const fetched = (options: string) =>
  `fetch('/api/items', ${options}).then((r) => r.type + ' ' + r.status, (e) => e.name + ': ' + e.message)`

const says = (id: ModeId, words: string) => expect(modes[id].browser).toContain(words)

test('a fetch and a service worker fail as the rows say, in the browser’s own words', async () => {
  if (!has('chromium', 'certutil')) return
  const { tab, endSession } = await signedIn()
  const outcome = (call: string) =>
    tab.value(`${call}.then(() => 'done', (e) => e.name + ': ' + e.message)`)
  expect(await tab.value(fetched('{}'))).toBe('basic 200')
  expect(await outcome("navigator.serviceWorker.register('/sw.js')")).toBe('done')
  await endSession()

  expect(await tab.value(fetched('{}'))).toBe('TypeError: Failed to fetch')
  says('session-ended-fetch', 'Failed to fetch')
  const xhr = "{ headers: { 'x-requested-with': 'XMLHttpRequest' } }"
  expect(await tab.value(fetched(xhr))).toBe('basic 401')
  expect(await tab.value(fetched("{ redirect: 'manual' }"))).toBe('opaqueredirect 0')

  // A registered service worker can no longer be updated, and another one cannot be registered.
  const words = 'The script resource is behind a redirect, which is disallowed.'
  const failed = (error: string) => expect.stringMatching(new RegExp(`^${error}: .*${words}$`))
  const registered = 'navigator.serviceWorker.getRegistration()'
  expect(await outcome(`${registered}.then((each) => each.update())`)).toEqual(failed('TypeError'))
  const another = "navigator.serviceWorker.register('/other.js')"
  expect(await outcome(another)).toEqual(failed('SecurityError'))
  says('session-ended-service-worker', words)
})
