/** Look-ups at 10 and at 10,000 applications, against a bare Express route that answers the same JSON. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { costNote, load } from '../load.mjs'
import { interleaved, line, ratios } from '../measure.mjs'
import { ask, startEmulator, startScript } from '../processes.mjs'
import { exchange, multiplied, pair } from '../seeds.mjs'

const sizes = [10, 10_000]

/** @param {import('../run.mjs').Setting} setting */
export async function lookUps({ dist, pairs, seconds }) {
  const folder = await mkdtemp(join(tmpdir(), 'access-bench-'))
  const emulators = await Promise.all(sizes.map((size) => ofSize(dist, size)))
  const file = join(folder, 'answer.json')
  await writeFile(file, (await ask(emulators[0].targets.get.url, emulators[0].targets.get)).body)
  const express = await startScript('express', [file])
  const peer = { url: `${express.ready.url}/json/1`, pid: express.pid }
  try {
    const lines = []
    for (const [name, what] of Object.entries(names)) {
      lines.push(...(await compared(name, what, { emulators, peer, pairs, seconds })))
    }
    return lines
  } finally {
    await Promise.all([...emulators, express].map((server) => server.stop()))
    await rm(folder, { recursive: true })
  }
}

const names = {
  get: 'API: GET one application',
  aud: 'API: list by aud',
  host: 'edge: look-up by host, built-in origin',
}
/** Of the Express route, at any size. */
const bars = { get: 0.8, aud: 0.8, host: 0.6 }

async function compared(name, what, { emulators, peer, pairs, seconds }) {
  const targets = {
    peer,
    ...Object.fromEntries(emulators.map(({ size, targets }) => [size, targets[name]])),
  }
  for (const target of Object.values(targets)) await load(target, 2)
  const ways = Object.entries(targets).map(([way, target]) => [way, () => load(target, seconds)])
  const runs = await interleaved(pairs, Object.fromEntries(ways))
  const rates = (way) => runs[way].map(({ rate }) => rate)
  const express = { name: 'Express JSON route', figures: rates('peer') }
  const [small, large] = sizes
  return [
    ...sizes.map((size) =>
      line({
        what: `${what}, ${size.toLocaleString('en')} applications`,
        unit: '/s',
        own: rates(size),
        peer: express,
        bar: { of: 'ratio', atLeast: bars[name] },
        notes: costNote(runs[size], runs.peer),
      }),
    ),
    alike(what, rates(small), rates(large), express.figures),
  ]
}

/** The larger is within the spread of the smaller, or above it. */
function alike(what, small, large, peer) {
  const spread = ratios(small, peer)
  const { median } = ratios(large, peer)
  const compared = line({
    what: `${what}, 10,000 against 10`,
    unit: '/s',
    own: large,
    peer: { name: 'at 10 applications', figures: small },
  })
  const lacking = (spread.min - median) / spread.min
  return {
    ...compared,
    bar: 'within the spread',
    met: lacking <= 0,
    by_percent: Math.round(Math.abs(lacking) * 100),
  }
}

/** An emulator that holds so many applications, and what to ask it about one in their middle. */
async function ofSize(dist, size) {
  const server = await startEmulator(dist)
  const { url, account_id, api_token } = server.ready
  const state = `${url}/__access/state`
  const snapshot = JSON.parse((await ask(state)).body)
  const grown = multiplied(snapshot, size)
  const headers = { 'content-type': 'application/json' }
  const put = await ask(state, { method: 'PUT', headers, body: JSON.stringify(grown) })
  if (put.status !== 200) throw new Error(`PUT state of ${size} applications: ${put.status}`)

  const { id, aud, domain } = grown.applications[size / 2]
  const { url: exchangeUrl, ...request } = exchange(url)
  const asked = { ...request, headers: { ...pair, host: domain } }
  const { token } = JSON.parse((await ask(exchangeUrl, asked)).body)
  const apps = `${url}/client/v4/accounts/${account_id}/access/apps`
  const authorized = { pid: server.pid, headers: { authorization: `Bearer ${api_token}` } }
  const cookie = `CF_Authorization=${token}`
  return {
    size,
    stop: server.stop,
    targets: {
      get: { url: `${apps}/${id}`, ...authorized },
      aud: { url: `${apps}?aud=${aud}`, ...authorized },
      host: { url: `${url}/`, pid: server.pid, headers: { host: domain, cookie } },
    },
  }
}
