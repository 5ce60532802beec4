/** `--state postgres://…` on a real Postgres: what is acknowledged is there after a restart, and what cannot be used is refused in one line. */
import { readFile } from 'node:fs/promises'
import pg from 'pg'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { api as contract } from '../../../contracts/api/operations.ts'
import type { EmulatorOptions } from '../../../emulator/index.ts'
import { hasPassword, isDatabase, namedPlace } from '../../../emulator/state/places.ts'
import { type Api, startApi } from '../../support/api.ts'
import { type Running, runCommand, startCommand } from '../../support/command.ts'
import { opensAsBefore } from '../before.ts'
import { databasePerTest } from './databases.ts'

const database = databasePerTest()
const { query } = database
const open: { close(): Promise<unknown> }[] = []
afterEach(async () => {
  await Promise.all(open.splice(0).map((each) => each.close()))
})

async function started(options: EmulatorOptions = {}): Promise<Api> {
  const api = await startApi({ state: database.url, ...options })
  open.push(api.emulator)
  return api
}

async function command(...args: string[]): Promise<Running> {
  const running = await startCommand(['--state', database.url, ...args])
  open.push({ close: () => running.stop('SIGKILL') })
  return running
}

async function closed({ emulator }: Api): Promise<void> {
  open.length = 0
  await emulator.close()
}

describe('What was acknowledged', () => {
  test('is there after a restart: objects, secrets, behaviours, modes and ids', async () => {
    const first = await started()
    const { id, api_token } = first.emulator.account
    const made = await first.ok(contract.tags.create, { body: { name: 'kept' } })
    const token = await first.ok(contract.serviceTokens.create, { body: { name: 'kept' } })
    await first.emulator.control.setBehaviours({ body: { 'certs.order': 'current_first' } })
    await first.emulator.control.setMode({ params: { id: 'token-expired' } })
    await closed(first)
    const { emulator, ok } = await started({ seed: 'ticket' })
    expect(emulator.account).toMatchObject({ id, api_token })
    expect((await emulator.control.health()).seed).toBe('given')
    expect(await ok(contract.tags.list)).toContainEqual(expect.objectContaining(made))
    const listed = await ok(contract.serviceTokens.list)
    expect(listed.map(({ client_id }) => client_id)).toContain(token.client_id)
    const { result } = await emulator.control.getBehaviours()
    expect(result.find(({ name }) => name === 'certs.order')?.value).toBe('current_first')
    await emulator.control.endMode({ params: { id: 'token-expired' } })
    await emulator.control.reset()
    expect(await ok(contract.tags.list)).toEqual([])
  })

  test('any text goes in and comes out as it was', async () => {
    const name = 'zéro \u0000 "quoted" \\ \ud83d\ude00 \u2028'
    const first = await started()
    await first.ok(contract.groups.create, { body: { name, include: [{ everyone: {} }] } })
    await closed(first)
    const second = await started()
    expect((await second.ok(contract.groups.list)).map((group) => group.name)).toContain(name)
  })
})

test('a database of the release before opens, with what was in it', async () => {
  const log = await readFile(
    new URL('../../fixtures/state-log-2/changes.jsonl', import.meta.url),
    'utf8',
  )
  // As that release made it.
  await query(`create schema access_emulator;
    create table access_emulator.version (version integer not null);
    insert into access_emulator.version values (1);
    create table access_emulator.log (
      sequence bigint generated always as identity primary key,
      record text not null
    )`)
  const lines = log.trimEnd().split('\n')
  for (const line of lines) {
    await query(`insert into access_emulator.log (record) values (${pg.escapeLiteral(line)})`)
  }
  await opensAsBefore(await started({ at: '2026-11-24T12:00:00Z' }))
})

test('a full disk is said, nothing is half written, and once there is room writes go on', async () => {
  const { ok, call } = await started()
  await query(`create function access_emulator.full_disk() returns trigger language plpgsql as $$
      begin raise exception 'could not extend file: No space left on device' using errcode = '53100'; end $$;
    create trigger full_disk before insert on access_emulator.log
      execute function access_emulator.full_disk()`)
  const refused = await call(contract.tags.create, { body: { name: 'lost' } })
  expect(refused.status).toBe(503)
  expect(refused.body.errors?.[0]?.message).toContain('the disk of the server is full (53100)')
  await query('drop trigger full_disk on access_emulator.log')
  expect(await ok(contract.tags.list)).toEqual([])
  await ok(contract.tags.create, { body: { name: 'kept' } })
  expect(await ok(contract.tags.list)).toMatchObject([{ name: 'kept' }])
})

test('a replica whose schema a newer release has changed meanwhile refuses writes, and marks reads', async () => {
  const { ok, call } = await started()
  await ok(contract.tags.create, { body: { name: 'before' } })
  await query('update access_emulator.version set version = 99')
  const read = await call(contract.tags.list)
  expect(read.headers['access-emulator-state']).toBe('behind')
  const refused = await call(contract.tags.create, { body: { name: 'lost' } })
  expect(refused.status).toBe(503)
  expect(refused.body.errors?.[0]?.message).toContain('version 99, made by a newer release')
  expect(await query('select record from access_emulator.log')).toHaveLength(1)
})

test('a connection that is cut is replaced', async () => {
  const { ok, call } = await started()
  await query(`select pg_terminate_backend(pid) from pg_stat_activity
    where application_name = 'access-emulator' and datname = current_database()`)
  await vi.waitFor(async () => {
    expect((await call(contract.tags.create, { body: { name: 'kept' } })).status).toBe(201)
  }, 10_000)
  expect((await ok(contract.tags.list)).map(({ name }) => name)).toEqual(['kept'])
})

describe('One clear line, exit 2, and nothing written', () => {
  const refusal = async (place: string, env: Record<string, string> = {}) => {
    const { code, stdout, stderr } = await runCommand(
      ['start', '--port', '0', '--seed', 'example', '--state', place],
      { env },
    )
    expect([code, stdout]).toEqual([2, ''])
    expect(stderr.trim().split('\n')).toHaveLength(1)
    return stderr
  }

  test('an address where nothing listens', async () => {
    const stderr = await refusal('postgres://me@127.0.0.1:1/db', { PGPASSWORD: 'secret-word' })
    expect(stderr).toContain('postgres://127.0.0.1:1/db: nothing listens there')
    expect(stderr).not.toContain('secret-word')
  })

  test('a database that does not exist', async () => {
    expect(await refusal(database.url.replace(/test_\w+/, 'no_such'))).toContain(
      'there is no such database. Create it, or correct its name (3D000)',
    )
  })

  test('a user without the right to create', async () => {
    await query('create role guest login')
    expect(await refusal(database.url.replace('tests@', 'guest@'))).toContain(
      'Grant CREATE on the database',
    )
    await query('drop role guest')
  })

  test('a schema of another program, and one of a newer release', async () => {
    await query('create schema access_emulator; create table access_emulator.mine (a int)')
    expect(await refusal(database.url)).toContain('tables that no emulator made (mine)')
    await query('drop schema access_emulator cascade')
    await closed(await started())
    await query('update access_emulator.version set version = 99')
    expect(await refusal(database.url)).toContain('made by a newer release')
    expect(await query('select count(*)::int as n from access_emulator.log')).toEqual([
      { n: expect.any(Number) },
    ])
  })

  test('a log that is not valid, or of a newer release', async () => {
    await closed(await started())
    await query(`update access_emulator.header set
      record = regexp_replace(record, '"access_emulator_log":\\d+', '"access_emulator_log":77')`)
    expect(await refusal(database.url)).toContain('wrote this log (version 77)')
    await query(`update access_emulator.header set record = 'nonsense'`)
    expect(await refusal(database.url)).toContain('row 1 of the log: this is not the log')
  })
})

test.each([
  'postgres://u:s3cr%2Fet@db/x',
  'postgres://u:s3cr/et@db/x',
  'postgres://u:s3cr?et@db/x',
  ' postgres://u:s3cret@db/x',
  'postgres:u:s3cret@db/x',
  'postgres://db/x?password=s3cret',
  'postgres://db/x;user=u;password=s3cret',
  'postgres://db/x&password=s3cret',
])('no message names the password of %j', (place) => {
  expect(namedPlace(place)).not.toMatch(/s3cr|et@/)
  expect(hasPassword(place)).toBe(true)
  expect(isDatabase(place)).toBe(true)
})

test('a password in the arguments is warned of, and never printed', async () => {
  const running = await command('--state', database.url.replace('tests@', 'tests:secret-word@'))
  expect(running.stderr()).toContain('PGPASSWORD')
  expect(running.stderr()).not.toContain('secret-word')
})
