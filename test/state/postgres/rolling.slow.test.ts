/** A rolling restart behind a balancer that asks `/__access/ready`: every request is answered. */
import { setTimeout as pause } from 'node:timers/promises'
import { afterEach, expect, test } from 'vitest'
import { type Running, startCommand } from '../../support/command.ts'
import { startBalancer } from './balancer.ts'
import { database } from './databases.ts'

const open: (() => unknown)[] = []
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close()
})

/** Long enough for the balancer to notice, on a busy machine too. */
const drainSeconds = 3

test('no request fails while each replica is replaced', async ({ skip }) => {
  const state = await database(skip)
  const started = async (): Promise<Running> => {
    const running = await startCommand([
      ...['--seed', 'ticket', '--state', state, '--drain', String(drainSeconds)],
    ])
    open.push(() => running.stop('SIGKILL'))
    return running
  }
  const replicas = [await started(), await started()]
  const balancer = await startBalancer(replicas.map(({ ready }) => ready.url))
  open.push(() => balancer.close())
  const { account_id, api_token } = replicas[0]?.ready ?? {}
  const tags = `${balancer.url}/client/v4/accounts/${account_id}/access/tags`
  const headers = { authorization: `Bearer ${api_token}`, 'content-type': 'application/json' }

  let isOver = false
  const statuses: number[] = []
  const made: string[] = []
  const client = async (number: number) => {
    for (let count = 1; !isOver; count += 1) {
      const name = `tag ${number} ${count}`
      const written = await fetch(tags, {
        ...{ method: 'POST', headers },
        body: JSON.stringify({ name }),
      })
      made.push(name)
      const read = await fetch(`${tags}/${encodeURIComponent(name)}`, { headers })
      await Promise.all([written.text(), read.text()])
      statuses.push(written.status, read.status)
      await pause(5)
    }
  }
  const clients = [1, 2, 3, 4].map(client)
  for (const old of replicas) {
    const before = statuses.length
    const next = await started()
    balancer.add(next.ready.url)
    expect(await old.stop('SIGTERM')).toBe(0)
    balancer.remove(old.ready.url)
    expect(statuses.length).toBeGreaterThan(before)
  }
  isOver = true
  await Promise.all(clients)
  expect(statuses.filter((status) => status !== 200 && status !== 201)).toEqual([])
  const listed = await fetch(`${tags}?per_page=1000`, { headers })
  const { result } = (await listed.json()) as { result: { name: string }[] }
  expect(result.map(({ name }) => name).sort()).toEqual(made.sort())
}, 120_000)
