/** What it costs to see the newest state first: one replica and two on a database, against an emulator in memory. */
import { groupsOf } from '../groups.mjs'
import { costNote, load } from '../load.mjs'
import { interleaved, line, skipped } from '../measure.mjs'
import { noPostgres, startPostgres } from '../postgres.mjs'
import { ask, startEmulator } from '../processes.mjs'
import { exchange, host } from '../seeds.mjs'

const connections = 16
const asked = {
  get: 'API: GET one application',
  edge: 'edge: JWT, built-in origin',
  exchange: 'service/auth exchange',
  write: `API: a write, ${connections} accounts`,
}
const [memory, one, two] = ['in memory', 'one replica', 'two replicas']

/** @param {import('../run.mjs').Setting} setting */
export async function replicas({ dist, pairs, seconds }) {
  const server = await startPostgres(dist)
  if (server === undefined) return [skipped('one replica and two', noPostgres)]
  const running = []
  const started = async (count, args = []) => {
    const emulators = []
    for (let at = 0; at < count; at++) emulators.push(await startEmulator(dist, args))
    running.push(...emulators)
    return targetsOf(emulators)
  }
  try {
    const targets = {
      [memory]: await started(1),
      [one]: await started(1, ['--state', await server.database()]),
      [two]: await started(2, ['--state', await server.database()]),
    }
    const lines = []
    for (const [name, what] of Object.entries(asked)) {
      const split = Object.entries(targets).map(([way, each]) => [way, each[name]])
      for (const [, each] of split) await loadAll(each, 1)
      const ways = split.map(([way, each]) => [way, () => loadAll(each, seconds)])
      const runs = await interleaved(pairs, Object.fromEntries(ways))
      const rates = (way) => runs[way].map(({ rate }) => rate)
      for (const [own, peer] of [
        [one, memory],
        [two, memory],
        [two, one],
      ]) {
        lines.push(
          line({
            what: `${what}, ${own}`,
            unit: '/s',
            own: rates(own),
            peer: { name: peer, figures: rates(peer) },
            notes: costNote(runs[own], runs[peer]),
          }),
        )
      }
    }
    return lines
  } finally {
    await Promise.all(running.map((each) => each.stop()))
    await server.stop()
  }
}

/** The load split between the processes, as a balancer would; the processor time is of them all, without Postgres. */
async function loadAll(targets, seconds) {
  const share = connections / targets.length
  const runs = await Promise.all(targets.map((target) => load(target, seconds, share)))
  const rate = runs.reduce((sum, each) => sum + each.rate, 0)
  const spent = runs.reduce((sum, { cost, rate: own }) => sum + cost * own, 0)
  return { rate, cost: runs[0].cost === undefined ? undefined : spent / rate }
}

/** Of each kind, what to ask each emulator. */
async function targetsOf(emulators) {
  const [{ ready }] = emulators
  const { url, ...request } = exchange(ready.url)
  const { token } = JSON.parse((await ask(url, request)).body)
  const authorization = { authorization: `Bearer ${ready.api_token}` }
  const access = `/client/v4/accounts/${ready.account_id}/access`
  const list = await ask(`${ready.url}${access}/apps`, { headers: authorization })
  const [{ id }] = JSON.parse(list.body).result
  const groups = await groupsOf(emulators[0], connections)
  const share = connections / emulators.length
  const cookie = `CF_Authorization=${token}`

  const to = (target) =>
    emulators.map(({ pid, ready: { url } }) => ({ ...target, pid, url: `${url}${target.path}` }))
  return {
    get: to({ path: `${access}/apps/${id}`, headers: authorization }),
    edge: to({ path: '/', headers: { host, cookie } }),
    exchange: emulators.map(({ pid, ready: { url } }) => ({ pid, ...exchange(url) })),
    write: emulators.map(({ pid, ready: { url } }, at) => ({
      ...groups[0],
      ...{ pid, url },
      varied: groups
        .slice(at * share, (at + 1) * share)
        .map(({ url, headers }) => ({ path: new URL(url).pathname, headers })),
    })),
  }
}
