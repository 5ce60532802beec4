import { defineConfig } from '@playwright/test'
import { createEmulator, type Emulator } from 'cloudflare-access-emulator'
import { createAccessClient, targetFrom } from 'cloudflare-access-emulator/client'
import { modes } from 'cloudflare-access-emulator/contracts'
import { type MiniflareOptions, miniflareOptions } from 'cloudflare-access-emulator/miniflare'
import {
  type AccessWorkerOptions,
  expect as expectInBrowser,
  test as inBrowser,
} from 'cloudflare-access-emulator/playwright'
import { expect, test } from 'cloudflare-access-emulator/vitest'

const emulator: Emulator = await createEmulator({ seed: 'example', profile: 'observed' })
const [pair] = emulator.account.service_tokens
if (pair === undefined) throw new Error('the seed has no service token')
const client = createAccessClient({
  target: targetFrom({ emulator: emulator.url }),
  credentials: { client_id: pair.client_id, client_secret: pair.client_secret },
})
const result = await client.getToken('https://machines.example.com/')
const token: string | undefined = result.kind === 'token' ? result.token : undefined
const title: string = modes['token-expired'].title
await emulator.control.setClock({ body: { advance: 60 } })
// @ts-expect-error there is no such profile
await createEmulator({ profile: 'observant' })

test('typed', async ({ fetch, modes: set }) => {
  await set.set('token-expired')
  expect(await fetch('https://machines.example.com/')).toBeDeniedByAccess()
})
const configuration = defineConfig<object, AccessWorkerOptions>({
  use: { emulatorOptions: { seed: 'example', profile: 'observed' } },
})
// @ts-expect-error there is no such option
defineConfig<object, AccessWorkerOptions>({ use: { emulatorOptions: { seeds: 'example' } } })
inBrowser('typed', async ({ page, signIn, clock, pins }) => {
  const response = await page.goto('https://wiki.example.com/')
  await expectInBrowser(response).toBeDeniedByAccess()
  await signIn(page, 'ada@example.com', { groups: ['ops'] })
  // @ts-expect-error an email is a string
  await signIn(page, 1)
  const pin: string = await pins.of('ada@example.com')
  await clock.advance(Number(pin))
})
const { bindings, outboundService }: MiniflareOptions = await miniflareOptions({
  emulator,
  application: 'machines.example.com',
  otherwise: fetch,
})
const keys: Response = await outboundService(new Request(`${bindings.TEAM_DOMAIN}/`))
console.log(token, title, configuration, keys.status)
