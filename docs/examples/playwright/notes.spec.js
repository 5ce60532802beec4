import { expect, test } from 'cloudflare-access-emulator/playwright'

test('a person signs in by One-time PIN, and the application knows who it is', async ({ page, signIn }) => {
  await page.goto('/')
  await signIn(page, 'ada@example.com')
  await expect(page.getByRole('heading')).toHaveText('Notes of ada@example.com')
})

test('the same step by step, as the person does', async ({ page, pins }) => {
  await page.goto('/')
  await page.getByLabel('Email').fill('ada@example.com')
  await page.getByRole('button', { name: 'Send me a code' }).click()
  await page.getByLabel('Code').fill(await pins.of('ada@example.com'))
  await page.getByRole('button', { name: 'Sign in' }).click()
  await expect(page).toHaveURL('/')
})

test('a policy refuses someone of another company', async ({ page, signIn }) => {
  await page.goto('/')
  await expect(signIn(page, 'eve@elsewhere.example', { provider: 'GitHub' })).rejects.toThrow(
    'Access did not let eve@elsewhere.example in',
  )
})

test('without a sign-in, the first answer is the redirect to the login page', async ({ page }) => {
  const response = await page.goto('/admin/')
  await expect(response).toBeDeniedByAccess()
})

test.describe('Ada, who has signed in before', () => {
  test.use({ storageState: 'ada.json' })

  test('is let in at once', async ({ page }) => {
    await expect(await page.goto('/')).toBeAllowedByAccess()
    await expect(page.getByRole('heading')).toHaveText('Notes of ada@example.com')
  })

  test('signs in again after a day', async ({ page, clock }) => {
    await clock.advance(25 * 60 * 60)
    await expect(await page.goto('/')).toBeDeniedBecause('jwt-expired')
  })

  test('calls the API from the test, with the cookies of the page', async ({ page }) => {
    await expect(await page.request.get('/api/notes')).toBeAllowedByAccess()
  })
})

test('a failure mode shows what the application does when Access fails', async ({ request, modes }) => {
  const shown = await modes.set('token-expired')
  const { url, headers } = shown.request
  const response = await request.get(url, { headers, maxRedirects: 0 })
  await expect(response).toBeDeniedBecause('token-expired')
})
