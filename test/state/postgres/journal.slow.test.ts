/** The journals of several emulators on one database: each account's is whole at each, whatever others do. */
import { expect, test, vi } from 'vitest'
import { api as contract } from '../../../contracts/api/operations.ts'
import { createCompactor } from '../../../emulator/state/postgres/compact.ts'
import { journalIn } from '../../../emulator/state/postgres/journal.ts'
import { type Api, team as noisy, other as quiet } from '../../support/api.ts'
import { databasePerTest } from './databases.ts'
import { replicasOn } from './replicas.ts'

const database = databasePerTest()
const { replica } = replicasOn(database)

const visit = ({ emulator }: Api, account: typeof quiet, path: string) =>
  emulator.fetch(`https://${account.organization.auth_domain}${path}`)

async function flood(api: Api, count: number): Promise<void> {
  let n = 0
  const visitAll = async () => {
    while (n < count) {
      n += 1
      await visit(api, noisy, `/flood-${n}`)
    }
  }
  await Promise.all(Array.from({ length: 20 }, visitAll))
  await stored(noisy, `/flood-${count}`)
}

/** Waits until the line of a request is there for other replicas. */
async function stored({ id }: typeof quiet, path: string): Promise<void> {
  await vi.waitFor(async () => {
    const rows = await database.query(
      'select 1 from access_emulator.journal where account = $1 and strpos(line, $2) > 0 limit 1',
      [id, path],
    )
    expect(rows).toHaveLength(1)
  })
}

function linesOf({ id }: { readonly id: string }): Promise<number> {
  return database.number('select count(line) from access_emulator.journal where account = $1', [id])
}

async function pathsAt({ emulator }: Api, account: { readonly id: string }): Promise<string[]> {
  const { result } = await emulator.control.readJournal({
    query: { account: account.id, limit: 1000 },
  })
  return result.map(({ path }) => path)
}

test('what one account is flooded with pushes out nothing of another, also for a replica that starts late', async () => {
  const [one, second] = await Promise.all([replica(), replica()])
  const few = ['/first', '/second', '/third']
  for (const path of few) await visit(one, quiet, path)
  await stored(quiet, '/third')
  await flood(one, 1600)
  const late = await replica()
  for (const each of [second, late]) {
    expect(await pathsAt(each, quiet)).toEqual(few)
    const flooded = await pathsAt(each, noisy)
    expect(flooded).toHaveLength(1000)
    expect(flooded).toContain('/flood-1600')
  }
  expect(await linesOf(noisy)).toBeGreaterThanOrEqual(1000)
  expect(await linesOf(noisy)).toBeLessThan(1500)
}, 60_000)

test('lines are fetched in pages, and only those of the accounts that are asked for', async () => {
  const one = await replica()
  await visit(one, quiet, '/quiet')
  await stored(quiet, '/quiet')
  const lines = Array.from({ length: 600 }, (_, n) => ({
    account: noisy.id,
    sequence: n + 1,
    // Only a read of that account would stumble over these.
    line: '{',
  }))
  await journalIn({ pool: database.pool, replica: 'other', isLost: () => false }).add(lines)
  const store = journalIn({ pool: database.pool, replica: 'late', isLost: () => false })
  const first = await store.fetch([{ account: noisy.id, seen: 0 }], undefined)
  expect([first.lines.length, first.isAll]).toEqual([500, false])
  const of = await store.fetch([{ account: quiet.id, seen: 0 }], undefined)
  expect(of.lines.map(({ account }) => account)).toEqual([quiet.id])
  expect(of.isAll).toBe(true)
  const late = await replica()
  expect(await pathsAt(late, quiet)).toEqual(['/quiet'])
}, 60_000)

test('of very long lines, a page has few, and the newest of an account stays', async () => {
  await replica()
  const store = journalIn({ pool: database.pool, replica: 'one', isLost: () => false })
  const accounts = ['a', 'b', 'c', 'd', 'e']
  const long = 'x'.repeat(5 * 2 ** 20)
  for (const sequence of [1, 2]) {
    await store.add(accounts.map((account) => ({ account, sequence, line: `${sequence}${long}` })))
  }
  const late = journalIn({ pool: database.pool, replica: 'late', isLost: () => false })
  const wanted = accounts.map((account) => ({ account, seen: 0 }))
  const first = await late.fetch(wanted, undefined)
  expect(first.lines.map(({ account, line }) => [account, line?.slice(0, 2)])).toEqual([
    ['a', '2x'],
    ['b', '2x'],
  ])
  expect(first.isAll).toBe(false)
})

test('long lines are kept up to a size', async () => {
  await replica()
  const store = journalIn({ pool: database.pool, replica: 'one', isLost: () => false })
  const line = 'x'.repeat(7000)
  for (let n = 0; n < 1000; n += 20) {
    const next = Array.from({ length: 20 }, (_, m) => ({ account: 'a', sequence: n + m, line }))
    await store.add(next)
  }
  const size = 'select sum(octet_length(line)) from access_emulator.journal where account = $1'
  expect(await database.number(size, ['a'])).toBeLessThan(6 * 2 ** 20)
  expect(await database.number(size, ['a'])).toBeGreaterThan(3 * 2 ** 20)
})

test('what is cleared stays so: at replicas that had it, at those that come later, and where it arrives late', async () => {
  const [one, second] = await Promise.all([replica(), replica()])
  await visit(one, quiet, '/before')
  await stored(quiet, '/before')
  const { rows } = await database.pool.query(
    'select sequence, line from access_emulator.journal where account = $1',
    [quiet.id],
  )
  expect(await pathsAt(second, quiet)).toEqual(['/before'])
  await one.emulator.control.clearJournal({ query: { account: quiet.id } })
  expect(await linesOf(quiet)).toBe(0)
  await journalIn({ pool: database.pool, replica: 'slow', isLost: () => false }).add([
    { account: quiet.id, sequence: Number(rows[0].sequence), line: rows[0].line },
  ])
  await visit(one, quiet, '/after')
  await stored(quiet, '/after')
  for (const each of [one, second, await replica()]) {
    expect(await pathsAt(each, quiet)).toEqual(['/after'])
  }
})

test('an account that is deleted takes its lines along, and one of the same name begins without', async () => {
  const [one, second] = await Promise.all([replica(), replica()])
  const body = { name: 'Again' }
  const { id, auth_domain } = await one.emulator.control.createAccount({ body })
  const ofIt = { ...quiet, id, organization: { name: '', auth_domain } }
  await visit(one, ofIt, '/former')
  await stored(ofIt, '/former')
  await second.emulator.control.deleteAccount({ query: { account: id } })
  expect(await linesOf({ id })).toBe(0)
  // As a replica may add that learns of it late.
  await journalIn({ pool: database.pool, replica: 'slow', isLost: () => false }).add([
    { account: id, sequence: 1, line: '{}' },
  ])
  expect((await second.emulator.control.createAccount({ body })).id).toBe(id)
  expect(await linesOf({ id })).toBe(0)
  await visit(second, ofIt, '/present')
  await stored(ofIt, '/present')
  expect(await pathsAt(one, { id })).toEqual(['/present'])
})

test('what a replica adds of an account that is gone is deleted when the log is shortened', async () => {
  const one = await replica()
  const store = journalIn({ pool: database.pool, replica: 'slow', isLost: () => false })
  await store.add([{ account: 'gone', sequence: 1, line: '{}' }])
  for (const account of [noisy, quiet]) {
    await visit(one, account, '/kept')
    await stored(account, '/kept')
  }
  for (const name of ['one', 'two']) await one.ok(contract.tags.create, { body: { name } })
  const { rows } = await database.pool.query<{ record: string }>(
    'select record from access_emulator.snapshot where record like $1',
    [`%${quiet.id}%`],
  )
  const { rows: headers } = await database.pool.query(
    `select tableoid || '/' || xmin as incarnation from access_emulator.header`,
  )
  const failures: Error[] = []
  const compactor = createCompactor({
    pool: database.pool,
    // Of the account of the tags, only the last record says that it is there.
    present: () => ({
      seen: 1,
      incarnation: headers[0].incarnation,
      records: rows.map(({ record }) => JSON.parse(record)),
    }),
    failed: (error) => failures.push(error),
    fewest: 1,
  })
  const enough = { sequence: 1, account: '', ofDirectory: false, record: 'x'.repeat(2 ** 18) }
  compactor.note([enough], 0)
  await compactor.close()
  expect(failures).toEqual([])
  expect(await linesOf({ id: 'gone' })).toBe(0)
  expect(await linesOf(quiet)).toBeGreaterThan(0)
  expect(await linesOf(noisy)).toBeGreaterThan(0)
})

test('the API’s logs have what another replica noted', async () => {
  const [one, second] = await Promise.all([replica(), replica()])
  await one.ok(contract.applications.create, {
    body: { name: 'App', type: 'self_hosted', domain: 'app.example.com' },
  })
  await one.emulator.fetch('https://app.example.com/', {
    headers: { 'cf-access-client-id': 'x.access', 'cf-access-client-secret': 'y' },
  })
  await stored(noisy, 'app.example.com')
  const logs = await one.ok(contract.accessLogs.list)
  expect(logs).toHaveLength(1)
  expect(await second.ok(contract.accessLogs.list)).toEqual(logs)
})
