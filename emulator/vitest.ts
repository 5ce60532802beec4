/** The package's entry `./vitest`: an emulator for each worker, and an account of its own for each test. */
import { test as base, expect } from 'vitest'
import type { SeedAccount } from '../contracts/control-shapes.ts'
import { createEmulator, type Emulator } from './index.ts'

/** What a test may change without another one noticing: everything of its account. The clock is the worker's. */
export interface AccessFixtures {
  /** An account of its own, with a zone, a team and a One-time PIN provider; removed after the test. */
  readonly account: SeedAccount
  /** Reaches the emulator for every name it serves, and everything else as ever. */
  readonly fetch: typeof fetch
}

/**
 * Vitest's `test` with an emulator.
 *
 * @example
 * import { expect, test } from 'cloudflare-access-emulator/vitest'
 *
 * test('the host is open until an application covers it', async ({ account, fetch }) => {
 *   const answer = await fetch(`https://app.${account.zones[0]?.name}/`)
 *   expect(answer).toBeAllowedByAccess()
 * })
 */
export const test = base.extend<AccessFixtures & { readonly emulator: Emulator }>({
  emulator: [
    // Vitest reads the pattern to know what a fixture needs: this one needs nothing.
    async ({}, use) => {
      const emulator = await createEmulator({ seed: 'empty' })
      await use(emulator)
      await emulator.close()
    },
    { scope: 'worker' },
  ],
  account: async ({ emulator, task }, use) => {
    const account = await emulator.control.createAccount({ body: { name: `test ${task.id}` } })
    await use(account)
    await emulator.control.deleteAccount({ query: { account: account.id } })
  },
  fetch: async ({ emulator }, use) => {
    await use(emulator.fetch)
  },
})

expect.extend({
  /** Not an answer of Access itself: neither its login redirect nor its 401 or 403. */
  toBeAllowedByAccess(received: Response) {
    const block = blockOf(received)
    return {
      pass: block === undefined,
      message: () =>
        block === undefined
          ? `Access let the request through (${received.status}, ${rayOf(received)}).`
          : `Access refused: ${block} (${rayOf(received)}). POST /__access/explain with this ray says why.`,
    }
  },
})

function blockOf({ status, headers }: Response): string | undefined {
  const location = headers.get('location') ?? ''
  if (location.includes('.cloudflareaccess.com/cdn-cgi/access/login/')) return 'login redirect'
  const challenge = headers.get('www-authenticate') ?? ''
  const isAccess = headers.has('cf-access-aud') || challenge.startsWith('Cloudflare-Access')
  return (status === 401 || status === 403) && isAccess ? String(status) : undefined
}

function rayOf({ headers }: Response): string {
  return `ray ${headers.get('cf-ray') ?? 'unknown'}`
}

declare module 'vitest' {
  interface Matchers<T> {
    toBeAllowedByAccess(): T
  }
}

export { expect }
