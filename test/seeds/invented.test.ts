/** Seeds with arbitrary names: references by name resolve, and no page treats a name as markup. */
import { expect, onTestFinished } from 'vitest'
import { createEmulator } from '../../emulator/index.ts'
import { invented } from '../support/invented.ts'
import { inventedSeed } from './invented-seed.ts'

invented('every reference finds its object, on every machine the same', 10, async (invent) => {
  const seed = inventedSeed(invent)
  const started = async () => {
    const emulator = await createEmulator({ seed, entropy: 'names' })
    onTestFinished(() => emulator.close())
    return emulator
  }
  const [emulator, again] = [await started(), await started()]
  expect(again.account).toEqual(emulator.account)
  const [application] = emulator.account.applications
  const [token] = emulator.account.service_tokens
  const url = emulator.urlFor(application?.domain ?? '')
  const statusFor = async (headers: Record<string, string>) =>
    (await emulator.fetch(url, { headers })).status
  const pair = {
    'cf-access-client-id': token?.client_id ?? '',
    'cf-access-client-secret': token?.client_secret ?? '',
  }
  expect(await statusFor(pair)).toBe(200)
  expect(await statusFor({ 'access-emulator-client-ip': '192.0.2.1' })).toBe(403)
  expect(await statusFor({ 'access-emulator-client-ip': '192.0.2.2' })).toBe(200)
  expect(await statusFor({})).toBe(403)

  const state = await emulator.control.getState()
  await emulator.control.putState({ body: state })
  expect(await emulator.control.getState()).toEqual(state)
})

invented('no page takes a name for markup', 10, async (invent) => {
  const emulator = await createEmulator({ seed: inventedSeed(invent) })
  onTestFinished(() => emulator.close())
  const refused = await emulator.fetch(
    emulator.urlFor(emulator.account.applications[0]?.domain ?? ''),
  )
  const ray = refused.headers.get('cf-ray') ?? ''
  const pages = [await refused.text()]
  for (const path of ['', `/requests/${ray}`]) {
    pages.push(await (await emulator.fetch(`${emulator.url}/__access${path}`)).text())
  }
  for (const page of pages) expect(page).not.toMatch(/<script>alert|<img/)
})
