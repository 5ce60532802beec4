/** The package's entry `./vitest`: one emulator per worker, one account per test, and matchers. */
import { test as base, expect } from 'vitest'
import type { ModeSetup, ModeTarget, SeedAccount } from '../contracts/control/shapes.ts'
import { headerNames, protectedResourcePath } from '../contracts/edge/endpoints.ts'
import { isModeId, type ModeId } from '../contracts/modes/catalogue.ts'
import type { CredentialReason, DenyReason } from '../contracts/reasons/table.ts'
import { createEmulator, type Emulator } from './index.ts'
import { causesOf, explainedText, type RememberedAnswer, reasonsOf } from './vitest-because.ts'

/** The clock of the worker's emulator. All its accounts share it, so a test that sets it must not run concurrently with others. */
export interface AccessClock {
  /** Stops the clock. @param at ISO 8601 with seconds and zone; default: the current time */
  freeze(at?: string): Promise<void>
  /** Moves the clock forward. @param seconds 0 or more */
  advance(seconds: number): Promise<void>
  /** Returns to the machine's time. Happens by itself after the test. */
  real(): Promise<void>
  /** The current time in ISO 8601. */
  now(): Promise<string>
}

/** Failure modes of the test's account; they end with the test. */
export interface AccessModes {
  /**
   * Sets a mode. Returns the request that shows it, and its exact answer.
   * @param target the application or service token to break; default: new ones, created for the mode
   * @throws Error if the mode is already set, or the target does not exist
   */
  set(id: ModeId, target?: ModeTarget): Promise<ModeSetup>
  end(id: ModeId): Promise<void>
}

/** Fixtures that a test may change freely: nothing is shared with other tests but the clock. */
export interface AccessFixtures {
  /** The test's own account, with a zone, a team and a One-time PIN provider; deleted after the test. */
  readonly account: SeedAccount
  /** Reaches the emulator for every name it serves, and the network for every other. */
  readonly fetch: typeof fetch
  readonly clock: AccessClock
  readonly modes: AccessModes
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
export const test = base.extend<AccessFixtures & { readonly emulator: Emulator }>({
  emulator: [
    // Vitest reads the destructuring pattern to find a fixture's dependencies: this one has none.
    async ({}, use) => {
      const emulator = await createEmulator({ seed: 'empty' })
      await use(remembering(emulator))
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
  clock: async ({ emulator: { control } }, use) => {
    const real = async () => {
      await control.setClock({ body: { real: true } })
    }
    await use({
      async freeze(at) {
        await control.setClock({ body: { at: at ?? (await control.getClock()).now } })
      },
      async advance(seconds) {
        await control.setClock({ body: { advance: seconds } })
      },
      real,
      now: async () => (await control.getClock()).now,
    })
    await real()
  },
  modes: async ({ emulator: { control }, account }, use) => {
    const query = { account: account.id }
    await use({
      set: (id, target) =>
        control.setMode({
          params: { id },
          query,
          ...(target === undefined ? {} : { body: target }),
        }),
      async end(id) {
        await control.endMode({ params: { id }, query })
      },
    })
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
  async toBeDeniedBecause(received: Response, cause: ModeId | DenyReason | CredentialReason) {
    const remembered = await memoryOf(received)
    const causes = causesOf(remembered)
    const found = [...causes, ...reasonsOf(remembered.explanation)]
    const isCertain = isModeId(cause) ? causes.length > 0 : found.length > 0
    if (blockOf(received) !== undefined && !isCertain) {
      throw new Error(
        `Access refused the request, but the explanation does not prove a single cause.\n${explainedText(remembered)}`,
      )
    }
    return {
      pass: found.includes(cause),
      message: () =>
        `Known causes: ${found.join(', ') || 'none'}; expected: ${cause}.\n${explainedText(remembered)}`,
    }
  },
})

/** @throws Error if no fixture fetched the response, or no journal has its ray: then there is no explanation */
async function memoryOf(response: Response): Promise<RememberedAnswer> {
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
  const ray = response.headers.get('cf-ray')
  for (const { id } of ray === null ? [] : emulator.accounts()) {
    const query = { account: id }
    const { result } = await emulator.control.readJournal({ query: { ...query, ray: `${ray}` } })
    const entry = result.at(-1)
    if (entry === undefined) continue
    const explanation = await emulator.control.explain({ query, body: { ray: entry.ray } })
    return { entry, explanation }
  }
  throw new Error(`No account of the emulator remembers ${rayOf(response)}: ${response.status}.`)
}

function blockOf(response: Response): string | undefined {
  const { status, headers } = response
  if (isLogin(headers.get('location') ?? '')) return 'login redirect'
  if (isFollowed(response)) return 'login redirect, which fetch followed to its page'
  const challenge = headers.get('www-authenticate') ?? ''
  // The only mark of managed OAuth's Bearer challenge is the metadata document that it names.
  const isAccess =
    headers.has(headerNames.aud) ||
    challenge.startsWith('Cloudflare-Access') ||
    challenge.includes(protectedResourcePath)
  return (status === 401 || status === 403) && isAccess ? String(status) : undefined
}

/** Without `redirect: 'manual'`, `fetch` returns the login page: a 200, although Access let no request through. */
function isFollowed({ redirected, url }: Response): boolean {
  return redirected && isLogin(url)
}

function isLogin(address: string): boolean {
  return address.includes('.cloudflareaccess.com/cdn-cgi/access/login/')
}

function verdictText(response: Response, block: string | undefined): string {
  return block === undefined
    ? `Access let the request through (${response.status}, ${rayOf(response)}).`
    : `Access refused the request: ${block} (${rayOf(response)}). POST /__access/explain with this ray says why.`
}

function rayOf({ headers }: Response): string {
  return `ray ${headers.get('cf-ray') ?? 'unknown'}`
}

declare module 'vitest' {
  interface Matchers<T> {
    /** Access let the request through, whatever the origin answered. */
    toBeAllowedByAccess(): T
    /** Access answered with its login redirect, 401 or 403. */
    toBeDeniedByAccess(): T
    /** Must be awaited. @param cause a failure mode (`npx access-emulator modes` lists them), or the reason of the verdict or of the credentials */
    toBeDeniedBecause(cause: ModeId | DenyReason | CredentialReason): Promise<void>
  }
}

export { expect }
