/** A database for each test: on the server of the run, or on one that a test may end. */
import pg from 'pg'
import { afterAll, beforeAll, beforeEach, inject, onTestFinished } from 'vitest'
import { z } from 'zod'
import { schemaName } from '../../../emulator/state/postgres/schema.ts'
import {
  createDatabase,
  type PostgresServer,
  type SocketPlace,
  startPostgres,
  unsynced,
} from './server.ts'

/** That of the present test. */
export interface TestDatabase {
  /** `postgres://…` */
  readonly url: string
  /** Ends with the test. */
  readonly pool: pg.Pool
  query(sql: string, values?: readonly unknown[]): Promise<readonly Record<string, unknown>[]>
  /** The only column of the only row. */
  number(sql: string, values?: readonly unknown[]): Promise<number>
  /** Another database on its server. */
  another(): Promise<string>
}

type Skip = (note: string) => never
type Server = Pick<PostgresServer, 'at'>

const none = 'there is no Postgres server here'
const answered = z.object({ at: z.object({ folder: z.string() }) }).nullable()

/** The server of the run, which starts with the first test that asks for it. Without Postgres, skips the test. */
async function runServer(skip: Skip): Promise<Server> {
  const answer = await fetch(new URL('postgres', inject('madeAt')))
  if (!answer.ok) throw new Error(await answer.text())
  return answered.parse(await answer.json()) ?? skip(none)
}

/** By the folder of its server: to make one takes the server longer than most tests do. */
const made = new Map<string, string>()

/** The database that tests have there, one after the other: as empty as a new one, and reached by nobody. */
async function emptyDatabase(at: SocketPlace): Promise<string> {
  const url = made.get(at.folder) ?? (await createDatabase(at))
  made.set(at.folder, url)
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  await client.query(`select pg_terminate_backend(pid) from pg_stat_activity
    where datname = current_database() and pid <> pg_backend_pid()`)
  await client.query(`drop schema if exists ${schemaName} cascade`)
  await client.end()
  return url
}

/** On the server of the run. Without Postgres, skips the test. */
export async function database(skip: Skip): Promise<string> {
  return emptyDatabase((await runServer(skip)).at)
}

/** On the server of the run: for tests that leave it running. */
export function databasePerTest(): TestDatabase {
  return perTest(runServer)
}

/** On a server of the file, which its tests may end, and start again. */
export function databaseOfOwnServer(): { readonly own: TestDatabase; server(): PostgresServer } {
  let started: PostgresServer | undefined
  beforeAll(async () => {
    started = await startPostgres({ settings: unsynced })
  }, 60_000)
  afterAll(() => started?.stop())
  const server = () => {
    if (started === undefined) throw new Error(none)
    return started
  }
  return { own: perTest((skip) => started ?? skip(none)), server }
}

function perTest(serverFor: (skip: Skip) => Server | Promise<Server>): TestDatabase {
  let present: Pick<TestDatabase, 'url' | 'pool' | 'another'> | undefined
  beforeEach(async ({ skip }) => {
    const { at } = await serverFor(skip)
    const url = await emptyDatabase(at)
    const pool = new pg.Pool({ connectionString: url })
    // Of connections that a test has ended.
    pool.on('error', () => {})
    onTestFinished(() => pool.end())
    present = { url, pool, another: () => createDatabase(at) }
  })
  const now = () => {
    if (present === undefined) throw new Error('It is there while a test runs.')
    return present
  }
  const query: TestDatabase['query'] = async (sql, values = []) =>
    (await now().pool.query<Record<string, unknown>>(sql, [...values])).rows
  return {
    get url() {
      return now().url
    },
    get pool() {
      return now().pool
    },
    query,
    async number(sql, values) {
      const [row] = await query(sql, values)
      return Number(Object.values(row ?? {})[0])
    },
    another: () => now().another(),
  }
}
