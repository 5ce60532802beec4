/** What a balancer and a monitoring system are told of a replica, whatever its database does. */
import pg from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { createEmulator, type Emulator } from '../../../emulator/index.ts'
import { readExposition } from '../../control/exposition.ts'
import { type PostgresServer, startPostgres } from './server.ts'

let server: PostgresServer | undefined
let state = ''
let emulator: Emulator
beforeAll(async () => {
  server = await startPostgres()
}, 60_000)
afterAll(() => server?.stop())
beforeEach(async ({ skip }) => {
  if (server === undefined) return skip('there is no Postgres server here')
  state = await server.database()
  emulator = await createEmulator({ seed: 'ticket', state })
})
afterEach(() => emulator?.close())

async function asked(path: string) {
  const answer = await fetch(`${emulator.url}/__access/${path}`)
  return { status: answer.status, text: await answer.text() }
}

test('a replica without its database is alive, and not ready until it is back', async () => {
  expect(await asked('ready')).toEqual({ status: 200, text: '{"ready":true}' })
  await server?.down()
  const away = await asked('ready')
  expect(away.status).toBe(503)
  expect(JSON.parse(away.text)).toEqual({
    error: {
      code: 'not_ready',
      message:
        'It does not reach the database: what it answers may be old, and it cannot store changes.',
    },
  })
  expect((await asked('health')).status).toBe(200)
  await server?.up()
  while ((await asked('ready')).status !== 200);
})

test('a database that does not answer keeps nobody from asking whether the process is alive', async () => {
  const client = new pg.Client({ connectionString: state })
  await client.connect()
  await client.query('begin; lock table access_emulator.head in access exclusive mode')
  let isAnswered = false
  const ready = asked('ready').finally(() => {
    isAnswered = true
  })
  expect((await asked('health')).status).toBe(200)
  expect(isAnswered).toBe(false)
  await client.end()
  expect((await ready).status).toBe(200)
})

test('how current it is, and how long commits take', async () => {
  const before = readExposition((await asked('metrics')).text)
  const [reached] = before.get('access_emulator_state_current_timestamp_seconds')?.samples ?? []
  expect(Math.abs((reached?.value ?? 0) - Date.now() / 1000)).toBeLessThan(10)
  await emulator.control.createAccount({ body: { name: 'Stored' } })
  const after = readExposition((await asked('metrics')).text)
  const counted = after
    .get('access_emulator_commit_seconds')
    ?.samples.find(({ name }) => name.endsWith('_count'))
  expect(counted?.labels).toEqual({ outcome: 'stored' })
})
