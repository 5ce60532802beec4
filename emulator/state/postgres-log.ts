/**
 * A durable log of changes in Postgres for any number of replicas. A record is appended only if no other replica has changed
 * its account since; all apply the records in their order.
 */
import { hostname } from 'node:os'
import type { ClientBase, Pool, PoolClient } from 'pg'
import { type DurableLog, type Reports, StateProblem } from './durable-log.ts'
import type { Follower, LogRecord, SharedOrder } from './log.ts'
import { namedPlace } from './places.ts'
import { createAppender, directory } from './postgres-append.ts'
import { inWords } from './postgres-errors.ts'
import { follow } from './postgres-follow.ts'
import { newerSchema, prepareSchema, schemaName, waitToSeed } from './postgres-schema.ts'
import {
  appendAll,
  hasBegun,
  type Later,
  type Loaded,
  laterThan,
  loadAll,
  NewerSchema,
  numberReplica,
  storeFirst,
} from './postgres-store.ts'
import { CorruptLine, logVersion, NewerLog, type Replayed, replay } from './replay.ts'

export interface PostgresLog extends DurableLog {
  readonly shared: SharedOrder
}

/** @throws StateProblem if the database cannot be used, or its log is not valid */
export async function openPostgresLog(url: string, reports: Reports): Promise<PostgresLog> {
  const place = namedPlace(url)
  const { pool, connect } = await poolOf(url, place)
  const { number, loaded, found, ...opened } = await understood(place, () =>
    enter(pool, place),
  ).catch(async (error) => {
    await pool.end().catch(() => {})
    throw error
  })
  let { seeding } = opened
  let seen = loaded?.seen ?? 0
  let ends = new Map(loaded?.sequences)
  let live = new Set(found?.accounts.map(({ identity }) => identity.id))
  let follower: Follower | undefined

  const apply = (records: Later['records']) => {
    for (const { sequence, account, ofDirectory, record } of records) {
      if (sequence <= seen) continue
      const parsed = JSON.parse(record) as LogRecord
      follower?.apply(parsed)
      if (parsed.kind === 'account') live.add(account)
      if (parsed.kind === 'delete') live.delete(account)
      ends.set(account, sequence)
      if (ofDirectory) ends.set(directory, sequence)
      seen = sequence
    }
  }

  /** Everything anew, where the records since the last are no longer there. */
  const reload = async () => {
    const client = await pool.connect()
    const all = await loadAll(client).finally(() => client.release())
    if (all === undefined) throw new Error('the log is gone')
    const { accounts } = replayed(all, place)
    follower?.replace(accounts)
    live = new Set(accounts.map(({ identity }) => identity.id))
    ends = new Map(all.sequences)
    seen = all.seen
  }

  const following = follow({
    async pull() {
      const { records, isLost } = await laterThan(pool, seen)
      if (isLost) await reload()
      else apply(records)
    },
    connect,
    lost: (error) =>
      reports.failed(error instanceof NewerSchema ? new Error(newerSchema(error.version)) : error),
    found: () => reports.recovered(),
  })

  const appender = createAppender({
    sequenceOf: (account) => (live.has(account) ? (ends.get(account) ?? 0) : undefined),
    endOf: (account) => ends.get(account) ?? 0,
    async store(attempts) {
      try {
        const { stored, records, isLost } = await appendAll(pool, seen, attempts)
        if (isLost) await reload()
        else apply(records)
        following.regain()
        return stored
      } catch (error) {
        following.lose(error instanceof Error ? error : new Error(String(error)))
        throw error
      }
    },
  })

  return {
    found,
    async begin({ release, entropy, seed }, accounts) {
      const client = seeding
      if (client === undefined) return
      seeding = undefined
      const header = { access_emulator_log: logVersion, release, entropy, seed }
      await understood(place, async () => {
        await storeFirst(client, header, accounts)
        await client.query('commit')
      })
      client.release()
      live = new Set(accounts.map(({ identity }) => identity.id))
    },
    refuses: () => following.isLost(),
    append: (record) => (follower === undefined ? undefined : appender.append(record)),
    shared: {
      replica: `${hostname()}-${number}`,
      current: following.current,
      follow(given) {
        follower = given
      },
    },
    async close() {
      await appender.close()
      await following.close()
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

/** Loads the driver, and checks that it can connect. */
async function poolOf(url: string, place: string) {
  const { default: pg } = await import('pg').catch(() => {
    throw new StateProblem(
      `--state ${place} needs the package pg, which is not installed: npm install pg`,
    )
  })
  const settings = {
    connectionString: url,
    application_name: 'access-emulator',
    connectionTimeoutMillis: 5000,
    query_timeout: 5000,
    keepAlive: true,
  }
  const pool = new pg.Pool({ ...settings, max: 4, allowExitOnIdle: true })
  // Of connections that nobody is using: the next query takes another.
  pool.on('error', () => {})
  const connect = async () => {
    const client = new pg.Client(settings)
    await client.connect()
    return client
  }
  return { pool, connect }
}

/** @throws StateProblem instead of an error of the driver */
async function understood<T>(place: string, use: () => Promise<T>): Promise<T> {
  try {
    return await use()
  } catch (error) {
    if (error instanceof StateProblem) throw error
    throw new StateProblem(inWords(error, place))
  }
}

/** The accounts as the log leaves them. @throws StateProblem */
function replayed({ lines }: Loaded, place: string): Replayed {
  try {
    return replay(Buffer.from(lines.map((line) => `${line}\n`).join('')))
  } catch (error) {
    if (error instanceof NewerLog) {
      const advice = 'Start that release or a newer one, or give --state another database.'
      throw new StateProblem(`${place}: ${error.message}. ${advice}`)
    }
    if (!(error instanceof CorruptLine)) throw error
    const advice = `Repair the tables of the schema ${schemaName}, or drop it to start from the seed.`
    throw new StateProblem(`${place}, row ${error.line} of the log: ${error.message}. ${advice}`)
  }
}
