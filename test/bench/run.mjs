/**
 * `npm run bench`: every number of the design as a ratio to a peer that is measured in the same run.
 * Options: `--only ROW` (may be repeated), `--pairs N` (7), `--seconds N` of load a turn (1), `--dist DIR`, `--json`.
 */
import { cp, mkdir, rm } from 'node:fs/promises'
import { availableParallelism, loadavg } from 'node:os'
import { pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import { door } from './rows/door.mjs'
import { edge } from './rows/edge.mjs'
import { exchange } from './rows/exchange.mjs'
import { inProcess, reset } from './rows/in-process.mjs'
import { lookUps } from './rows/look-ups.mjs'
import { memory, start } from './rows/start.mjs'

/** @typedef {{ dist: URL, pairs: number, seconds: number }} Setting */

const rows = {
  start,
  'in-process': inProcess,
  memory,
  exchange,
  edge,
  door,
  'look-ups': lookUps,
  reset,
}

const { values } = parseArgs({
  options: {
    only: { type: 'string', multiple: true, default: Object.keys(rows) },
    pairs: { type: 'string', default: '7' },
    seconds: { type: 'string', default: '1' },
    dist: { type: 'string' },
    json: { type: 'boolean', default: false },
  },
})
const unknown = values.only.filter((name) => !Object.hasOwn(rows, name))
if (unknown.length > 0) {
  console.error(`There is no row ${unknown.join(', ')}. Rows: ${Object.keys(rows).join(', ')}.`)
  process.exit(2)
}

const root = new URL('../../', import.meta.url)
const built = values.dist === undefined ? new URL('dist/', root) : folderUrl(values.dist)
// A copy, because a test run beside may build anew. Inside node_modules, so that packages are found from there.
const dist = new URL(`node_modules/.cache/bench-${process.pid}/`, root)
await mkdir(dist, { recursive: true })
await cp(built, dist, { recursive: true })

const setting = { dist, pairs: Number(values.pairs), seconds: Number(values.seconds) }
const machine = `node ${process.version}, ${availableParallelism()} cores, load ${loadavg()[0].toFixed(1)}`
if (!values.json)
  console.log(`${machine} as this begins: above the cores, trust processor time before throughput`)
const lines = []
try {
  for (const name of values.only) {
    const measured = await rows[name](setting)
    lines.push(...measured)
    if (!values.json) for (const line of measured) console.log(told(line))
  }
} finally {
  await rm(dist, { recursive: true })
}
if (values.json) console.log(JSON.stringify({ ...values, machine, lines }, null, 2))
else console.log(verdict(lines))

function folderUrl(path) {
  return new URL(`${pathToFileURL(path).href.replace(/\/$/, '')}/`)
}

function told({ what, unit, own, peer, ratio, pairs, bar, met, by_percent, notes }) {
  const held =
    bar === undefined
      ? 'for comparison'
      : `bar ${bar}: ${met ? 'met' : 'MISSED'} by ${by_percent} %`
  return [
    `${what}  [${held}]`,
    `  ${figure(own, unit)}`,
    `  ${figure(peer, unit)}  ${peer.name}`,
    `  ${ratio.median.toFixed(2)}x (${ratio.min.toFixed(2)}-${ratio.max.toFixed(2)})  median of ${pairs} pairs`,
    ...notes.map((note) => `  ${note}`),
  ].join('\n')
}

function figure({ median, min, max }, unit) {
  const digits = median < 10 ? 2 : median < 100 ? 1 : 0
  const [middle, low, high] = [median, min, max].map((value) => value.toFixed(digits))
  return `${middle} ${unit} (${low}-${high})`
}

function verdict(all) {
  const judged = all.filter(({ bar }) => bar !== undefined)
  const missed = judged.filter(({ met }) => !met)
  const names = missed.map(({ what, by_percent }) => `\n  ${what}, by ${by_percent} %`)
  return `${judged.length - missed.length} of ${judged.length} bars met${names.length > 0 ? `; missed:${names.join('')}` : ''}`
}
