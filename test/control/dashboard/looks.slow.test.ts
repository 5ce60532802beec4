/** Every page of the dashboard in Chromium: at three widths, light and dark, by axe-core, and without scripts. */
import type { Browser, Page } from '@playwright/test'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { browserAtHand, expectAccessible, expectToFit } from './browser.ts'
import { type FilledEmulator, filledEmulator } from './filled.ts'

/** Where to put pictures, if they are wanted (`npm run screenshots`). */
const album = process.env.SCREENSHOTS

async function photographed(page: Page, name: string): Promise<void> {
  if (album !== undefined) await page.screenshot({ path: `${album}/${name}.png` })
}

let browser: Browser | undefined
let filled: FilledEmulator
beforeAll(async () => {
  browser = await browserAtHand()
  filled = await filledEmulator()
})
afterAll(async () => {
  await browser?.close()
  await filled.emulator.close()
})

/** axe-core takes its time, and finds the same in between. */
const accessibleAt = new Set(['390 dark', '1440 light'])

describe.each([390, 768, 1440])('At a width of %i pixels', (width) => {
  test.each(['light', 'dark'] as const)('%s', { timeout: 60_000 }, async (colorScheme) => {
    if (browser === undefined) return
    const { emulator, pages } = filled
    const context = await browser.newContext({ viewport: { width, height: 900 }, colorScheme })
    const page = await context.newPage()
    const said: string[] = []
    page.on('console', (message) => said.push(message.text()))
    page.on('pageerror', (error) => said.push(error.message))
    for (const [name, path] of Object.entries(pages)) {
      await page.goto(`${emulator.url}/__access${path}`)
      await photographed(page, `${name}-${width}-${colorScheme}`)
      for (const details of await page.locator('summary').all()) await details.click()
      await expectToFit(page)
      if (accessibleAt.has(`${width} ${colorScheme}`)) await expectAccessible(page)
    }
    expect(said).toEqual([])
    await context.close()
  })
})

test('without scripts, every page can be read, and none offers what it cannot do', {
  timeout: 60_000,
}, async () => {
  if (browser === undefined) return
  const { emulator, pages } = filled
  const context = await browser.newContext({ javaScriptEnabled: false })
  const page = await context.newPage()
  for (const path of Object.values(pages)) {
    await page.goto(`${emulator.url}/__access${path}`)
    expect(await page.locator('h1').textContent()).not.toBe('')
    expect(await page.locator('form.call').filter({ visible: true }).count(), path).toBe(0)
    expect(await page.locator('[data-copy]').filter({ visible: true }).count(), path).toBe(0)
  }
  await page.goto(`${emulator.url}/__access`)
  await page.getByLabel('Host').fill('machines.example.com')
  await page.getByLabel('Verdict').selectOption('refused')
  await page.getByRole('button', { name: 'Filter' }).click()
  expect(await page.locator('ol.rows > li').allInnerTexts()).toEqual([
    expect.stringContaining('GET machines.example.com/deploy'),
  ])
  await page.getByLabel('Verdict').selectOption('')
  await page.getByRole('button', { name: 'Filter' }).click()
  expect(await page.locator('ol.rows > li').count()).toBeGreaterThan(1)
  await page.goto(`${emulator.url}/__access/try`)
  await page.getByLabel('URL').fill('wiki.example.com/a')
  await page.getByLabel('Signed in as').fill('ada@example.com')
  await page.getByRole('button', { name: 'Decide' }).click()
  expect(await page.locator('#verdict').textContent()).toContain('Verdict pass')
  await context.close()
})
