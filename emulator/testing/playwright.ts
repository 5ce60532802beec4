/** The package's entry `./playwright`: one emulator per worker, which the browser reaches at the real names, and matchers. */
import { test as base } from '@playwright/test'
import { createEmulator } from '../instance/create.ts'
import type { Emulator } from '../instance/emulator.ts'
import type { EmulatorOptions } from '../instance/options.ts'
import { namedSeeds } from '../seeds/index.ts'
import { type AccessClock, type AccessModes, clockOf, modesOf } from './fixtures.ts'
import { answering } from './playwright/answers.ts'
import { type AccessPins, pinsOf } from './playwright/pins.ts'
import { refusalsIn } from './playwright/refusals.ts'
import { type AccessSignIn, signInWith } from './playwright/sign-in.ts'
import { type BrowserTrust, makeTrust } from './playwright/trust.ts'

export type { AccessClock, AccessModes } from './fixtures.ts'
export { expect } from './playwright/answers.ts'
export type { AccessPins } from './playwright/pins.ts'
export type { AccessSignIn, SignInOptions } from './playwright/sign-in.ts'

/** Fixtures of a test. The emulator is at its seed when a test begins, so nothing is left of the test before. */
export interface AccessTestFixtures {
  /** Signs a person in through the login pages of Access. */
  readonly signIn: AccessSignIn
  /** The One-time PINs that were requested: the emulator sends no mail. */
  readonly pins: AccessPins
  /** The clock of the emulator, not of the browser. */
  readonly clock: AccessClock
  /** Failure modes of the first account. */
  readonly modes: AccessModes
}

/** What `use` in the configuration may set. */
export interface AccessWorkerOptions {
  /**
   * The emulator's options; tests that need others run in a worker of their own. The seed is `example` by default. A seed of
   * your own gets the same ids in every worker, so that a stored session is valid in all.
   */
  readonly emulatorOptions: EmulatorOptions
}

export interface AccessWorkerFixtures extends AccessWorkerOptions {
  /** The worker's emulator. */
  readonly emulator: Emulator
}

interface OwnTestFixtures {
  readonly atSeed: undefined
}

interface OwnWorkerFixtures {
  readonly browserTrust: BrowserTrust
}

/**
 * Playwright's `test` with an emulator between the browser and your application.
 *
 * @example
 * import { expect, test } from 'cloudflare-access-emulator/playwright'
 *
 * test('Ada reads the wiki', async ({ page, signIn }) => {
 *   await page.goto('https://wiki.example.com/')
 *   await signIn(page, 'ada@example.com')
 *   await expect(page).toHaveURL('https://wiki.example.com/')
 * })
 */
export const test = base.extend<
  AccessTestFixtures & OwnTestFixtures,
  AccessWorkerFixtures & OwnWorkerFixtures
>({
  emulatorOptions: [{}, { scope: 'worker', option: true }],
  browserTrust: [
    // Playwright reads the destructuring pattern to find a fixture's dependencies: this one has none.
    async ({}, use) => {
      const trust = await makeTrust()
      await use(trust)
      await trust.remove()
    },
    { scope: 'worker' },
  ],
  emulator: [
    async ({ emulatorOptions, browserTrust: { stateHome } }, use) => {
      const { seed = 'example' } = emulatorOptions
      const isNamed = typeof seed === 'string' && Object.hasOwn(namedSeeds, seed)
      const entropy = isNamed ? {} : { entropy: 'playwright' }
      const emulator = await createEmulator({ seed, stateHome, ...entropy, ...emulatorOptions })
      const stop = answering(emulator)
      await use(emulator)
      stop()
      await emulator.close()
    },
    { scope: 'worker' },
  ],
  launchOptions: [
    async ({ launchOptions, browserName, browserTrust }, use) => {
      const { args = [] } = launchOptions
      const trusting =
        browserName === 'chromium' ? { args: [...args, browserTrust.chromiumFlag] } : {}
      await use({ ...launchOptions, ...trusting })
    },
    { scope: 'worker' },
  ],
  proxy: async ({ emulator }, use) => {
    // Playwright would send loopback through the proxy too: your own server could not be opened directly.
    await use({ server: emulator.url, bypass: 'localhost,*.localhost,127.0.0.1,[::1]' })
  },
  // Only Chromium can be told which authority to trust; for other browsers and for `request`, this is all there is.
  ignoreHTTPSErrors: true,
  atSeed: [
    async ({ emulator }, use, testInfo) => {
      await emulator.reset()
      await use(undefined)
      if (testInfo.status === testInfo.expectedStatus) return
      const body = await refusalsIn(emulator)
      if (body === undefined) return
      await testInfo.attach('what Access refused, and why', { body, contentType: 'text/plain' })
    },
    { auto: true },
  ],
  signIn: async ({ pins }, use) => {
    await use(signInWith(pins))
  },
  pins: async ({ emulator }, use) => {
    await use(pinsOf(emulator))
  },
  clock: async ({ emulator }, use) => {
    await use(clockOf(emulator.control))
  },
  modes: async ({ emulator }, use) => {
    await use(modesOf(emulator.control))
  },
})
