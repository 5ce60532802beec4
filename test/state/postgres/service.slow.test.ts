/** What a balancer and a monitoring system are told of a replica, whatever its database does. */
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createEmulator, type Emulator } from '../../../emulator/index.ts'
import { readExposition } from '../../control/exposition.ts'
import { databasePerTest } from './databases.ts'

const database = databasePerTest()
let emulator: Emulator
beforeEach(async () => {
  emulator = await createEmulator({ seed: 'ticket', state: database.url })
})
afterEach(() => emulator?.close())

async function asked(path: string) {
  const answer = await fetch(`${emulator.url}/__access/${path}`)
  return { status: answer.status, text: await answer.text() }
}

test('a database that does not answer keeps nobody from asking whether the process is alive', async () => {
  const client = await database.pool.connect()
  await client.query('begin; lock table access_emulator.head in access exclusive mode')
  let isAnswered = false
  const ready = asked('ready').finally(() => {
    isAnswered = true
  })
  expect((await asked('health')).status).toBe(200)
  expect(isAnswered).toBe(false)
  client.release(true)
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
