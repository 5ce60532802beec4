/** Several emulators on one database: an acknowledged write is seen by all, and of two that collide, one decides again. */
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { api as contract } from '../../contracts/api/operations.ts'
import type { EmulatorOptions } from '../../emulator/index.ts'
import { type Api, startApi } from '../support/api.ts'
import { type PostgresServer, startPostgres } from './server.ts'

let server: PostgresServer | undefined
let state = ''
const open: Api[] = []
beforeAll(async () => {
  server = await startPostgres()
}, 60_000)
beforeEach(async ({ skip }) => {
  if (server === undefined) return skip('there is no Postgres server here')
  state = await server.database()
})
afterEach(async () => {
  await Promise.all(open.splice(0).map(({ emulator }) => emulator.close()))
})
afterAll(() => server?.stop())

async function replica(options: EmulatorOptions = {}): Promise<Api> {
  const api = await startApi({ state, ...options })
  open.push(api)
  return api
}

test('replicas that start together have the same accounts, and one sees at once what the other has acknowledged', async () => {
  const [one, other] = await Promise.all([replica(), replica()])
  expect(other.emulator.account).toEqual(one.emulator.account)
  for (let n = 0; n < 20; n += 1) {
    const [writer, reader] = n % 2 === 0 ? [one, other] : [other, one]
    const made = await writer.ok(contract.tags.create, { body: { name: `tag-${n}` } })
    expect(await reader.ok(contract.tags.list)).toContainEqual(expect.objectContaining(made))
  }
})

test('of writes that collide none is lost, and no id is given twice', async () => {
  const replicas = await Promise.all([replica(), replica(), replica()])
  const made = await Promise.all(
    Array.from({ length: 60 }, (_, n) =>
      (replicas[n % 3] as Api).ok(contract.groups.create, {
        body: { name: 'same', include: [{ everyone: {} }] },
      }),
    ),
  )
  const ids = made.map(({ id }) => id)
  expect(new Set(ids).size).toBe(60)
  for (const { ok } of replicas) {
    const listed = await ok(contract.groups.list, { query: { per_page: 1000 } })
    expect(listed.map(({ id }) => id).sort()).toEqual([...ids].sort())
  }
})
