/** The package's entry: an emulator in this process. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { SeedAccount } from '../contracts/control/shapes.ts'
import { once } from '../contracts/endpoint.ts'
import { fail } from '../contracts/errors.ts'
import type { SeedAccountData } from '../contracts/seed.ts'
import type { Account } from './account/account.ts'
import type { Accounts } from './account/accounts.ts'
import { createRays } from './account/rays.ts'
import { createCallApi } from './api/in-process.ts'
import { createApi } from './api/index.ts'
import { shownAccount } from './control/accounts.ts'
import type { Controlled } from './control/context.ts'
import { entryOf } from './control/entry.ts'
import { explainedEntry } from './control/explain.ts'
import { type ControlCalls, createControlCalls } from './control/in-process.ts'
import { createControl } from './control/index.ts'
import { edgeRoutes } from './edge-router.ts'
import { silent } from './log.ts'
import { type EmulatorOptions, originAt, workersFrom } from './options.ts'
import type { Origin } from './origin/forwarded.ts'
import { createProxy } from './origin/proxy.ts'
import { defaultTimeouts } from './origin/watch.ts'
import { type Seeding, seedAccount } from './seeds/apply-seed.ts'
import { openAccounts } from './seeds/open-accounts.ts'
import { SeedProblem } from './seeds/problem.ts'
import { hostKind, hostOf } from './server/hosts.ts'
import { pinnedFetch } from './server/pinned-fetch.ts'
import { createRouter } from './server/router.ts'
import { setClock } from './world.ts'

export type { ControlCalls } from './control/in-process.ts'
export type { EmulatorOptions } from './options.ts'

export interface Emulator {
  /** `http://127.0.0.1:PORT`: the Cloudflare API is under `/client/v4`, the control API under `/__access`. */
  readonly url: string
  readonly port: number
  /** `https://HOST`: an address to give to `fetch` below. */
  urlFor(host: string): string
  /** A `fetch` that reaches the emulator for every name it serves, so that a test needs no DNS. */
  readonly fetch: typeof fetch
  /** The first account of the seed. @throws Error where the seed has none */
  readonly account: SeedAccount
  /** Every account, as it began. */
  accounts(): readonly SeedAccount[]
  /** The control API, as functions. */
  readonly control: ControlCalls
  /** Returns every account and the clock to the start. */
  reset(): Promise<void>
  close(): Promise<void>
}

/**
 * Starts an emulator of Cloudflare Access in this process.
 *
 * @example
 * const emulator = await createEmulator({ seed: 'example' })
 * const answer = await emulator.fetch(emulator.urlFor('machines.example.com'))
 * console.log(answer.status) // 403
 * await emulator.close()
 */
export async function createEmulator(options: EmulatorOptions = {}): Promise<Emulator> {
  const { profile = 'expected', behaviours: overrides = {}, log = silent, country = 'XX' } = options
  // Read first: a file that is none keeps nothing from being made.
  const replayed = options.replay === undefined ? undefined : await replayOf(options.replay)
  const workers = workersFrom(options.workers)
  const founded = await openAccounts(options, { profile, overrides, log, workers })
  const { world, accounts, seedName, seeding, changes } = founded
  await replayed?.({ seeding, apiHosts: options.apiHosts ?? [], log }).catch(async (error) => {
    await changes.close()
    throw error
  })
  const rays = createRays(world)
  const nextRay = rays.next
  const controlled: Controlled = {
    world,
    accounts,
    profile,
    overrides,
    seedName,
    adminToken: options.adminToken,
    nextRay,
    seedAccount: (data) => seedAccountLater(data, seeding),
    callApi: createCallApi({ world, accounts }),
    resetWorld() {
      rays.reset()
      accounts.journals.ofNone.clear()
      if (options.at === undefined) world.clock.real()
      else setClock(world.clock, options.at)
    },
  }
  const origins = originsFrom(options.origins)
  const isServedByEdge = (host: string) => origins.has(host) || accounts.byHost(host) !== undefined
  const names = { apiHosts: new Set(options.apiHosts ?? []), isServedByEdge }
  const proxy = createProxy({ timeouts: defaultTimeouts, logger: log })
  const surfaces = {
    api: lazily(() => createApi({ world, accounts, log, ray: nextRay })),
    control: lazily(() => createControl(controlled, log)),
    edge: edgeRoutes({ world, accounts, log, nextRay, origins, proxy, country }),
  }
  const { stateHome, passthrough, proxyClients, limits } = options
  const reach = { stateHome, passthrough, proxyClients, limits }
  const door = createRouter(surfaces, { world, accounts, names, ray: nextRay, log, ...reach })
  const host = options.host ?? '127.0.0.1'
  await door.listen(options.port ?? 0, host).catch(async (error) => {
    await Promise.all([proxy.close(), changes.close()])
    throw error
  })
  const { port } = door.address()
  const pinned = pinnedFetch(
    { host: reachable(host), port },
    (name) =>
      ['team', 'edge'].includes(hostKind(hostOf(name), names)) || name === 'api.cloudflare.com',
  )
  const control = createControlCalls(controlled)
  const { onEntry } = options
  if (onEntry !== undefined) {
    accounts.journals.listen((added) =>
      onEntry(entryOf(added), () => explainedEntry(added, controlled)),
    )
  }

  return {
    url: `http://${bracketed(reachable(host))}:${port}`,
    port,
    urlFor: (name) => `https://${name}`,
    fetch: pinned.fetch,
    get account() {
      return shownAccount(firstOf(accounts))
    },
    accounts: () => accounts.all().map(shownAccount),
    control,
    async reset() {
      await control.reset()
    },
    async close() {
      await Promise.all([pinned.close(), proxy.close(), door.close()])
      await changes.close()
    },
  }
}

function originsFrom(given: EmulatorOptions['origins'] = {}): ReadonlyMap<string, Origin> {
  const origins = Object.entries(given).map(([host, url]): [string, Origin] => [
    host,
    originAt(url),
  ])
  return new Map(origins)
}

function firstOf(accounts: Accounts): Account {
  const first = accounts.first()
  if (first !== undefined) return first
  throw new Error('The seed has no account. Make one with control.createAccount().')
}

/** Only who replays loads what replays. */
async function replayOf(file: string) {
  const [{ readRecording }, { layOver }] = await Promise.all([
    import('./replay/har.ts'),
    import('./replay/overlay.ts'),
  ])
  const recorded = await readRecording(file)
  return (under: Parameters<typeof layOver>[1]) => layOver(recorded, under)
}

function lazily(make: () => (request: IncomingMessage, response: ServerResponse) => void) {
  const made = once(make)
  return (request: IncomingMessage, response: ServerResponse) => made()(request, response)
}

/** An account that is asked for while the emulator runs: what is wrong with it is an answer. */
async function seedAccountLater(data: SeedAccountData, seeding: Seeding) {
  if (seeding.log.refuses()) return fail('write_refused')
  try {
    return await seedAccount(data, seeding)
  } catch (error) {
    if (error instanceof SeedProblem) {
      return fail('bad_request', `${error.path.join('.')}: ${error.message}`)
    }
    if (seeding.log.refuses()) return fail('write_refused')
    throw error
  }
}

/** An address to connect to, for one that only listens. */
function reachable(host: string): string {
  return host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host
}

function bracketed(host: string): string {
  return host.includes(':') ? `[${host}]` : host
}
