/** `npm run bench`: every number of the design as a ratio to a peer that is measured in the same run. `--help` lists them. */
import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { availableParallelism, cpus, loadavg, totalmem } from 'node:os'
import { pathToFileURL } from 'node:url'
import { Command, InvalidArgumentError } from 'commander'
import { compared, page, told, toldSkipped, verdict } from './report.mjs'
import { commits } from './rows/commits.mjs'
import { durable } from './rows/durable.mjs'
import { edge } from './rows/edge.mjs'
import { exchange } from './rows/exchange.mjs'
import { growth } from './rows/growth.mjs'
import { inProcess, reset } from './rows/in-process.mjs'
import { lookUps } from './rows/look-ups.mjs'
import { pages } from './rows/pages.mjs'
import { replicas } from './rows/replicas.mjs'
import { memory, start } from './rows/start.mjs'
import { tls } from './rows/tls.mjs'
import { memoryInUse } from './rows/use.mjs'
import { visibility } from './rows/visibility.mjs'

/** @typedef {{ dist: URL, pairs: number, seconds: number, node: string | undefined }} Setting */

/** By name: what is measured, and how. */
const rows = {
  start: ['from the command to the first service/auth 200', start],
  'in-process': ['createEmulator(), and the import of the package', inProcess],
  memory: ['at rest, before and after the first request', memory],
  'memory-in-use': ['after 250,000 requests, and with 100,000 applications', memoryInUse],
  exchange: ['POST service/auth in a second', exchange],
  edge: ['verify and proxy to an origin, in a second', edge],
  tls: ['TLS, HTTP/2 and CONNECT against plain HTTP', tls],
  'look-ups': ['API and edge, with 10 and 10,000 applications', lookUps],
  pages: ['a page of a list, with 50 and 100,000 applications', pages],
  growth: ['1,000 to 100,000 applications, many policies, nested groups', growth],
  durable: ['a write at a time, and 64, on disk before the answer', durable],
  commits: ['a write in memory, in a folder and in Postgres', commits],
  replicas: ['API, edge and exchange, with one replica and with two', replicas],
  visibility: ['from a write at one replica to another replica', visibility],
  reset: ['in process and over HTTP, with 1,000 objects', reset],
}

const listed = Object.entries(rows).map(([name, [about]]) => `  ${name.padEnd(15)}${about}`)
const values = new Command('npm run bench --')
  .description('Measure speed and size, each as a ratio to a peer in the same run.')
  .option('--only <row>', 'measure this row alone; may be repeated', (name, before = []) => [
    ...before,
    rowNamed(name),
  ])
  .option('--pairs <n>', 'how often each is measured beside its peer', positive, 7)
  .option('--seconds <n>', 'of load in a turn', positive, 1)
  .option('--dist <folder>', 'a build to measure in place of dist/')
  .option('--node <file>', 'a newer Node for peers that this one cannot run')
  .option('--json', 'print JSON, once all is measured', false)
  .option(
    '--result <file>',
    'take what --json printed before, in place of measuring; may be repeated',
    (file, before = []) => [...before, file],
  )
  .option('--compare <file>', 'print the ratios over those of an earlier result')
  .option('--page <file>', 'write the result as a page')
  .addHelpText(
    'after',
    `
Rows:
${listed.join('\n')}

The page of the repository, on a quiet machine:
  node test/bench/run.mjs --json >test/bench/result.json
  node test/bench/run.mjs --result test/bench/result.json --page docs/performance.md
Rows that are measured at another time have a result of their own, and --result again.`,
  )
  .parse()
  .opts()
const { pairs, seconds, json, only = Object.keys(rows) } = values

// Read first: measuring takes minutes.
const before = values.compare === undefined ? undefined : await resultIn(values.compare)
const results =
  values.result === undefined ? [await measured()] : await Promise.all(values.result.map(resultIn))
const all = results.flatMap(({ lines }) => lines)
if (json) for (const result of results) console.log(JSON.stringify(result, null, 2))
else console.log(verdict(all))
// Standard output is the JSON alone.
if (before !== undefined) (json ? console.error : console.log)(compared(all, before))
if (values.page !== undefined) await writeFile(values.page, page(results))

async function measured() {
  const root = new URL('../../', import.meta.url)
  const built = values.dist === undefined ? new URL('dist/', root) : folderUrl(values.dist)
  // A copy, because a test run beside may build anew. Inside node_modules, so that packages are found from there.
  const dist = new URL(`node_modules/.cache/bench-${process.pid}/`, root)
  await mkdir(dist, { recursive: true })
  await cp(built, dist, { recursive: true })
  const setting = { dist, pairs, seconds, node: values.node }
  const machine = machineName()
  if (!json)
    console.log(
      `${machine} as this begins: above the cores, trust processor time before throughput`,
    )
  const lines = []
  const skipped = []
  try {
    for (const name of only) {
      const [, measure] = rows[name]
      for (const line of await measure(setting)) {
        const isSkipped = 'skipped' in line
        ;(isSkipped ? skipped : lines).push(line)
        if (!json) console.log(isSkipped ? toldSkipped(line) : told(line))
      }
    }
  } finally {
    await rm(dist, { recursive: true })
  }
  return { pairs, seconds, only, machine, lines, skipped }
}

function machineName() {
  const { version, platform, arch } = process
  const cores = `${availableParallelism()} cores (${cpus()[0]?.model ?? 'of unknown make'})`
  const memory = `${Math.round(totalmem() / 2 ** 30)} GB`
  return `node ${version} on ${platform} ${arch}, ${cores}, ${memory}, load ${loadavg()[0].toFixed(1)}`
}

async function resultIn(file) {
  const { lines, ...rest } = JSON.parse(await readFile(file, 'utf8'))
  if (!Array.isArray(lines)) throw new Error(`${file} is no result of --json`)
  return { ...rest, lines }
}

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
