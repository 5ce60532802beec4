/** A dump that is restored under running replicas, with `pg_dump` and `psql`: they take it whole. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest'
import { api as contract } from '../../../contracts/api/operations.ts'
import type { Api } from '../../support/api.ts'
import { heard } from '../../support/command.ts'
import { databasePerTest } from './databases.ts'
import { replicasOn } from './replicas.ts'
import { programs } from './server.ts'

const database = databasePerTest()
const { replica } = replicasOn(database)
let folder = ''
let dumps = 0
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dumps-'))
})
afterAll(() => rm(folder, { recursive: true }))

async function run(program: string, ...args: string[]): Promise<void> {
  const child = spawn(join((await programs()) ?? '', program), args, {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const { stderr } = heard(child)
  const [code] = await once(child, 'close')
  if (code !== 0) throw new Error(`${program}: ${stderr()}`)
}

async function dumpOf(place: string, ...options: string[]): Promise<string> {
  const file = join(folder, `${++dumps}.sql`)
  await run('pg_dump', '-n', 'access_emulator', ...options, '-f', file, place)
  return file
}

/** In one transaction, so that nobody sees a part of it. */
function restore(place: string, ...commands: string[]): Promise<void> {
  return run('psql', '-Xq1', '-v', 'ON_ERROR_STOP=1', ...commands, place)
}

const namesIn = async ({ ok }: Api) => (await ok(contract.tags.list)).map(({ name }) => name).sort()

/** A copy of the state, with more changes than the replicas have made since: by numbers alone it looks like what comes next. */
async function overtaking(dump: string, ...options: string[]): Promise<string> {
  const place = await database.another()
  await restore(place, '-f', dump)
  const elsewhere = await replica({ state: place })
  for (let n = 0; n < 9; n += 1) {
    await elsewhere.ok(contract.tags.create, { body: { name: `restored-${n}` } })
  }
  return dumpOf(place, ...options)
}

const restored = ['before', ...Array.from({ length: 9 }, (_, n) => `restored-${n}`)]

test.each([
  { title: 'with new tables', options: ['--clean'], before: [] },
  {
    title: 'into the tables that are there',
    options: ['--data-only'],
    before: [
      '-c',
      `do $$ begin execute (select 'truncate ' || string_agg(format('%I.%I', schemaname, tablename), ', ')
         from pg_tables where schemaname = 'access_emulator'); end $$`,
    ],
  },
])(
  '$title: replicas load everything anew, though the log has gone on beyond theirs',
  async ({ options, before }) => {
    const [one, two] = [await replica(), await replica()]
    await one.ok(contract.tags.create, { body: { name: 'before' } })
    const dump = await dumpOf(database.url)
    for (const name of ['lost-1', 'lost-2', 'lost-3']) {
      await one.ok(contract.tags.create, { body: { name } })
    }
    expect(await namesIn(two)).toContain('lost-3')
    const later = await overtaking(dump, ...options)
    await restore(database.url, ...before, '-f', later)
    expect(await namesIn(one)).toEqual(restored)
    await two.ok(contract.tags.create, { body: { name: 'since' } })
    expect(await namesIn(one)).toEqual([...restored, 'since'])
    expect(await namesIn(two)).toEqual([...restored, 'since'])
  },
)

test('a replica that starts after a restore gets no number of one that runs', async () => {
  await replica()
  const dump = await dumpOf(database.url)
  const [, , third] = [await replica(), await replica(), await replica()]
  // The dump knows of one replica, and of the one that makes it longer.
  await restore(database.url, '-f', await overtaking(dump, '--clean'))
  await third.ok(contract.tags.list)
  const [later, latest] = [await replica(), await replica()]
  await third.emulator.fetch('https://team.cloudflareaccess.com/third')
  for (const { emulator } of [later, latest]) {
    await vi.waitFor(async () => {
      const { result } = await emulator.control.readJournal({
        query: { host: 'team.cloudflareaccess.com' },
      })
      expect(result.map(({ path }) => path)).toContain('/third')
    }, 10_000)
  }
})

test('nothing is appended by a replica that has another copy of the tables in mind', async () => {
  const one = await replica()
  await one.ok(contract.tags.create, { body: { name: 'before' } })
  const client = new pg.Client({ connectionString: database.url })
  await client.connect()
  const appended = async (copy: string) => {
    const { rows } = await client.query(
      `select h.nth from access_emulator.head,
         access_emulator.append(99, ${copy}, sequence, '{x}', '{0}', '{null}', '{nonsense}') h`,
    )
    return rows
  }
  try {
    expect(await appended(`'1/1'`)).toEqual([{ nth: null }])
    await client.query('begin')
    const own = `(select tableoid || '/' || xmin from access_emulator.header)`
    expect(await appended(own)).toEqual([{ nth: 1 }])
    await client.query('rollback')
  } finally {
    await client.end()
  }
  expect(await namesIn(one)).toEqual(['before'])
})

test('nor by one that asked before a restore, and was let in after it', async () => {
  await replica()
  const [restoring, waiting] = [1, 2].map(() => new pg.Client({ connectionString: database.url }))
  if (restoring === undefined || waiting === undefined) throw new Error('two were made')
  await Promise.all([restoring.connect(), waiting.connect()])
  onTestFinished(async () => {
    await Promise.all([restoring.end(), waiting.end()])
  })
  const { rows } = await waiting.query(
    `select tableoid || '/' || xmin as copy, pg_backend_pid() as pid from access_emulator.header`,
  )
  await restoring.query('begin')
  await restoring.query('lock table access_emulator.head in access exclusive mode')
  const late = waiting.query(
    `select nth from access_emulator.append(99, $1, 0, '{x}', '{0}', '{null}', '{nonsense}')`,
    [rows[0].copy],
  )
  await vi.waitFor(async () => {
    const { rowCount } = await restoring.query(
      'select 1 from pg_locks where pid = $1 and not granted',
      [rows[0].pid],
    )
    expect(rowCount).toBe(1)
  })
  await restoring.query('update access_emulator.header set record = record')
  await restoring.query('commit')
  expect((await late).rows).toEqual([{ nth: null }])
})
