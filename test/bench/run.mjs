/** `npm run bench`: every number of the design as a ratio to a peer that is measured in the same run. `--help` lists them. */
import { cp, mkdir, rm } from 'node:fs/promises'
import { availableParallelism, loadavg } from 'node:os'
import { pathToFileURL } from 'node:url'
import { Command, InvalidArgumentError } from 'commander'
import { edge } from './rows/edge.mjs'
import { exchange } from './rows/exchange.mjs'
import { inProcess, reset } from './rows/in-process.mjs'
import { lookUps } from './rows/look-ups.mjs'
import { pages } from './rows/pages.mjs'
import { memory, start } from './rows/start.mjs'
import { tls } from './rows/tls.mjs'

/** @typedef {{ dist: URL, pairs: number, seconds: number }} Setting */

/** By name: what is measured, and how. */
const rows = {
  start: ['from the command to the first service/auth 200', start],
  'in-process': ['createEmulator(), and the import of the package', inProcess],
  memory: ['at rest, before and after the first request', memory],
  exchange: ['POST service/auth in a second', exchange],
  edge: ['verify and proxy to an origin, in a second', edge],
  tls: ['TLS, HTTP/2 and CONNECT against plain HTTP', tls],
  'look-ups': ['API and edge, with 10 and 10,000 applications', lookUps],
  pages: ['a page of a list, with 50 and 100,000 applications', pages],
  reset: ['in process and over HTTP, with 1,000 objects', reset],
}

const listed = Object.entries(rows).map(([name, [about]]) => `  ${name.padEnd(12)}${about}`)
const values = new Command('npm run bench --')
  .description('Measure speed and size, each as a ratio to a peer in the same run.')
  .option('--only <row>', 'measure this row alone; may be repeated', (name, before = []) => [
    ...before,
    rowNamed(name),
  ])
  .option('--pairs <n>', 'how often each is measured beside its peer', positive, 7)
  .option('--seconds <n>', 'of load in a turn', positive, 1)
  .option('--dist <folder>', 'a build to measure in place of dist/')
  .option('--json', 'print JSON, once all is measured', false)
  .addHelpText('after', `\nRows:\n${listed.join('\n')}`)
  .parse()
  .opts()
const { pairs, seconds, json, only = Object.keys(rows) } = values

const root = new URL('../../', import.meta.url)
const built = values.dist === undefined ? new URL('dist/', root) : folderUrl(values.dist)
// A copy, because a test run beside may build anew. Inside node_modules, so that packages are found from there.
const dist = new URL(`node_modules/.cache/bench-${process.pid}/`, root)
await mkdir(dist, { recursive: true })
await cp(built, dist, { recursive: true })

const setting = { dist, pairs, seconds }
const machine = `node ${process.version}, ${availableParallelism()} cores, load ${loadavg()[0].toFixed(1)}`
if (!json)
  console.log(`${machine} as this begins: above the cores, trust processor time before throughput`)
const lines = []
try {
  for (const name of only) {
    const [, measure] = rows[name]
    const measured = await measure(setting)
    lines.push(...measured)
    if (!json) for (const line of measured) console.log(told(line))
  }
} finally {
  await rm(dist, { recursive: true })
}
if (json) console.log(JSON.stringify({ ...values, only, machine, lines }, null, 2))
else console.log(verdict(lines))

function rowNamed(name) {
  if (Object.hasOwn(rows, name)) return name
  throw new InvalidArgumentError(`Rows: ${Object.keys(rows).join(', ')}.`)
}

function positive(text) {
  const value = Number(text)
  if (value > 0) return value
  throw new InvalidArgumentError('Give it a number above 0.')
}

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
