/** Faults on two emulators with one state: each acts as often as it says, whichever of the two a request comes to. */
import { expect, onTestFinished, test } from 'vitest'
import { api } from '../../../contracts/api/operations.ts'
import type { FaultInput } from '../../../contracts/control/faults.ts'
import type { Emulator } from '../../../emulator/index.ts'
import { edgeFixture, hosts, pairs } from '../../edge/applications.ts'
import { databasePerTest } from './databases.ts'

const database = databasePerTest()

async function replica(): Promise<Emulator> {
  const { emulator } = await edgeFixture({ state: database.url, keep: true })
  onTestFinished(() => emulator.close())
  return emulator
}

interface Place {
  readonly both: readonly [Emulator, Emulator]
  /** Sends the requests by turns, one after the other. */
  statuses(
    url: string,
    count: number,
    headers?: Readonly<Record<string, string>>,
  ): Promise<number[]>
  set(...faults: FaultInput[]): Promise<void>
  /** What each of the two says: how many requests matched each fault, and on how many it acted. */
  counts(): Promise<(readonly [number, number])[][]>
}

async function place(): Promise<Place> {
  const both = [await replica(), await replica()] as const
  const at = (turn: number) => both[turn % 2 === 0 ? 0 : 1]
  return {
    both,
    async statuses(url, count, headers = {}) {
      const statuses: number[] = []
      for (let turn = 0; turn < count; turn += 1) {
        const answer = await at(turn).fetch(url, { headers, redirect: 'manual' })
        await answer.arrayBuffer()
        statuses.push(answer.status)
      }
      return statuses
    },
    async set(...faults) {
      await both[1].control.setFaults({ body: faults })
    },
    async counts() {
      const lists = await Promise.all(both.map(({ control }) => control.listFaults()))
      return lists.map(({ result }) => result.map(({ seen, acted }) => [seen, acted] as const))
    },
  }
}

const status = { kind: 'status', status: 503 } as const
const application = `https://${hosts.M}/`
const named = {
  'cf-access-client-id': pairs.named.client_id,
  'cf-access-client-secret': pairs.named.client_secret,
}

test('a fault of the gate acts on as many requests as it says, after those that it skips', async () => {
  const { statuses, set, counts } = await place()
  await set({ at: 'gate', effect: status, times: 2 })
  expect(await statuses(application, 6, named)).toEqual([503, 503, 200, 200, 200, 200])
  expect(await counts()).toEqual([[[2, 2]], [[2, 2]]])
  await set({ at: 'gate', effect: status, skip: 3, times: 2 })
  expect(await statuses(application, 7, named)).toEqual([200, 200, 200, 503, 503, 200, 200])
  expect(await counts()).toEqual([[[5, 2]], [[5, 2]]])
})

test('it acts on no more of requests that come at once', async () => {
  const { both, set } = await place()
  await set({ at: 'gate', effect: status, times: 3 })
  const answers = await Promise.all(
    Array.from({ length: 20 }, (_, n) =>
      both[n % 2 === 0 ? 0 : 1].fetch(application, { headers: named }),
    ),
  )
  expect(answers.filter((answer) => answer.status === 503)).toHaveLength(3)
})

test('so does one of an operation, of the login, of the application, of a path, of the keys and of a token', async () => {
  const { both, statuses, set } = await place()
  const { account } = both[0]
  const tags = `https://api.cloudflare.com/client/v4/accounts/${account.id}/access/tags`
  const bearer = { authorization: `Bearer ${account.api_token}` }
  const times = 2
  const unseen = { kind: 'unseen' } as const
  const challenge = await both[0].fetch(`https://${hosts.P}/`, { redirect: 'manual' })
  const login = challenge.headers.get('location') ?? ''
  const certs = 'https://team.cloudflareaccess.com/cdn-cgi/access/certs'
  await set(
    { at: api.tags.list.id, effect: status, times },
    { at: 'login.application', effect: unseen, times },
    { at: 'edge.application', effect: unseen, times, when: { host: hosts.T } },
    { at: 'edge.path', effect: status, times, when: { path: '/cdn-cgi/access/certs' } },
  )
  expect(await statuses(tags, 4, bearer)).toEqual([503, 503, 200, 200])
  expect(await statuses(login, 4)).toEqual([404, 404, 200, 200])
  expect(await statuses(`https://${hosts.T}/`, 4)).toEqual([200, 200, 403, 403])
  expect(await statuses(certs, 4)).toEqual([503, 503, 200, 200])
  await set(
    { at: 'edge.certs', effect: { kind: 'keys', omit: 'current' }, times },
    { at: 'token.issue', effect: { kind: 'claims', set: { custom: 'changed' } }, times },
  )
  const all = async (count: number, read: (turn: 0 | 1) => Promise<unknown>) => {
    const found: unknown[] = []
    for (let turn = 0; turn < count; turn += 1) found.push(await read(turn % 2 === 0 ? 0 : 1))
    return found
  }
  const keys = async (turn: 0 | 1) => {
    const { keys } = (await (await both[turn].fetch(certs)).json()) as { keys: unknown[] }
    return keys.length
  }
  expect(await all(4, keys)).toEqual([1, 1, 2, 2])
  const claim = async (turn: 0 | 1) => {
    const answer = await both[turn].fetch(application, { headers: named })
    return ((await answer.json()) as { claims: { custom?: string } }).claims.custom
  }
  expect(await all(4, claim)).toEqual(['changed', 'changed', undefined, undefined])
})

test('counts stay while something else is set and for a replica that starts later; after a reset they begin again', async () => {
  const { both, statuses, set, counts } = await place()
  const fault = { at: 'gate', effect: status, times: 2 } as const
  await set(fault)
  expect(await statuses(application, 1, named)).toEqual([503])
  await both[0].control.setBehaviours({ body: { 'certs.order': 'current_first' } })
  expect(await counts()).toEqual([[[1, 1]], [[1, 1]]])
  const { result } = await (await replica()).control.listFaults()
  expect(result).toMatchObject([{ seen: 1, acted: 1 }])
  expect(await statuses(application, 2, named)).toEqual([503, 200])
  await both[1].control.reset()
  expect(await counts()).toEqual([[], []])
  await set(fault)
  expect(await counts()).toEqual([[[0, 0]], [[0, 0]]])
  expect(await statuses(application, 4, named)).toEqual([503, 503, 200, 200])
})

test('a handler that runs again, since another replica was faster, counts its request once', async () => {
  const { both, set, counts } = await place()
  const challenge = await both[0].fetch(`https://${hosts.P}/`, { redirect: 'manual' })
  const login = challenge.headers.get('location') ?? ''
  await set({ at: 'login.application', effect: { kind: 'unseen' }, skip: 100 })
  await Promise.all(
    Array.from({ length: 24 }, async (_, n) => {
      const answer = await both[n % 2 === 0 ? 0 : 1].fetch(login)
      expect(answer.status).toBe(200)
    }),
  )
  expect(await counts()).toEqual([[[24, 0]], [[24, 0]]])
})
