/** What a person does at the dashboard in Chromium, each action by keyboard: from a refusal to its reason, to the change that lets it in, and back. */
import { networkInterfaces } from 'node:os'
import type { Browser, BrowserContext, Page } from '@playwright/test'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { createEmulator, type Emulator } from '../../../emulator/index.ts'
import { browserAtHand, openWindow, press } from './browser.ts'

let browser: Browser | undefined
let emulator: Emulator
let context: BrowserContext | undefined
beforeAll(async () => {
  browser = await browserAtHand()
  emulator = await createEmulator({ seed: 'example', at: '2026-03-04T05:06:07Z' })
})
beforeEach(async () => {
  await emulator.reset()
  context = browser && (await openWindow(browser, emulator))
})
afterEach(() => context?.close())
afterAll(async () => {
  await browser?.close()
  await emulator.close()
})

const dashboard = (path = '') => `${emulator.url}/__access${path}`
const done = (page: Page) => page.locator('#done')

/** The window, at a page of the dashboard. Undefined where there is no browser. */
async function at(path: string): Promise<Page | undefined> {
  const page = await context?.newPage()
  await page?.goto(dashboard(path))
  return page
}

/** An identity provider whose stand-in vouches for anyone. */
async function addProvider(): Promise<void> {
  const { id, api_token } = emulator.account
  const answer = await fetch(`${emulator.url}/client/v4/accounts/${id}/access/identity_providers`, {
    method: 'POST',
    headers: { authorization: `Bearer ${api_token}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      type: 'github',
      name: 'GitHub',
      config: { client_id: 'a', client_secret: 'b' },
    }),
  })
  expect(answer.status).toBe(201)
}

async function visitWiki(page: Page): Promise<string> {
  await page.goto('https://wiki.example.com/')
  if ((await page.getByRole('link', { name: 'GitHub' }).count()) > 0) {
    await press(page, 'link', 'GitHub')
    await page.getByLabel('Email').fill('eve@evil.test')
    await page.keyboard.press('Enter')
    await page.waitForFunction('document.querySelector("#claims") === null')
    await page.waitForLoadState()
  }
  return (await page.locator('body').textContent()) ?? ''
}

const refused = 'That account does not have access.'

test('from a refusal to its reason, to the change that lets it in, and back', {
  timeout: 60_000,
}, async () => {
  const page = await context?.newPage()
  if (page === undefined) return
  await addProvider()
  expect(await visitWiki(page)).toContain(refused)
  await press(page, 'link', 'Show me.')
  await page.waitForURL('https://api.cloudflare.com/__access/requests/*')
  expect(await page.locator('.decision .end').textContent()).toContain('identity not admitted')
  const drawn = await page.locator('.decision').textContent()
  expect(drawn).toContain('anyone @example.com')
  expect(drawn).toContain("The person's email address is of another domain")

  const way = page.getByRole('listitem').filter({ hasText: 'add a policy with the decision allow' })
  await way.getByRole('button', { name: 'Change it' }).press('Enter')
  await page.getByText('The same request now: pass').waitFor()
  const called = await done(page).locator('code').allTextContents()
  expect(called[0]).toMatch(
    /^curl -X POST 'https:\/\/api\.cloudflare\.com\/__access\/changes\?account=/,
  )
  expect(called[1]).toMatch(/^await emulator\.control\.applyChanges\(\{"query":/)

  const other = await context?.newPage()
  if (other === undefined) throw new Error('no window')
  expect(await visitWiki(other)).toContain('"cf-access-authenticated-user-email": "eve@evil.test"')

  await press(page, 'button', 'Undo')
  await page.getByText('The same request now').waitFor({ state: 'detached' })
  expect(await visitWiki(other)).toContain(refused)
})

test('the block page leads to the explanation, and that to a request that passes', async () => {
  const page = await context?.newPage()
  if (page === undefined) return
  await page.goto('https://machines.example.com/')
  expect(await page.locator('h1').textContent()).toBe('Forbidden')
  await press(page, 'link', 'Why? The emulator explains this answer.')
  await page.waitForURL('https://api.cloudflare.com/__access/requests/*')
  expect(await page.locator('.decision .end').textContent()).toContain('deny')
  await page.getByRole('link', { name: 'Try it' }).first().press('Enter')
  await page.waitForURL('**/try?*')
  expect(await page.locator('#verdict .end').textContent()).toContain('pass')
})

test('on .localhost the link stays on this machine', async () => {
  const { port } = new URL(emulator.url)
  const page = await context?.newPage()
  if (page === undefined) return
  await page.goto(`http://machines.example.com.localhost:${port}/`)
  await press(page, 'link', 'Why? The emulator explains this answer.')
  await page.waitForURL(`http://localhost:${port}/__access/requests/*`)
  expect(await page.locator('.decision .end').textContent()).toContain('deny')
})

test('at its .localhost name, the dashboard acts too', async () => {
  const page = await context?.newPage()
  if (page === undefined) return
  const { port } = new URL(emulator.url)
  await page.goto(`http://api.cloudflare.com.localhost:${port}/__access/settings`)
  await press(page, 'button', 'Advance 1 hour')
  await page.locator('#clock').getByText('2026-03-04T06:06:07').waitFor()
})

test('without an answer it says so, and shows what it had', async () => {
  if (browser === undefined) return
  const ending = await createEmulator({ seed: 'example' })
  const own = await browser.newContext()
  const page = await own.newPage()
  await page.goto(`${ending.url}/__access/settings`)
  await ending.close()
  await press(page, 'button', 'Advance 1 hour')
  await done(page).getByText('No answer').waitFor()
  await page.locator('html.lost').waitFor({ state: 'attached' })
  expect(await page.locator('h1').textContent()).toBe('Clock and behaviours')
  await own.close()
})

test('a failure mode is set, shows what to expect, and ends', async () => {
  const page = await at('/failure-modes/token-expired')
  if (page === undefined) return
  expect(await page.locator('#state').textContent()).toContain('Not set')
  await press(page, 'button', 'Set it: token-expired')
  await page.locator('#state').getByText('Set', { exact: true }).waitFor()
  const lines = await done(page).locator('code').allTextContents()
  expect(lines[1]).toMatch(/^await emulator\.control\.setMode\(\{"params":\{"id":"token-expired"\}/)
  await done(page).getByText('The answer').click()
  const answer = JSON.parse((await done(page).locator('pre').textContent()) ?? '')
  expect(answer).toMatchObject({ id: 'token-expired', expect: { status: 302 } })
  await press(page, 'button', 'End it: token-expired')
  await page.locator('#state').getByText('Not set').waitFor()
  expect((await emulator.control.listModes()).result.filter(({ set }) => set)).toEqual([])
})

test('the clock and the behaviours change, and return', async () => {
  const page = await at('/settings')
  if (page === undefined) return
  await press(page, 'button', 'Advance 1 hour')
  await page.locator('#clock').getByText('2026-03-04T06:06:07').waitFor()
  await page.getByLabel('Freeze at').fill('2027-01-01T00:00:00Z')
  await page.keyboard.press('Enter')
  await page.locator('#clock').getByText('2027-01-01T00:00:00').waitFor()
  await press(page, 'button', 'Real time')
  await page.locator('#clock').getByText('real').waitFor()

  await page.getByText('All behaviours').press('Enter')
  const row = page.locator('details tr').filter({ hasText: 'service_auth.wrong_method' })
  await row.getByRole('button', { name: 'Set' }).press('Enter')
  await page.locator('#differing tr').filter({ hasText: 'service_auth.wrong_method' }).waitFor()
  expect((await emulator.control.getBehaviours()).result).toContainEqual(
    expect.objectContaining({ name: 'service_auth.wrong_method', value: 405 }),
  )
  await press(page, 'button', 'As in the profile: service_auth.wrong_method')
  await page.locator('#differing').getByText('None.').waitFor()
  await page.getByText('Objects, behaviours, failure modes').press('Enter')
  await press(page, 'button', 'Reset to the seed')
  await page.locator('#clock').getByText('2026-03-04T05:06:07').waitFor()
})

test('requests appear as they come, while what is open stays open; the list can be cleared', async () => {
  const page = await at('')
  if (page === undefined) return
  await page.getByText('No requests yet').waitFor()
  const visit = async (path: string) => {
    const answer = await emulator.fetch(emulator.urlFor(`nothing.example.com${path}`))
    await answer.text()
  }
  await emulator.control.setFaults({
    body: [{ at: 'gate', effect: { kind: 'status', status: 204 }, when: { path: '/a.css' } }],
  })
  await visit('/first')
  await page.getByText('GET nothing.example.com/first').waitFor()
  await visit('/second')
  await page.getByText('GET nothing.example.com/second').waitFor()
  // What a person types and chooses stays, whatever comes meanwhile.
  await page.getByLabel('Host').fill('half-typed')
  await page.getByLabel('Verdict').selectOption('deny')
  await page.getByRole('button', { name: 'Filter' }).focus()
  await visit('/third')
  await page.getByText('GET nothing.example.com/third').waitFor()
  expect(await page.getByLabel('Host').inputValue()).toBe('half-typed')
  expect(await page.getByLabel('Verdict').inputValue()).toBe('deny')
  await press(page, 'button', 'Clear the list')
  await page.getByText('No requests yet').waitFor()
})

test('a person is signed in for a test, and a wrong call says what was wrong', async () => {
  const page = await at('/try?url=wiki.example.com&email=ada@example.com')
  if (page === undefined) return
  await press(page, 'button', 'Sign ada@example.com in')
  await done(page).getByText('Done').waitFor()
  await done(page).getByText('The answer').click()
  expect(await done(page).locator('pre').textContent()).toContain('CF_Authorization=')
  await press(page, 'button', 'Close')
  await done(page).waitFor({ state: 'hidden' })
  await page.goto(dashboard('/settings'))
  await page.getByLabel('Freeze at').fill('yesterday')
  await page.keyboard.press('Enter')
  await done(page).getByText('Refused: 400').waitFor()
})

test('a secret is in the page only after it was asked for, and can be copied', async () => {
  const page = await at('/credentials')
  if (page === undefined) return
  await context?.grantPermissions(['clipboard-read', 'clipboard-write'])
  const [pair] = emulator.account.service_tokens
  const secret = pair?.client_secret ?? ''
  expect(await page.content()).not.toContain(secret)
  expect(await page.content()).not.toContain(emulator.account.api_token)
  await page
    .locator('tr')
    .filter({ hasText: 'ci deploy' })
    .getByRole('link', { name: 'Show' })
    .press('Enter')
  await page.getByText(secret).waitFor()
  await page.getByRole('button', { name: `Copy ${secret}` }).press('Enter')
  await page.getByText('Copied').waitFor()
  expect(await page.evaluate('navigator.clipboard.readText()')).toBe(secret)
})

/** An address of this machine from which the browser counts as another machine. */
const outside = Object.values(networkInterfaces())
  .flat()
  .find((each) => each !== undefined && !each.internal && each.family === 'IPv4')?.address

test('from another machine, the admin token opens the pages and their actions', async () => {
  if (browser === undefined) return
  if (outside === undefined) {
    console.info('Not run: this machine has no address but loopback.')
    return
  }
  const adminToken = 'admin-token-of-this-test'
  const shared = await createEmulator({ seed: 'example', host: '0.0.0.0', adminToken })
  const own = await browser.newContext()
  try {
    const page = await own.newPage()
    const { port } = new URL(shared.url)
    await page.goto(`http://${outside}:${port}/__access/settings`)
    await page.getByLabel('Admin token').fill('wrong')
    await page.keyboard.press('Enter')
    await page.getByText('This is not the admin token.').waitFor()
    await page.getByLabel('Admin token').fill(adminToken)
    await page.keyboard.press('Enter')
    await page.waitForURL('**/__access/settings')
    await press(page, 'button', 'Advance 1 day')
    await done(page).getByText('Done').waitFor()
    await page.locator('#clock').getByText('running').waitFor()
    expect(await page.evaluate('document.cookie')).toBe('')
  } finally {
    await own.close()
    await shared.close()
  }
})
