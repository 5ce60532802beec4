import { chromiumHere } from '../testing/playwright/chromium.ts'
import { testPage } from './run-page.ts'

const chromium = chromiumHere('the browser of docs/guides/playwright.md')
testPage('guides/playwright.md', {
  needs: ['chromium'],
  tools: ['@playwright/test'],
  env: chromium === undefined ? {} : { CHROMIUM: chromium },
  timeout: 300_000,
})
