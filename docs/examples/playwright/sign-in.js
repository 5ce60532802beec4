/** Runs once, before the tests: signs Ada in and stores her cookies. */
import { test } from 'cloudflare-access-emulator/playwright'

test('Ada signs in', async ({ page, signIn }) => {
  await page.goto('/')
  await signIn(page, 'ada@example.com')
  await page.context().storageState({ path: 'ada.json' })
})
