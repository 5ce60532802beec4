/** A database whose server ends, in order or not, and comes back. */
import { once } from 'node:events'
import { expect, onTestFinished, test, vi } from 'vitest'
import { api as contract } from '../../../contracts/api/operations.ts'
import { type Api, other as quiet } from '../../support/api.ts'
import { type Running, startCommand } from '../../support/command.ts'
import { databaseOfOwnServer } from './databases.ts'
import { replicasOn } from './replicas.ts'

const { own, server } = databaseOfOwnServer()
const { replica } = replicasOn(own)

test('is there after the emulator was killed, and after the server was', async () => {
  const started = async () => {
    const running = await startCommand(['--state', own.url])
    onTestFinished(() => void running.stop('SIGKILL'))
    return running
  }
  const first = await started()
  const send = ({ ready }: Running, name: string) =>
    fetch(`${ready.url}/client/v4/accounts/${ready.account_id}/access/tags`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${ready.api_token}`,
        'content-type': 'application/json',
      },
      body: JSON.stringify({ name }),
    })
  const names = Array.from({ length: 60 }, (_, index) => `tag-${index}`)
  const statuses = await Promise.all(names.map(async (name) => (await send(first, name)).status))
  expect(new Set(statuses)).toEqual(new Set([201]))
  await first.stop('SIGKILL')
  await server().crash()
  const second = await started()
  const answer = await fetch(
    `${second.ready.url}/client/v4/accounts/${second.ready.account_id}/access/tags?per_page=1000`,
    { headers: { authorization: `Bearer ${second.ready.api_token}` } },
  )
  const { result } = (await answer.json()) as { result: { name: string }[] }
  expect(result.map(({ name }) => name).sort()).toEqual([...names].sort())
})

test('without the database a replica is alive but not ready, writes answer 503, and reads are marked; with it, all is as before', async () => {
  const { emulator, ok, call } = await replica()
  const asked = async (path: string) => {
    const answer = await fetch(`${emulator.url}/__access/${path}`)
    return { status: answer.status, text: await answer.text() }
  }
  expect(await asked('ready')).toEqual({ status: 200, text: '{"ready":true}' })
  await ok(contract.tags.create, { body: { name: 'before' } })
  await server().down()
  const lost = await call(contract.tags.create, { body: { name: 'lost' } })
  expect(lost.status).toBe(503)
  expect(lost.body).toMatchObject({ success: false, errors: [{ code: 19503 }] })
  const read = await call(contract.tags.list)
  expect(read.status).toBe(200)
  expect(read.headers['access-emulator-state']).toBe('behind')
  expect(read.body.result).toMatchObject([{ name: 'before' }])
  const edge = await emulator.fetch('https://team.cloudflareaccess.com/cdn-cgi/access/certs')
  expect(edge.status).toBe(200)
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
  await server().up()
  await vi.waitFor(
    async () => {
      const { status } = await call(contract.tags.create, { body: { name: 'after' } })
      expect(status).toBe(201)
    },
    { timeout: 10_000, interval: 50 },
  )
  const again = await call(contract.tags.list)
  expect(again.headers['access-emulator-state']).toBeUndefined()
  expect((await asked('ready')).status).toBe(200)
  expect(again.body.result).toMatchObject([{ name: 'before' }, { name: 'after' }])
})

const visit = ({ emulator }: Api, path: string) =>
  emulator.fetch(`https://${quiet.organization.auth_domain}${path}`)

/** Waits until the line of a request is there for other replicas. */
async function stored(path: string): Promise<void> {
  const line = 'select 1 from access_emulator.journal where strpos(line, $1) > 0 limit 1'
  await vi.waitFor(async () => expect(await own.query(line, [path])).toHaveLength(1))
}

async function pathsAt({ emulator }: Api): Promise<string[]> {
  const { result } = await emulator.control.readJournal({ query: { account: quiet.id } })
  return result.map(({ path }) => path)
}

test('after a crash of the server, what is noted since is read at the other', async () => {
  const [one, second] = await Promise.all([replica(), replica()])
  for (let n = 0; n < 5; n += 1) await visit(one, `/lost-${n}`)
  await stored('/lost-4')
  expect(await pathsAt(second)).toHaveLength(5)
  await server().crash()
  await vi.waitFor(
    async () => {
      await one.ok(contract.tags.create, { body: { name: 'there again' } })
    },
    { timeout: 20_000 },
  )
  await visit(one, '/since')
  await stored('/since')
  await vi.waitFor(async () => expect(await pathsAt(second)).toContain('/since'))
}, 60_000)

test('a connection that ends while the log is shortened is no end of the replica', async () => {
  const one = await replica()
  const blocker = await own.pool.connect()
  await blocker.query('begin; lock table access_emulator.snapshot in access exclusive mode')
  const include = Array.from({ length: 60 }, (_, n) => ({ email: { email: `p${n}@example.com` } }))
  const { id } = await one.ok(contract.groups.create, { body: { name: 'long', include } })
  const waiting = "select pid from pg_stat_activity where wait_event_type = 'Lock'"
  let pid = 0
  await vi.waitFor(
    async () => {
      await one.ok(contract.groups.replace, {
        params: { group_id: id },
        body: { name: 'long', include },
      })
      pid = Number((await own.query(waiting))[0]?.pid ?? 0)
      expect(pid).toBeGreaterThan(0)
    },
    { timeout: 30_000, interval: 0 },
  )
  // The server starts all its processes anew.
  const ended = once(blocker, 'error')
  process.kill(pid, 'SIGKILL')
  await ended
  blocker.release(true)
  await vi.waitFor(
    async () => {
      await one.ok(contract.tags.create, { body: { name: 'after' } })
    },
    { timeout: 20_000 },
  )
}, 60_000)
