/** The same write in memory, in a folder and in Postgres, against a plain INSERT of its record behind bare node:http. */
import { mkdtemp, rm, statfs } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { groupOf, groupsOf, write } from '../groups.mjs'
import { costNote, load } from '../load.mjs'
import { interleaved, line, skipped } from '../measure.mjs'
import { noPostgres, startPostgres } from '../postgres.mjs'
import { ask, startEmulator, startScript } from '../processes.mjs'

const what = 'API: a write'
const places = { memory: 'in memory', folder: 'in a folder', postgres: 'in Postgres' }
const many = 32
const accounts = 8
/** With Postgres, writes of one account come one after the other; those of several are stored together. */
const kinds = {
  alone: ['one at a time', 1],
  one: [`${many} at a time, one account`, many],
  several: [`${many} at a time, ${accounts} accounts`, many],
}

/** @param {import('../run.mjs').Setting} setting */
export async function commits({ dist, pairs, seconds }) {
  // The folder and the database are both below it.
  if ((await statfs(tmpdir())).type === inMemory) {
    return [skipped(what, `${tmpdir()} is in memory, where a sync costs nothing: set TMPDIR.`)]
  }
  const server = await startPostgres(dist)
  if (server === undefined) return [skipped(what, noPostgres)]
  const folder = await mkdtemp(join(tmpdir(), 'access-bench-'))
  const running = []
  const started = async (starting) => {
    running.push(await starting)
    return running.at(-1)
  }
  try {
    const database = await server.database()
    const states = { memory: [], folder: ['--state', folder], postgres: ['--state', database] }
    const targets = {}
    for (const place of Object.keys(places)) {
      targets[place] = await targetsOf(await started(startEmulator(dist, states[place])))
    }
    await ask(targets.postgres.one.url, targets.postgres.one)
    const peerArgs = [await server.database(), await lastRecord(database), String(many)]
    const insert = rowOf(await started(startScript('postgres', peerArgs)))
    for (const { one } of [...Object.values(targets), { one: insert }]) await load(one, 2, many)

    const lines = []
    for (const [kind, [name, connections]] of Object.entries(kinds)) {
      const ways = { ...places, insert: '' }
      for (const way of Object.keys(ways)) {
        const target = targets[way]?.[kind] ?? insert
        ways[way] = () => load(target, seconds, connections)
      }
      const runs = await interleaved(pairs, ways)
      const rates = (way) => runs[way].map(({ rate }) => rate)
      const peer = { name: 'INSERT by pg', figures: rates('insert') }
      for (const [place, where] of Object.entries(places)) {
        lines.push(
          line({
            what: `${what} ${where}, ${name}`,
            unit: '/s',
            own: rates(place),
            peer,
            notes: costNote(runs[place], runs.insert),
          }),
        )
      }
    }
    return lines
  } finally {
    await Promise.all(running.map((each) => each.stop()))
    await server.stop()
    await rm(folder, { recursive: true })
  }
}

/** Of tmpfs, as `statfs` says it. */
const inMemory = 0x01021994

async function targetsOf(emulator) {
  const one = await groupOf(emulator)
  const groups = await groupsOf(emulator, accounts)
  const each = groups.map(({ url, headers }) => ({ path: new URL(url).pathname, headers }))
  // Each connection has an account: of more connections than accounts, several have the same.
  const varied = Array.from({ length: many }, (_, at) => each[at % accounts])
  return { alone: one, one, several: { ...one, varied } }
}

function rowOf({ pid, ready: { url } }) {
  return { url: `${url}/`, pid, ...write }
}

async function lastRecord(connectionString) {
  const client = new pg.Client({ connectionString })
  await client.connect()
  const { rows } = await client.query(
    'select record from access_emulator.log order by sequence desc limit 1',
  )
  await client.end()
  return rows[0].record
}
