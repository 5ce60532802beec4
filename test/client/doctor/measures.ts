/** Measures over the confusion matrix, and the thresholds that must hold. */
import type { Input, Run } from './matrix.ts'

export interface Measure {
  readonly what: string
  /** A count, or `right of all (percent %)`, as printed on the page. */
  readonly reached: string
  /** `≥ 95 %`, `≤ 4`, or empty. */
  readonly bar: string
}

export function measuresOf(runs: readonly Run[]): readonly Measure[] {
  const of = (input: Input, wanted: Run['wanted']) =>
    runs.filter((run) => run.input === input && run.wanted === wanted)
  const healthy = runs.filter(({ wanted }) => wanted === 'healthy')
  const ill = runs.filter(({ wanted }) => wanted !== 'healthy')
  const byEdge = of('edge', 'class')
  const sizes = byEdge.map(({ reported }) => reported.length)
  const worlds = new Map(ill.map((run) => [`${run.profile} ${run.id} ${run.how}`, run.madeBy]))
  const madeByApi = [...worlds.values()].filter((madeBy) => madeBy === 'API').length
  const probes = runs.map((run) => run.probes).sort((a, b) => a - b)
  return [
    {
      what: 'exact cause with an API token, if the API or the edge can show it',
      reached: rightOf(of('api', 'exact')),
      bar: '≥ 95 %',
    },
    { what: 'right class with edge probes alone', reached: rightOf(byEdge), bar: '≥ 100 %' },
    {
      what: 'exact cause with the observed exchange, otherwise',
      reached: rightOf(of('exchange', 'exact')),
      bar: '≥ 95 %',
    },
    {
      what: 'right class with the observed exchange, if the edge or the API shows it too',
      reached: rightOf(of('exchange', 'class')),
      bar: '≥ 100 %',
    },
    {
      what: 'false alarms or undecided, on healthy configurations',
      reached: `${healthy.filter(({ isRight }) => !isRight).length} in ${healthy.length} runs`,
      bar: '≤ 0',
    },
    {
      what: 'kinds of healthy configurations',
      reached: String(new Set(healthy.map(({ id }) => id)).size),
      bar: '≥ 12',
    },
    {
      what: 'requests sent, median (maximum)',
      reached: `${probes[Math.floor(probes.length / 2)]} (${probes.at(-1)})`,
      bar: '≤ 4',
    },
    {
      what: 'causes in a class with edge probes, mean',
      reached: String(Math.round((10 * sum(sizes)) / sizes.length) / 10),
      bar: '',
    },
    {
      what: 'failures set up by API calls and time alone, without the mode switch',
      reached: share(madeByApi, worlds.size),
      bar: '≥ 50 %',
    },
  ]
}

/** Reads the measures back from a page. */
export function measuresOn(page: string): readonly Measure[] {
  const [, table = ''] = page.split('| --- | --- | --- |\n')
  const rows = table.slice(0, table.indexOf('\n\n')).split('\n')
  return rows.map((row) => {
    const [what = '', reached = '', bar = ''] = row.replace(/^\| /, '').split(/ \| | \|$/)
    return { what, reached, bar }
  })
}

export function isMet({ reached, bar }: Measure): boolean {
  const [, sign, wanted] = /^([≥≤]) (\d+)/.exec(bar) ?? []
  const got = Number.parseFloat(/\(([\d.]+) %\)/.exec(reached)?.[1] ?? reached)
  if (sign === undefined) return true
  return sign === '≥' ? got >= Number(wanted) : got <= Number(wanted)
}

function rightOf(runs: readonly Run[]): string {
  return share(runs.filter(({ isRight }) => isRight).length, runs.length)
}

/** Rounded down, so that 100 % means all. */
function share(right: number, of: number): string {
  return `${right} of ${of} (${Math.floor((1000 * right) / of) / 10} %)`
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((before, each) => before + each, 0)
}
