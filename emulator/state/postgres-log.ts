/**
 * A durable log of changes in Postgres: a row for each record, committed before a write is acknowledged. One emulator at a
 * time has it; what the database asks of one is in `postgres-schema.ts`.
 */
import type { Client } from 'pg'
import { type DurableLog, type Reports, StateProblem } from './durable-log.ts'
import { createGroupCommit, type GroupCommit, type Sink } from './group-commit.ts'
import { heeded, type LogRecord } from './log.ts'
import { namedPlace } from './places.ts'
import { inWords } from './postgres-errors.ts'
import { held, prepareSchema, schemaName } from './postgres-schema.ts'
import {
  CorruptLine,
  type LogHeader,
  logVersion,
  NewerLog,
  type Replayed,
  replay,
} from './replay.ts'

/** @throws StateProblem if the database cannot be used, another emulator uses it, or its log is not valid */
export async function openPostgresLog(url: string, reports: Reports): Promise<DurableLog> {
  const place = namedPlace(url)
  const client = await connect(url, place)
  // Also between two writes: another emulator may have the state from now on.
  client.on('error', reports.failed)
  const found = await understood(place, async () => {
    if (!(await held(client)))
      throw new StateProblem(`Another emulator uses the state in ${place}.`)
    await prepareSchema(client)
    return readLog(client, place)
  }).catch(async (error) => {
    await client.end().catch(() => {})
    throw error
  })
  let writer: GroupCommit | undefined
  return {
    found,
    async begin({ release, entropy, seed }, accounts) {
      const header = { access_emulator_log: logVersion, release, entropy, seed }
      await understood(place, () => rewrite(client, [header, ...accounts]))
      writer = createGroupCommit(sinkOf(client), reports.failed)
    },
    refuses: () => writer?.failure() !== undefined,
    append: (record) =>
      writer === undefined ? undefined : heeded(writer.append(`${lineOf(record)}\n`)),
    async close() {
      await writer?.close()
      await client.end().catch(() => {})
    },
  }
}

async function connect(url: string, place: string): Promise<Client> {
  const { default: pg } = await import('pg').catch(() => {
    throw new StateProblem(
      `--state ${place} needs the package pg, which is not installed: npm install pg`,
    )
  })
  return understood(place, async () => {
    const client = new pg.Client({
      connectionString: url,
      application_name: 'access-emulator',
      connectionTimeoutMillis: 10_000,
      keepAlive: true,
    })
    await client.connect()
    return client
  })
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

/** Reads the rows as the lines of a log. */
async function readLog(client: Client, place: string): Promise<Replayed | undefined> {
  const { rows } = await client.query<{ record: string }>(
    `select record from ${schemaName}.log order by sequence`,
  )
  if (rows.length === 0) return undefined
  try {
    return replay(Buffer.from(rows.map(({ record }) => `${record}\n`).join('')))
  } catch (error) {
    if (error instanceof NewerLog) {
      const advice = 'Start that release or a newer one, or give --state another database.'
      throw new StateProblem(`${place}: ${error.message}. ${advice}`)
    }
    if (!(error instanceof CorruptLine)) throw error
    const advice = `Repair the table ${schemaName}.log, or drop the schema ${schemaName} to start from the seed.`
    throw new StateProblem(`${place}, row ${error.line} of the log: ${error.message}. ${advice}`)
  }
}

/** Puts records in place of the whole log, or leaves it as it was. */
async function rewrite(client: Client, records: readonly (LogHeader | LogRecord)[]): Promise<void> {
  await client.query('begin')
  try {
    await client.query(`delete from ${schemaName}.log`)
    await insert(client, records.map(lineOf))
    await client.query('commit')
  } catch (error) {
    await client.query('rollback').catch(() => {})
    throw error
  }
}

/** One statement, and so one transaction: all of them or none. */
async function insert(client: Client, lines: readonly string[]): Promise<void> {
  await client.query(
    `insert into ${schemaName}.log (record)
     select line from unnest($1::text[]) with ordinality as t (line, place) order by place`,
    [lines],
  )
}

function sinkOf(client: Client): Sink {
  let lines: string[] = []
  return {
    write(text) {
      lines.push(...text.split('\n').filter((line) => line !== ''))
    },
    async sync() {
      const group = lines
      lines = []
      await insert(client, group)
    },
    close: async () => {},
  }
}

function lineOf(record: LogHeader | LogRecord): string {
  return JSON.stringify(record)
}
