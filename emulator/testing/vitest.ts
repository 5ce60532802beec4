/** The package's entry `./vitest`: one emulator per worker, or a shared one, one account per test, and matchers. */
import { test as base, expect } from 'vitest'
import type { SeedAccount } from '../../contracts/control/shapes.ts'
import { createEmulator } from '../instance/create.ts'
import type { Emulator } from '../instance/emulator.ts'
import type { RememberedAnswer } from '../instance/refusal-causes.ts'
import {
  type AccessClock,
  type AccessModes,
  clockOf,
  isLoginAddress,
  judgedCause,
  modesOf,
  type RefusalCause,
  refusalIn,
  rememberedBy,
  verdictText,
} from './fixtures.ts'

export type { AccessClock, AccessModes } from './fixtures.ts'

/** Fixtures that a test may change freely: nothing is shared with other tests but the clock. */
export interface AccessFixtures {
  /** The test's own account, with a zone, a team and a One-time PIN provider; deleted after the test. */
  readonly account: SeedAccount
  /** Reaches the emulator for every name it serves, and the network for every other. */
  readonly fetch: typeof fetch
  readonly clock: AccessClock
  readonly modes: AccessModes
}

interface WorkerFixtures {
  /** Where the shared emulator is, if accounts are taken on one; set by `provide` in Vitest's configuration. */
  readonly accessServer: string | true
  readonly emulator: Emulator
}

/** Which emulator a response came from, so that a matcher can ask it why. Clones are not in the map. */
const answeredBy = new WeakMap<Response, Emulator>()

function remembering(emulator: Emulator): Emulator {
  const answer: typeof fetch = async (input, init) => {
    const response = await emulator.fetch(input, init)
    answeredBy.set(response, emulator)
    return response
  }
  // Not spread: `account` is a getter that throws if the seed has none.
  return Object.create(emulator, { fetch: { value: answer, enumerable: true } })
}

/**
 * Vitest's `test` with an emulator: the fixtures `account`, `fetch`, `clock`, `modes` and `emulator`.
 *
 * Each worker starts one, or takes its accounts on the shared emulator that `provide: { accessServer: URL }` of Vitest's
 * configuration names (`true`: at ACCESS_EMULATOR_URL; the token is in ACCESS_EMULATOR_ADMIN_TOKEN).
 *
 * @example
 * import { expect, test } from 'cloudflare-access-emulator/vitest'
 *
 * test('a policy whose require fails is the reason for the refusal', async ({ fetch, modes }) => {
 *   const { request } = await modes.set('policy-require-fails')
 *   const answer = await fetch(request.url, { headers: request.headers, redirect: 'manual' })
 *   expect(answer).toBeDeniedByAccess()
 *   await expect(answer).toBeDeniedBecause('policy-require-fails')
 * })
 */
export const test = base.extend<AccessFixtures & WorkerFixtures>({
  accessServer: ['', { scope: 'worker', injected: true }],
  emulator: [
    async ({ accessServer }, use) => {
      const emulator = await createEmulator({
        seed: 'empty',
        ...(accessServer === '' ? {} : { server: accessServer }),
      })
      await use(remembering(emulator))
      await emulator.close()
    },
    { scope: 'worker' },
  ],
  account: async ({ accessServer, emulator, task }, use) => {
    // Others may run the same test there.
    const whose = accessServer === '' ? 'test' : emulator.account.name
    const account = await emulator.control.createAccount({ body: { name: `${whose} ${task.id}` } })
    await use(account)
    await emulator.control.deleteAccount({ query: { account: account.id } })
  },
  fetch: async ({ emulator }, use) => {
    await use(emulator.fetch)
  },
  clock: async ({ accessServer, emulator: { control } }, use) => {
    const clock = clockOf(control)
    await use(clock)
    // The clock of a shared emulator is not ours: it refused any change.
    if (accessServer === '') await clock.real()
  },
  modes: async ({ emulator: { control }, account }, use) => {
    await use(modesOf(control, account.id))
  },
})

expect.extend({
  /** Passes unless Access itself answered, with its login redirect, 401 or 403. */
  toBeAllowedByAccess(received: Response) {
    const block = blockOf(received)
    return { pass: block === undefined, message: () => verdictText(received, block) }
  },
  /** Passes if Access itself answered, with its login redirect, 401 or 403. */
  toBeDeniedByAccess(received: Response) {
    const block = blockOf(received)
    return { pass: block !== undefined, message: () => verdictText(received, block) }
  },
  /** Passes if Access denied the request and the emulator's explanation proves that failure mode, or gives that reason. */
  async toBeDeniedBecause(received: Response, cause: RefusalCause) {
    const remembered = await memoryOf(received)
    return judgedCause(remembered, { cause, isRefused: blockOf(received) !== undefined })
  },
})

/** @throws Error if no fixture fetched the response, or no journal has its ray: then there is no explanation */
function memoryOf(response: Response): Promise<RememberedAnswer> {
  const emulator = answeredBy.get(response)
  if (emulator === undefined) {
    throw new Error(
      'toBeDeniedBecause takes a response from the fixture `fetch` or `emulator.fetch`, and not a clone of it.',
    )
  }
  if (isFollowed(response)) {
    throw new Error(
      "fetch followed the redirect to the login page, and this is that page's response. Fetch with redirect: 'manual'.",
    )
  }
  return rememberedBy(emulator, response)
}

function blockOf(response: Response): string | undefined {
  return isFollowed(response)
    ? 'login redirect, which fetch followed to its page'
    : refusalIn(response)
}

/** Without `redirect: 'manual'`, `fetch` returns the login page: a 200, although Access let no request through. */
function isFollowed({ redirected, url }: Response): boolean {
  return redirected && isLoginAddress(url)
}

declare module 'vitest' {
  interface ProvidedContext {
    /** The URL of a shared emulator, on which the fixtures take their accounts; `true`: at ACCESS_EMULATOR_URL. */
    accessServer: string | true
  }
  interface Matchers<T> {
    /** Access let the request through, whatever the origin answered. */
    toBeAllowedByAccess(): T
    /** Access answered with its login redirect, 401 or 403. */
    toBeDeniedByAccess(): T
    /** Must be awaited. @param cause a failure mode (`npx access-emulator modes` lists them), or the reason of the verdict or of the credentials */
    toBeDeniedBecause(cause: RefusalCause): Promise<void>
  }
}

export { expect }
