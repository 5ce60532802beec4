/**
 * A durable log of changes in Postgres for any number of replicas. A record is appended only if no other replica has changed
 * its account since; all apply the records in their order.
 */
import { hostname } from 'node:os'
import type { ClientBase, Pool, PoolClient } from 'pg'
import { asError } from '../../world/error-code.ts'
import { type DurableLog, orStateProblem, type Reports, readLog } from '../durable-log.ts'
import { heeded, type LogRecord, type SharedOrder } from '../log.ts'
import { namedPlace } from '../places.ts'
import { logVersion, type Replayed } from '../replay.ts'
import { createReplica } from '../replica.ts'
import { createAppender } from './append.ts'
import { createCompactor } from './compact.ts'
import { connectionsTo } from './connection.ts'
import { inWords, isRefusal } from './errors.ts'
import { faultCountsIn } from './fault-counts.ts'
import { follow } from './follow.ts'
import { journalIn } from './journal.ts'
import { newerSchema, prepareSchema, schemaName, waitToSeed } from './schema.ts'
import {
  appendAll,
  hasBegun,
  keepNumber,
  keysIn,
  type Later,
  type Loaded,
  laterThan,
  loadAll,
  NewerSchema,
  numberReplica,
  onConnection,
  storeFirst,
} from './store.ts'

export interface PostgresLog extends DurableLog {
  readonly shared: SharedOrder
}

/** @throws StateProblem if the database cannot be used, or its log is not valid */
export async function openPostgresLog(url: string, reports: Reports): Promise<PostgresLog> {
  const place = namedPlace(url)
  const { pool, connect } = await understood(place, () => connectionsTo(url, place))
  const { number, loaded, found, ...opened } = await understood(place, () =>
    enter(pool, place),
  ).catch(async (error) => {
    await pool.end().catch(() => {})
    throw error
  })
  const name = `${hostname()}-${number}`
  let { seeding } = opened
  const replica = createReplica()
  if (loaded !== undefined) replica.begin(found?.accounts ?? [], loaded, loaded.sequences)
  let reached = () => {}

  const taken = async ({ incarnation, records, isLost, head, compacted }: Later) => {
    if (!isLost && incarnation === replica.position().incarnation) replica.apply(records)
    else {
      // The records since the last that was applied are no longer there, or another copy was restored.
      const isOlder = head < replica.seen()
      const all = await onConnection(pool, loadAll)
      if (all === undefined) throw new Error('the log is gone')
      const known = replica.position()
      const isOther = all.incarnation !== known.incarnation
      if (isOther) await keepNumber(pool, number)
      // Meanwhile, what another statement brought may be newer.
      if (isOlder || isOther || all.seen >= known.seen) replica.replace(all, replayed(all, place))
    }
    replica.forget(compacted)
    compactor.note(records, compacted)
  }

  const compactor = createCompactor({
    pool,
    present: () => ({ ...replica.position(), records: replica.records() }),
    failed: (error) => reports.warn(`The log could not be shortened: ${error.message}`),
  })

  const following = follow({
    pull: async () => taken(await laterThan(pool, replica.seen())),
    isSeen: (sequence) => sequence <= replica.seen(),
    connect,
    lost: (error) =>
      reports.failed(error instanceof NewerSchema ? new Error(newerSchema(error.version)) : error),
    found: () => reports.recovered(),
    reached: () => reached(),
  })

  const appender = createAppender(replica, async (attempts) => {
    try {
      const later = await appendAll(pool, replica.position(), attempts)
      await taken(later)
      following.regain()
      return later.stored
    } catch (error) {
      if (!isRefusal(error)) following.lose(asError(error))
      throw error
    }
  })

  const journal = journalIn({ pool, replica: name, isLost: following.isLost })

  /** Of an account that is made or deleted, an earlier one of the same id may have left lines in the journal. */
  const appended = async (record: LogRecord) => {
    await appender.append(record)
    if (record.kind === 'account') await journal.forget(record.identity.id).catch(() => {})
    if (record.kind === 'delete') await journal.forget(record.account).catch(() => {})
  }

  return {
    found,
    async begin({ release, entropy, seed }, records) {
      const client = seeding
      if (client === undefined) return
      seeding = undefined
      const header = { access_emulator_log: logVersion, release, entropy, seed }
      const position = await understood(place, async () => {
        const first = await storeFirst(client, header, records)
        await client.query('commit')
        return first
      }).catch((error) => {
        client.release(true)
        throw error
      })
      client.release()
      replica.begin(records, position)
    },
    refuses: () => following.isLost(),
    append: (record) => (following.hasBegun() ? heeded(appended(record)) : undefined),
    shared: {
      replica: name,
      keys: keysIn(pool),
      journal,
      faultCounts: faultCountsIn(pool),
      current: following.current,
      follow(follower) {
        replica.follow(follower)
        following.begin()
      },
      whenReached(listener) {
        reached = listener
      },
    },
    async close() {
      await appender.close()
      await following.close()
      await compactor.close()
      seeding?.release(true)
      await pool.end().catch(() => {})
    },
  }
}

interface Entered {
  readonly number: number
  readonly loaded: Loaded | undefined
  readonly found: Replayed | undefined
  /** Where nothing is stored yet: a connection in a transaction that keeps other replicas from beginning too. */
  readonly seeding: PoolClient | undefined
}

async function enter(pool: Pool, place: string): Promise<Entered> {
  const client = await pool.connect()
  let isSeeding = false
  try {
    await prepareSchema(client)
    const number = await numberReplica(client)
    isSeeding = !(await hasBegun(client)) && (await mayBegin(client))
    if (isSeeding) return { number, loaded: undefined, found: undefined, seeding: client }
    const loaded = await loadAll(client)
    const found = loaded === undefined ? undefined : replayed(loaded, place)
    return { number, loaded, found, seeding: undefined }
  } finally {
    if (!isSeeding) client.release()
  }
}

/** Of replicas that start together on an empty database, one brings the accounts; the others wait for them. */
async function mayBegin(client: ClientBase): Promise<boolean> {
  await client.query('begin')
  await waitToSeed(client)
  const isFirst = !(await hasBegun(client))
  if (!isFirst) await client.query('commit')
  return isFirst
}

/** @throws StateProblem instead of an error of the driver */
function understood<T>(place: string, use: () => Promise<T>): Promise<T> {
  return orStateProblem(use, (error) => inWords(error, place))
}

/** The accounts as the log leaves them. @throws StateProblem */
function replayed({ lines }: Loaded, place: string): Replayed {
  return readLog(Buffer.from(lines.map((line) => `${line}\n`).join('')), {
    name: place,
    lineAt: (line) => `${place}, row ${line} of the log`,
    another: 'another database',
    repair: `Repair the tables of the schema ${schemaName}, or drop it to start from the seed.`,
  })
}
