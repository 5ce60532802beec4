/** A rolling restart behind a balancer that asks `/__access/ready`: every request is answered. */
import { setTimeout as pause } from 'node:timers/promises'
import { afterEach, expect, test } from 'vitest'
import { type Running, startCommand } from '../../support/command.ts'
import { byTurns } from './by-turns.ts'
import { database } from './databases.ts'

const open: (() => unknown)[] = []
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close()
})

/** Long enough for the balancer to notice, on a busy machine too. */
const drainSeconds = 2
const betweenChecksMs = 50

/** Keeps asking each replica whether it is ready. */
async function checkedReplicas(given: readonly string[]) {
  const replicas = new Set(given)
  const ready = new Set<string>()
  const check = async (replica: string) => {
    const isReady = await fetch(`${replica}/__access/ready`).then(
      async (answer) => {
        await answer.text()
        return answer.status === 200
      },
      () => false,
    )
    if (isReady && replicas.has(replica)) ready.add(replica)
    else ready.delete(replica)
  }
  const checkAll = () => Promise.all([...replicas].map(check))
  await checkAll()
  let isStopped = false
  const checking = (async () => {
    while (!isStopped) {
      await checkAll()
      await pause(betweenChecksMs)
    }
  })()
  return {
    ready: () => [...ready],
    add: (replica: string) => replicas.add(replica),
    remove(replica: string) {
      replicas.delete(replica)
      ready.delete(replica)
    },
    stop() {
      isStopped = true
      return checking
    },
  }
}

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
  const checked = await checkedReplicas(replicas.map(({ ready }) => ready.url))
  open.push(checked.stop)
  const balancer = await byTurns(checked.ready)
  open.push(balancer.close)
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
      await pause(20)
    }
  }
  const clients = [1, 2, 3, 4].map(client)
  for (const old of replicas) {
    const before = statuses.length
    const next = await started()
    checked.add(next.ready.url)
    expect(await old.stop('SIGTERM')).toBe(0)
    checked.remove(old.ready.url)
    expect(statuses.length).toBeGreaterThan(before)
  }
  isOver = true
  await Promise.all(clients)
  expect(statuses.filter((status) => status !== 200 && status !== 201)).toEqual([])
  const listed = await fetch(`${tags}?per_page=1000`, { headers })
  const { result } = (await listed.json()) as { result: { name: string }[] }
  expect(result.map(({ name }) => name).sort()).toEqual(made.sort())
}, 120_000)
