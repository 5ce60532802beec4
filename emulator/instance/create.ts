/** An emulator in this process. */
import type { RequestListener } from 'node:http'
import { once } from '../../contracts/declaration/endpoint.ts'
import type { Account } from '../account/account.ts'
import type { Accounts } from '../account/accounts.ts'
import { createRays } from '../account/rays.ts'
import { createApi } from '../api/index.ts'
import { shownAccount } from '../control/accounts.ts'
import { createControlCalls } from '../control/in-process.ts'
import { createControl } from '../control/index.ts'
import { createEdge } from '../edge/index.ts'
import { hostKind, hostOf, type ServedNames } from '../network/hosts.ts'
import type { Origin } from '../network/origin/forwarded.ts'
import { createProxy } from '../network/origin/proxy.ts'
import { defaultTimeouts } from '../network/origin/watch.ts'
import { pinnedFetch } from '../network/pinned-fetch.ts'
import { createRouter, type Router } from '../network/router.ts'
import { type OpenedAccounts, openAccounts } from '../seeds/open-accounts.ts'
import { type Log, silent } from '../world/log.ts'
import { controlledWorld, tell } from './controlled.ts'
import type { Emulator } from './emulator.ts'
import { type EmulatorOptions, originAt, workersFrom } from './options.ts'
import { createReadiness } from './readiness.ts'
import { createSweep } from './sweep.ts'

/**
 * Starts an emulator of Cloudflare Access in this process.
 *
 * @throws Error (`OptionProblem`) if an option, the seed, the recording or the state folder cannot be used; the message
 *   says what to change
 * @throws RangeError if `at` is not a date and time
 * @throws Error with the system's `code`, such as `EADDRINUSE`, if it cannot listen
 *
 * @example
 * const emulator = await createEmulator({ seed: 'example' })
 * const answer = await emulator.fetch(emulator.urlFor('machines.example.com'))
 * console.log(answer.status) // 403
 * await emulator.close()
 */
export async function createEmulator(options: EmulatorOptions = {}): Promise<Emulator> {
  if (options.server !== undefined) return (await import('./remote/join.ts')).joinServer(options)
  const sharing = await sharingOf(options)
  const { log = silent, onEntry } = options
  const watchSeed = await seedWatchFor(options)
  const opened = await openWorld(options, log)
  const { world, accounts, changes } = opened
  const rays = createRays(world, changes.shared?.replica)
  const readiness = createReadiness(changes)
  const journal = await journalOf(opened)
  const controlled = controlledWorld(opened, rays, options, readiness, journal)
  const origins = originsFrom(options.origins)
  const names = namesServed(accounts, origins, options)
  const proxy = createProxy({ timeouts: defaultTimeouts, logger: log })
  const shared = { world, accounts, log, nextRay: rays.next }
  const surfaces = {
    api: lazily(() => createApi(shared)),
    control: lazily(() => createControl(controlled, log)),
    edge: createEdge({ ...shared, origins, proxy, country: options.country ?? 'XX' }),
  }
  const describes = sharing?.describesBy(controlled)
  const sweep = createSweep({ world, accounts, log, changes })
  const router = createRouter(surfaces, {
    ...{ ...shared, ...reachOf(options), names, describes, before: sweep.run },
    shared: changes.shared,
  })
  if (onEntry !== undefined) await tell(onEntry, controlled)
  const watch = await watchSeed?.(opened)
  const { url, host, port } = await listening(router, options).catch(async (error) => {
    sweep.stop()
    await Promise.all([proxy.close(), changes.close(), watch?.close()])
    throw error
  })
  const pinned = pinnedFetch({ host, port }, (name) => isPinned(name, names))
  const control = createControlCalls(controlled, sweep.run)
  return {
    url,
    port,
    urlFor: (name) => `https://${name}`,
    fetch: pinned.fetch,
    get account() {
      return shownAccount(firstOf(accounts), world)
    },
    accounts() {
      sweep.run()
      return accounts.all().map((account) => shownAccount(account, world))
    },
    control,
    async reset() {
      await control.reset()
    },
    async close({ drain } = {}) {
      if (drain !== undefined) {
        readiness.drain()
        await router.drain(drain * 1000)
      }
      sweep.stop()
      await Promise.all([pinned.close(), proxy.close(), router.close(), watch?.close()])
      await journal?.close()
      await changes.close()
    },
  }
}

/** The accounts, from the state folder or the seed, with the recording of `replay` laid over them. */
async function openWorld(options: EmulatorOptions, log: Log): Promise<OpenedAccounts> {
  const { profile = 'expected', behaviours: overrides = {}, apiHosts = [] } = options
  // Read the recording first: if it is invalid, nothing has been created yet.
  const replay = options.replay === undefined ? undefined : await readReplay(options.replay)
  const workers = workersFrom(options.workers)
  const opened = await openAccounts(options, { profile, overrides, log, workers })
  await replay?.({ seeding: opened.seeding, apiHosts, log }).catch(async (error) => {
    await opened.changes.close()
    throw error
  })
  return opened
}

/** Loads what a shared emulator needs only for one. @throws OptionProblem */
async function sharingOf(options: EmulatorOptions) {
  const { shared = false, publicSecrets = false, log = silent } = options
  if (!shared && !publicSecrets) return undefined
  const sharing = await import('./shared.ts')
  sharing.refuseContradictions(options)
  log.info(
    { public_secrets: publicSecrets },
    'shared: the control API requires a token from everywhere, and accounts that are made end',
  )
  return sharing
}

/** Loads the replay code only when there is a recording. */
async function readReplay(file: string) {
  const [{ readRecording }, { layOver }] = await Promise.all([
    import('../recordings/replay/har.ts'),
    import('../recordings/replay/overlay.ts'),
  ])
  const recorded = await readRecording(file)
  return (context: Parameters<typeof layOver>[1]) => layOver(recorded, context)
}

/** Loads what brings journals together only where replicas share the state. */
async function journalOf({ accounts, changes, world }: OpenedAccounts) {
  if (changes.shared === undefined) return undefined
  const { shareJournals } = await import('../account/shared-journal.ts')
  return shareJournals(accounts, changes.shared.journal, world)
}

function originsFrom(given: EmulatorOptions['origins'] = {}): ReadonlyMap<string, Origin> {
  return new Map(Object.entries(given).map(([host, url]) => [host, originAt(url)]))
}

function namesServed(
  accounts: Accounts,
  origins: ReadonlyMap<string, Origin>,
  { apiHosts = [] }: EmulatorOptions,
): ServedNames {
  return {
    apiHosts: new Set(apiHosts),
    isServedByEdge: (host) => origins.has(host) || accounts.byHost(host) !== undefined,
  }
}

/** Whether `fetch` sends a request for this name to the emulator. */
function isPinned(name: string, names: ServedNames): boolean {
  const kind = hostKind(hostOf(name), names)
  return ['team', 'transfer', 'edge'].includes(kind) || name === 'api.cloudflare.com'
}

/** Loads what watches the seed only if it is to be watched. @throws OptionProblem if it cannot be */
async function seedWatchFor(options: EmulatorOptions) {
  const { onSeedChange } = options
  if (onSeedChange === undefined) return undefined
  const { watchSeed, watchedFile } = await import('../seeds/watch-seed.ts')
  const file = watchedFile(options)
  return (opened: OpenedAccounts) => watchSeed(file, opened, onSeedChange)
}

function lazily(make: () => RequestListener): RequestListener {
  const made = once(make)
  return (request, response) => made()(request, response)
}

/** Who may reach the emulator and its proxy, and where its local CA is. */
function reachOf({ stateHome, passthrough, proxyClients, limits }: EmulatorOptions) {
  return { stateHome, passthrough, proxyClients, limits }
}

/** Opens the port. `host` and `url` are what a client on this machine connects to. */
async function listening(router: Router, options: EmulatorOptions) {
  const { host: bound = '127.0.0.1', port: wanted = 0 } = options
  await router.listen(wanted, bound)
  const { port } = router.address()
  const host = bound === '0.0.0.0' ? '127.0.0.1' : bound === '::' ? '::1' : bound
  return { host, port, url: `http://${host.includes(':') ? `[${host}]` : host}:${port}` }
}

function firstOf(accounts: Accounts): Account {
  const first = accounts.first()
  if (first !== undefined) return first
  throw new Error('The seed has no account. Make one with control.createAccount().')
}
