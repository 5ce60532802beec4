/** Run by example.slow.test.ts beside the example's own tests, in the example's project. */
import { expect, test } from 'cloudflare-access-emulator/playwright'

test('an identity provider says who someone is', async ({ page, emulator, signIn }) => {
  await page.goto('/admin/')
  const groups = ['admins', 'ops']
  await signIn(page, 'grace@example.com', { provider: 'GitHub', name: 'Grace', groups })
  await expect(page).toHaveURL('/admin/')
  const { users } = await emulator.control.getState()
  expect(users).toMatchObject([{ email: 'grace@example.com', name: 'Grace', groups }])
})

test.describe('nothing is left of a test:', () => {
  test.describe.configure({ mode: 'serial' })
  test('this one changes all that it can', async ({ clock, emulator, modes, page, signIn }) => {
    await page.goto('/')
    await signIn(page, 'ada@example.com')
    await modes.set('token-expired')
    await clock.freeze('2031-01-01T00:00:00Z')
    await emulator.control.setBehaviours({ body: { 'login.show_pin': false } })
  })
  test('this one sees nothing of it', async ({ clock, context, emulator, modes, pins }) => {
    expect(await clock.now()).not.toMatch(/^2031/)
    expect((await emulator.control.getState()).users).toEqual([])
    expect((await emulator.control.readJournal()).result).toEqual([])
    expect(await context.cookies()).toEqual([])
    await modes.set('token-expired')
    await expect(pins.of('ada@example.com')).rejects.toThrow('No One-time PIN was requested')
  })
})

test('signIn says why it cannot', async ({ page, pins, signIn }) => {
  await expect(signIn(page, 'ada@example.com')).rejects.toThrow(
    'The page is at about:blank, which is not a login page of Access. Open a protected URL first',
  )
  const url = '/'
  await expect(signIn(page, 'eve@elsewhere.example', { url })).rejects.toThrow(
    'Access sends no One-time PIN to eve@elsewhere.example: no policy of the application on notes.example.com admits',
  )
  await expect(signIn(page, 'ada@example.com', { url, groups: ['ops'] })).rejects.toThrow(
    'Name an identity provider to give groups.',
  )
  await signIn(page, 'ada@example.com', { url })
  await expect(pins.of('ada@example.com')).rejects.toThrow('has been used')
})

test('the matchers say what was answered', async ({ page, request }) => {
  const message = (matching) =>
    matching.then(
      () => '',
      (error) => error.message,
    )
  const login = await page.goto('/')
  expect(await message(expect(login).toBeAllowedByAccess())).toMatch(
    /^Access refused the request: login redirect \(ray [0-9a-f]{16}-\w+\)/,
  )
  expect(await message(expect(login).toBeDeniedBecause('token-expired'))).toMatch(
    /does not prove a single cause\.\nGET https:\/\/notes\.example\.com\/ was answered 302/,
  )
  const open = await request.get('https://open.example.com/')
  expect(await message(expect(open).toBeDeniedByAccess())).toMatch(
    /^Access let the request through/,
  )
  expect(await message(expect(null).toBeDeniedByAccess())).toContain('There was no response')
})

test('fails, and shows why', async ({ page }) => {
  await page.goto('/')
  await expect(page).toHaveURL('/', { timeout: 1 })
})
