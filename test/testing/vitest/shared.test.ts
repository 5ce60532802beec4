/** The fixtures of `./vitest` on a shared emulator: the same tests, each in an account that ends with it. */
import { afterAll } from 'vitest'
import { createEmulator } from '../../../emulator/index.ts'
import { test as base, expect } from '../../../emulator/testing/vitest.ts'

const adminToken = 'admin-token-of-this-test'
const before = process.env.ACCESS_EMULATOR_ADMIN_TOKEN
const shared = await createEmulator({ shared: true, adminToken })
process.env.ACCESS_EMULATOR_ADMIN_TOKEN = adminToken
afterAll(async () => {
  if (before === undefined) delete process.env.ACCESS_EMULATOR_ADMIN_TOKEN
  else process.env.ACCESS_EMULATOR_ADMIN_TOKEN = before
  await shared.close()
})

const test = base.extend('accessServer', { scope: 'worker' }, () => shared.url)

const seen: string[] = []

test('a test has an account of its own there', async ({ account, emulator, fetch }) => {
  seen.push(account.id)
  expect(emulator.url).toBe(shared.url)
  expect(shared.accounts().map(({ id }) => id)).toContain(account.id)
  expect(await fetch(`https://app.${account.zones[0]?.name}/`)).toBeAllowedByAccess()
})

test('a failure mode is set and proved in it', async ({ account, fetch, modes }) => {
  expect(seen).not.toContain(account.id)
  expect(shared.accounts().map(({ id }) => id)).not.toContain(seen[0])
  const { request } = await modes.set('policy-require-fails')
  const refused = await fetch(request.url, { headers: request.headers, redirect: 'manual' })
  expect(refused).toBeDeniedByAccess()
  await expect(refused).toBeDeniedBecause('policy-require-fails')
})

test('the clock is everybody’s', async ({ clock }) => {
  await expect(clock.freeze()).rejects.toThrow('The clock is one for all accounts')
  expect(Date.parse(await clock.now())).toBeLessThanOrEqual(Date.now())
})
