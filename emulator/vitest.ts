/** The package's entry `./vitest`: an emulator for each worker, an account of its own for each test, and matchers. */
import { test as base, expect } from 'vitest'
import type { ModeSetup, ModeTarget, SeedAccount } from '../contracts/control/shapes.ts'
import { headerNames, protectedResourcePath } from '../contracts/edge/endpoints.ts'
import { isModeId, type ModeId } from '../contracts/modes/catalogue.ts'
import type { DenyReason } from './access/verdict.ts'
import { createEmulator, type Emulator } from './index.ts'
import { causesOf, explainedText, type RememberedAnswer, reasonsOf } from './vitest-because.ts'

/** The clock of the worker's emulator: one for all its accounts, so no test that sets it may run beside another. */
export interface AccessClock {
  /** Stops it, at a moment in ISO 8601 or where it stands. */
  freeze(at?: string): Promise<void>
  /** @param seconds 0 or more */
  advance(seconds: number): Promise<void>
  /** The machine's own time again, as it is after the test by itself. */
  real(): Promise<void>
  /** In ISO 8601. */
  now(): Promise<string>
}

/** Failure modes of the test's account; all of them end with it. */
export interface AccessModes {
  /** Returns the request that shows it, and its exact answer. @throws Error where it is set, or the target is not there */
  set(id: ModeId, target?: ModeTarget): Promise<ModeSetup>
  end(id: ModeId): Promise<void>
}

/** What a test may change without another one noticing: everything of its account. */
export interface AccessFixtures {
  /** An account of its own, with a zone, a team and a One-time PIN provider; removed after the test. */
  readonly account: SeedAccount
  /** Reaches the emulator for every name it serves, and everything else as ever. */
  readonly fetch: typeof fetch
  readonly clock: AccessClock
  readonly modes: AccessModes
}

/** Which emulator an answer came through, so that a matcher can ask it why. A clone of an answer is not in it. */
const answeredBy = new WeakMap<Response, Emulator>()

function remembering(emulator: Emulator): Emulator {
  const answer: typeof fetch = async (input, init) => {
    const response = await emulator.fetch(input, init)
    answeredBy.set(response, emulator)
    return response
  }
  // Not spread: `account` is a getter that throws where the seed has none.
  return Object.create(emulator, { fetch: { value: answer, enumerable: true } })
}

/**
 * Vitest's `test` with an emulator.
 *
 * @example
 * import { expect, test } from 'cloudflare-access-emulator/vitest'
 *
 * test('a token that no policy includes is told from one whose require fails', async ({ fetch, modes }) => {
 *   const { request } = await modes.set('policy-require-fails')
 *   const answer = await fetch(request.url, { headers: request.headers, redirect: 'manual' })
 *   expect(answer).toBeDeniedByAccess()
 *   await expect(answer).toBeDeniedBecause('policy-require-fails')
 * })
 */
export const test = base.extend<AccessFixtures & { readonly emulator: Emulator }>({
  emulator: [
    // Vitest reads the pattern to know what a fixture needs: this one needs nothing.
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
  /** Not an answer of Access itself: neither its login redirect nor its 401 or 403. */
  toBeAllowedByAccess(received: Response) {
    const block = blockOf(received)
    return { pass: block === undefined, message: () => verdictText(received, block) }
  },
  /** The opposite: the login redirect of Access, its 401 or its 403. */
  toBeDeniedByAccess(received: Response) {
    const block = blockOf(received)
    return { pass: block !== undefined, message: () => verdictText(received, block) }
  },
  /** Denied, and the emulator's explanation of its ray proves that failure mode, or has that reason. */
  async toBeDeniedBecause(received: Response, cause: ModeId | DenyReason) {
    const remembered = await memoryOf(received)
    const causes = causesOf(remembered)
    const found = [...causes, ...reasonsOf(remembered.explanation)]
    const isCertain = isModeId(cause) ? causes.length > 0 : found.length > 0
    if (blockOf(received) !== undefined && !isCertain) {
      throw new Error(
        `Access refused, and what is known proves no one cause.\n${explainedText(remembered)}`,
      )
    }
    return {
      pass: found.includes(cause),
      message: () =>
        `Known causes: ${found.join(', ') || 'none'}; asked for: ${cause}.\n${explainedText(remembered)}`,
    }
  },
})

/** @throws Error where no fixture fetched it, or its ray is in no journal: of such an answer nothing can be said */
async function memoryOf(response: Response): Promise<RememberedAnswer> {
  const emulator = answeredBy.get(response)
  if (emulator === undefined) {
    throw new Error(
      'toBeDeniedBecause takes an answer of the fixture `fetch` or `emulator.fetch`, not a clone or another.',
    )
  }
  if (isFollowed(response)) {
    throw new Error(
      "fetch followed the redirect to the login, and the answer is that page. Ask with redirect: 'manual'.",
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
  // Managed OAuth answers with a Bearer challenge, and no other mark than the document that it names.
  const isAccess =
    headers.has(headerNames.aud) ||
    challenge.startsWith('Cloudflare-Access') ||
    challenge.includes(protectedResourcePath)
  return (status === 401 || status === 403) && isAccess ? String(status) : undefined
}

/** Without `redirect: 'manual'`, `fetch` takes the login page for the answer: 200, though nobody was let in. */
function isFollowed({ redirected, url }: Response): boolean {
  return redirected && isLogin(url)
}

function isLogin(address: string): boolean {
  return address.includes('.cloudflareaccess.com/cdn-cgi/access/login/')
}

function verdictText(response: Response, block: string | undefined): string {
  return block === undefined
    ? `Access let the request through (${response.status}, ${rayOf(response)}).`
    : `Access refused: ${block} (${rayOf(response)}). POST /__access/explain with this ray says why.`
}

function rayOf({ headers }: Response): string {
  return `ray ${headers.get('cf-ray') ?? 'unknown'}`
}

declare module 'vitest' {
  interface Matchers<T> {
    /** Access let it through, whatever the origin answered. */
    toBeAllowedByAccess(): T
    /** Access answered by its login redirect, 401 or 403. */
    toBeDeniedByAccess(): T
    /** Await it. A failure mode (`npx access-emulator modes`), or the reason of the verdict. */
    toBeDeniedBecause(cause: ModeId | DenyReason): Promise<void>
  }
}

export { expect }
