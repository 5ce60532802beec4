/** Chromium at the dashboard, driven by Playwright. */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { type Browser, type BrowserContext, chromium, type Page } from '@playwright/test'
import { expect } from 'vitest'
import type { Emulator } from '../../../emulator/index.ts'
import { has } from '../../commands/run/run-program.ts'

/** Undefined, with the reason printed, where there is no browser. */
export async function browserAtHand(): Promise<Browser | undefined> {
  if (!has('chromium')) return undefined
  return await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] })
}

/** A window that reaches the emulator's hosts by their real names. */
export async function openWindow(
  browser: Browser,
  { url }: Pick<Emulator, 'url'>,
): Promise<BrowserContext> {
  return await browser.newContext({ proxy: { server: url }, ignoreHTTPSErrors: true })
}

/** Presses Enter on a button or link that the keyboard has reached. */
export async function press(page: Page, role: 'button' | 'link', name: string): Promise<void> {
  const target = page.getByRole(role, { name, exact: true }).first()
  await target.focus()
  await target.press('Enter')
}

/** Nothing runs out of the window. */
export async function expectToFit(page: Page): Promise<void> {
  const beyond = await page.evaluate('document.documentElement.scrollWidth - innerWidth')
  expect(beyond, `${page.url()} is wider than its window by so many pixels`).toBeLessThanOrEqual(0)
}

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

interface AxeResults {
  readonly violations: readonly {
    readonly id: string
    readonly nodes: readonly { readonly html: string }[]
  }[]
}

/** axe-core finds nothing wrong. */
export async function expectAccessible(page: Page): Promise<void> {
  await page.evaluate(axe)
  const { violations } = await page.evaluate<AxeResults>('axe.run()')
  const found = violations.map(({ id, nodes }) => ({ id, where: nodes.map(({ html }) => html) }))
  expect(found, page.url()).toEqual([])
}
