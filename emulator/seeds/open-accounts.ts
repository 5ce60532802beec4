/** Opens the emulator's accounts: from the state folder if it holds any, else from the seed. */
import type { Overrides, Profile } from '../../contracts/behaviours/table.ts'
import type { WorkerHost } from '../access/workers.ts'
import { isInZones } from '../access/zone-hosts.ts'
import type { Account } from '../account/account.ts'
import { type Accounts, createAccounts } from '../account/accounts.ts'
import { followLog } from '../account/follow-log.ts'
import { unmappedWorkers } from '../account/workers.ts'
import { type DurableLog, type Reports, StateProblem } from '../state/durable-log.ts'
import { openFileLog } from '../state/file/file-log.ts'
import { type AccountRecord, type ChangeLog, type LogRecord, memoryLog } from '../state/log.ts'
import { isDatabase, namedPlace } from '../state/places.ts'
import type { Replayed } from '../state/replay.ts'
import type { ApplicationRow } from '../state/rows.ts'
import { hostsOf } from '../state/state.ts'
import { timedLog } from '../state/timed-log.ts'
import type { Log } from '../world/log.ts'
import { OptionProblem } from '../world/option-problem.ts'
import { version } from '../world/version.ts'
import { createWorld, freshEntropy, settingAt, type World } from '../world/world.ts'
import { accountOf, applySeed, type Seeding } from './apply-seed.ts'
import { SeedProblem } from './problem.ts'
import { entropyOfNamed, readSeed } from './read.ts'
import type { SeedOptions } from './seed-options.ts'

export interface OpenedAccounts {
  readonly world: World
  readonly accounts: Accounts
  readonly seedName: string
  /** For accounts created later. */
  readonly seeding: Seeding
  readonly changes: ChangeLog
}

interface SeedContext {
  readonly profile: Profile
  readonly overrides: Overrides
  readonly log: Log
  readonly workers: ReadonlyMap<string, WorkerHost>
}

/** @throws OptionProblem if the seed or the folder cannot be used */
export async function openAccounts(
  options: SeedOptions,
  under: SeedContext,
): Promise<OpenedAccounts> {
  const opened = await openFrom(options, under)
  for (const account of opened.accounts.all()) {
    for (const application of account.state.tables.applications.all()) {
      for (const warning of unmappedWorkers(account, application)) {
        under.log.warn({ application: application.name }, warning)
      }
    }
  }
  return opened
}

async function openFrom(options: SeedOptions, under: SeedContext): Promise<OpenedAccounts> {
  if (options.state === undefined) return fromSeed(options, under, undefined)
  const changes = timedLog(await openState(options.state, under.log))
  try {
    return changes.found === undefined
      ? await fromSeed(options, under, changes)
      : await fromLog(options, under, changes, changes.found)
  } catch (error) {
    await changes.close()
    throw asOptionProblem(error)
  }
}

async function fromSeed(
  options: SeedOptions,
  { profile, overrides, log, workers }: SeedContext,
  durable: DurableLog | undefined,
): Promise<OpenedAccounts> {
  const seed = await readSeed(options.seed ?? 'empty')
  const isPublic = keepsPublicSecrets(options)
  const explicit = options.entropy ?? (isPublic ? seed.entropy : undefined)
  // A durable log outlives this process, so the entropy that its ids derive from is stored in it.
  const entropy = explicit ?? (durable === undefined ? undefined : freshEntropy())
  const world = worldOf(options, entropy, durable)
  const accounts = createAccounts(workers)
  const changes = durable ?? memoryLog
  // With another entropy, a named seed gets new ids. Ids in a user's own seed are always kept.
  const isOfSeed = options.entropy === undefined && isPublic
  const keepsExplicitIds = isOfSeed || seed.entropy === undefined
  const seeding = {
    ...{ world, accounts, log: changes, profile, overrides, workers, keepsExplicitIds },
    keepsPublishedIds: isOfSeed,
    shared: options.shared === true,
  }
  await applySeed(seed.data, seeding).catch((error: unknown) => {
    throw error instanceof SeedProblem ? seed.problemAt(error.path, error.message) : error
  })
  for (const { domain, name } of accounts.all().flatMap(outsideZones)) {
    log.warn(
      { application: name, domain },
      "the application's host is in no zone of its account: the application is kept, but the edge does not serve the host",
    )
  }
  if (durable !== undefined && entropy !== undefined) {
    const records = accounts.all().map((account) => account.record())
    const first = { release: version, entropy, seed: seed.name }
    await durable.begin(first, [...records, ...clockOf(options, durable, world)])
  }
  followed(seeding)
  return { world, accounts, seedName: seed.name, seeding, changes }
}

async function fromLog(
  options: SeedOptions,
  { profile, overrides, log, workers }: SeedContext,
  changes: DurableLog,
  { header, accounts: records, clock }: Replayed,
): Promise<OpenedAccounts> {
  if (options.entropy !== undefined && options.entropy !== header.entropy) {
    throw new OptionProblem(
      `The state in ${namedPlace(options.state ?? '')} was created with a different entropy. Omit --entropy, or give --state a new place.`,
    )
  }
  if (header.entropy === entropyOfNamed(header.seed) && !keepsPublicSecrets(options)) {
    throw new OptionProblem(
      `The state in ${namedPlace(options.state ?? '')} has the published ids and secrets of the seed "${header.seed}", and this emulator is shared. Give --state a new place, or say --public-secrets.`,
    )
  }
  const world = worldOf(options, header.entropy, changes)
  const accounts = createAccounts(workers)
  const seeding = {
    ...{ world, accounts, log: changes, profile, overrides, workers, keepsExplicitIds: true },
    keepsPublishedIds: keepsPublicSecrets(options),
    shared: options.shared === true,
  }
  for (const record of records) accounts.add(restored(record, seeding))
  if (clock !== undefined) world.clock.set(clock)
  await changes.begin({ ...header, release: version }, records)
  followed(seeding)
  log.info(
    { state: namedPlace(options.state ?? ''), seed: header.seed, accounts: records.length },
    'restored the accounts of the state; the seed is not read again',
  )
  return { world, accounts, seedName: header.seed, seeding, changes }
}

/** Where replicas share the log, they share the clock: what `at` set it to at the first start. */
function clockOf({ at }: SeedOptions, log: ChangeLog, { clock }: World): LogRecord[] {
  if (at === undefined || log.shared === undefined) return []
  return [{ kind: 'clock', account: '', setting: settingAt(clock, at) }]
}

/** An account as a log has it. */
function restored(
  { identity, seeded, state = seeded, bent }: AccountRecord,
  seeding: Seeding,
): Account {
  return accountOf(identity, seeding, { seeded, state, bent })
}

/** From now on, what other replicas store is applied here too. */
function followed(seeding: Seeding): void {
  seeding.log.shared?.follow(
    followLog(seeding.accounts, seeding.world, (record) => restored(record, seeding)),
  )
}

/** Applications on hosts outside their account's zones: allowed in a seed, though the API would refuse them. */
function outsideZones({ state, zones }: Account): readonly ApplicationRow[] {
  return state.tables.applications
    .all()
    .filter(
      (row) => row.type === 'self_hosted' && !hostsOf(row).every((uri) => isInZones(uri, zones)),
    )
}

/** Whether what anybody can look up in this package may be a secret here. */
function keepsPublicSecrets({ shared = false, publicSecrets = false }: SeedOptions): boolean {
  return !shared || publicSecrets
}

function worldOf(
  options: SeedOptions,
  entropy: string | undefined,
  log: ChangeLog | undefined,
): World {
  const { at, freshKeys = !keepsPublicSecrets(options) } = options
  return createWorld({
    ...(at === undefined ? {} : { at }),
    ...(entropy === undefined ? {} : { entropy }),
    freshKeys,
    keyStore: log?.shared?.keys,
  })
}

async function openState(place: string, log: Log): Promise<DurableLog> {
  const state = namedPlace(place)
  const reports = {
    warn: (message: string) => log.warn({ state }, message),
    failed: (error: Error) =>
      log.error(
        { err: error, state },
        'cannot write the state; further writes are answered with 503',
      ),
    recovered: () => log.info({ state }, 'the state can be written again'),
  }
  return opened(place, reports).catch((error: unknown) => {
    throw asOptionProblem(error)
  })
}

/** Loads the code for Postgres only if the state is there. */
async function opened(place: string, reports: Reports): Promise<DurableLog> {
  if (!isDatabase(place)) return openFileLog(place, reports)
  const { openPostgresLog } = await import('../state/postgres/log.ts')
  return openPostgresLog(place, reports)
}

function asOptionProblem(error: unknown): unknown {
  return error instanceof StateProblem ? new OptionProblem(error.message) : error
}
