/** `npm run bench` with an earlier result: compared ratio by ratio, and written as a page. Nothing is measured here. */
import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, onTestFinished, test } from 'vitest'

const script = new URL('run.mjs', import.meta.url).pathname

interface Given {
  readonly what: string
  readonly ratio: readonly [min: number, median: number, max: number]
  readonly bar?: string
  readonly met?: boolean
}

function line({ what, ratio: [min, median, max], bar, met }: Given) {
  const judged = bar === undefined ? {} : { bar, met, by_percent: 20 }
  const [own, peer] = [median * 1000, 1000].map((rate) => ({ median: rate, min: rate, max: rate }))
  const ratio = { min, median, max }
  return {
    what,
    unit: '/s',
    own,
    peer: { name: 'Express', ...peer },
    ratio,
    pairs: 3,
    ...judged,
    notes: [],
  }
}

const now = {
  ...{ pairs: 3, seconds: 1, only: ['edge'], machine: 'node v20, 2 cores, load 0.1' },
  lines: [
    line({ what: 'edge', ratio: [0.5, 0.6, 0.7], bar: '>= 0.5x', met: true }),
    line({ what: 'exchange', ratio: [0.8, 0.8, 0.8], bar: '>= 1x', met: false }),
    { ...line({ what: 'a | b', ratio: [1, 1, 1] }), notes: ['hit rate 0.9'] },
  ],
  skipped: [{ what: 'durable', skipped: 'there is no SQLite' }],
}
const before = {
  ...{ pairs: 3, seconds: 1, machine: 'node v18, 8 cores, load 0.2' },
  lines: [
    line({ what: 'edge', ratio: [0.3, 0.4, 0.45] }),
    line({ what: 'exchange', ratio: [0.7, 1, 1.1] }),
    line({ what: 'start', ratio: [2, 2, 2] }),
  ],
}

async function bench(...flags: readonly string[]) {
  const folder = await mkdtemp(join(tmpdir(), 'bench-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  await writeFile(join(folder, 'now.json'), JSON.stringify(now))
  await writeFile(join(folder, 'before.json'), JSON.stringify(before))
  await writeFile(join(folder, 'other.json'), '{}')
  const result = await promisify(execFile)(process.execPath, [script, ...flags], { cwd: folder })
  return { ...result, written: (name: string) => readFile(join(folder, name), 'utf8') }
}

test('--compare prints the ratio of the ratios, and what only one of the results has', async () => {
  const { stdout } = await bench('--result', 'now.json', '--compare', 'before.json')
  expect(stdout).toBe(`1 of 2 bars met; missed:
  exchange: >= 1x, by 20 %
compared with: node v18, 8 cores, load 0.2
edge
  1.50x of before: 0.60x (0.50-0.70), was 0.40x (0.30-0.45)
exchange
  0.80x of before: 0.80x (0.80-0.80), was 1.00x (0.70-1.10), within the spread
a | b
  1.00x (1.00-1.00), not in the earlier result
start
  not measured now, was 2.00x (2.00-2.00)
`)
})

test('With --json, standard output stays JSON', async () => {
  const { stdout, stderr } = await bench(
    '--result',
    'now.json',
    '--compare',
    'before.json',
    '--json',
  )
  expect(JSON.parse(stdout)).toEqual(now)
  expect(stderr).toContain('1.50x of before')
})

test('--page writes the machine, the ratios with their spread, the bars, and what is missed', async () => {
  const { written } = await bench('--result', 'now.json', '--page', 'performance.md')
  const text = await written('performance.md')
  expect(text).toContain('Measured on node v20, 2 cores, load 0.1; 3 pairs, 1 s of load')
  expect(text).toContain(
    '| edge | 600 /s (600-600) | 1000 /s (1000-1000), Express | 0.60x (0.50-0.70) | >= 0.5x, met |',
  )
  expect(text).toContain('0.80x (0.80-0.80) | >= 1x, **missed** |')
  expect(text).toContain('| a \\| b |')
  expect(text).toContain(
    '## Missed\n\n- exchange: >= 1x, by 20 %\n\n## Not measured\n\n- durable: there is no SQLite\n\n## Notes\n\n- a | b: hit rate 0.9\n',
  )
})

test('--page has a table for each result, and what is missed of all', async () => {
  const { written } = await bench(
    ...['--result', 'now.json', '--result', 'before.json', '--page', 'performance.md'],
  )
  const text = await written('performance.md')
  const [, first, second] = text.split('Measured on ')
  expect(first).toMatch(/^node v20, 2 cores.*\| exchange \|/s)
  expect(second).toMatch(/^node v18, 8 cores.*\| start \|/s)
  expect(text.match(/^## Missed$/gm)).toHaveLength(1)
})

test('A file that is no result is refused before anything is measured', async () => {
  await expect(bench('--compare', 'other.json')).rejects.toThrow(
    'other.json is no result of --json',
  )
})
