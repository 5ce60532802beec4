/** What replicas do to each other when their timing is unlucky. */
import pg from 'pg'
import { expect, test, vi } from 'vitest'
import { api as contract } from '../../../contracts/api/operations.ts'
import { createCompactor } from '../../../emulator/state/postgres/compact.ts'
import { openPostgresLog } from '../../../emulator/state/postgres/log.ts'
import { type Api, team } from '../../support/api.ts'
import { databasePerTest } from './databases.ts'
import { replicasOn, shortenLog } from './replicas.ts'

const database = databasePerTest()
const { replica } = replicasOn(database)
const numberFrom = database.number

test('a replica that is late to shorten the log puts no older snapshot in place of a newer one, nor one of another copy', async () => {
  const one = await replica()
  const sequence = () => numberFrom('select sequence::int from access_emulator.head')
  await one.ok(contract.tags.create, { body: { name: 'first' } })
  const late = new pg.Pool({ connectionString: database.url, max: 1 })
  const held = await late.connect()
  const failures: Error[] = []
  const { rows: headers } = await database.pool.query(
    `select tableoid || '/' || xmin as copy from access_emulator.header`,
  )
  const compactor = (from: pg.Pool, seen: number, account: string, incarnation = headers[0].copy) =>
    createCompactor({
      pool: from,
      present: () => ({ seen, incarnation, records: [{ kind: 'delete', account }] }),
      failed: (error) => failures.push(error),
      fewest: 1,
    })
  const enough = { sequence: 1, account: '', ofDirectory: false, record: 'x'.repeat(2 ** 18) }
  const older = compactor(late, (await sequence()) - 1, 'older')
  older.note([enough], 0)
  const restored = compactor(database.pool, await sequence(), 'of another copy', '1/1')
  restored.note([enough], 0)
  await restored.close()
  expect(await numberFrom('select compacted::int from access_emulator.head')).toBe(0)
  const newer = compactor(database.pool, await sequence(), 'newer')
  newer.note([enough], 0)
  await newer.close()
  held.release()
  await older.close()
  await late.end()
  expect(failures).toEqual([])
  const { rows } = await database.pool.query(
    'select record::json as record from access_emulator.snapshot',
  )
  expect(rows).toEqual([{ record: { kind: 'delete', account: 'newer' } }])
})

test('an account can be made again under its name after the log was shortened', async () => {
  const [one, other] = await Promise.all([replica(), replica()])
  const body = { name: 'Again' }
  const { id } = await one.emulator.control.createAccount({ body })
  await other.emulator.control.deleteAccount({ query: { account: id } })
  await shortenLog(one, database)
  expect((await other.emulator.control.createAccount({ body })).id).toBe(id)
  expect((await one.emulator.control.getSeed()).accounts.map((each) => each.id)).toContain(id)
}, 60_000)

test('a request on its way while its replica takes everything anew decides on what is there then', async () => {
  const [one, other] = await Promise.all([replica(), replica()])
  await one.emulator.control.setFaults({
    query: { account: team.id },
    body: [{ at: contract.tags.create.id, effect: { kind: 'delay', ms: 1000 }, times: 1 }],
  })
  const late = one.call(contract.tags.create, { body: { name: 'same' } })
  await vi.waitFor(async () => {
    const { result } = await one.emulator.control.listFaults({ query: { account: team.id } })
    expect(result[0]?.acted).toBe(1)
  }, 10_000)
  await database.pool.query(
    'update access_emulator.head set sequence = sequence + 1, compacted = sequence + 1',
  )
  await other.emulator.control.clearFaults({ query: { account: team.id } })
  await other.ok(contract.tags.create, { body: { name: 'same' } })
  await other.emulator.control.setClock({ body: { advance: 2 } })
  expect((await late).status).toBe(409)
  expect(await one.ok(contract.tags.list)).toHaveLength(1)
})

test('a journal that is read by several at once has each request once', async () => {
  const [one, other] = await Promise.all([replica(), replica()])
  await other.emulator.fetch('https://team.cloudflareaccess.com/once')
  await vi.waitFor(async () => {
    expect(await numberFrom('select count(*)::int from access_emulator.journal')).toBeGreaterThan(0)
  }, 10_000)
  const query = { host: 'team.cloudflareaccess.com' }
  await Promise.all(Array.from({ length: 4 }, () => one.emulator.control.readJournal({ query })))
  const { result } = await one.emulator.control.readJournal({ query })
  expect(result.map(({ path }) => path)).toEqual(['/once'])
})

test('a first start that the database refuses to store says so, and ends', async () => {
  const reports = { warn() {}, failed() {}, recovered() {} }
  const log = await openPostgresLog(database.url, reports)
  await database.pool.query('alter table access_emulator.snapshot add check (false) not valid')
  const header = { release: 'x', entropy: 'x', seed: 'empty' }
  await expect(log.begin(header, [{ kind: 'delete', account: 'x' }])).rejects.toThrow('check')
  await log.close()
  expect(await numberFrom('select count(*)::int from access_emulator.header')).toBe(0)
})

test('what clears the journal at one replica clears at the other what was before, and nothing since', async () => {
  const [one, other] = await Promise.all([replica(), replica()])
  const visit = ({ emulator }: Api, path: string) =>
    emulator.fetch(`https://team.cloudflareaccess.com${path}`)
  const lines = () => numberFrom('select count(*)::int from access_emulator.journal')
  const query = { account: team.id, host: 'team.cloudflareaccess.com' }
  const clears = [
    () => one.emulator.control.clearJournal({ query: { account: team.id } }),
    () => one.emulator.control.reset({ query: { account: team.id } }),
    () => one.emulator.control.reset(),
  ]
  for (const clear of clears) {
    const before = await lines()
    await visit(one, '/before')
    await vi.waitFor(async () => expect(await lines()).toBeGreaterThan(before), 10_000)
    await clear()
    await visit(other, '/after')
    const { result } = await other.emulator.control.readJournal({ query })
    expect(result.map(({ path }) => path)).toEqual(['/after'])
  }
})
