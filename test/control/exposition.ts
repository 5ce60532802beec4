/** A strict reader of the text format of Prometheus, version 0.0.4: what it does not know, it refuses. */

export interface Sample {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

export interface Family {
  readonly name: string
  readonly help: string
  readonly type: 'counter' | 'gauge' | 'histogram' | 'summary' | 'untyped'
  readonly samples: readonly Sample[]
}

const help = /^# HELP ([a-zA-Z_:][a-zA-Z0-9_:]*) (.+)$/
const type = /^# TYPE ([a-zA-Z_:][a-zA-Z0-9_:]*) (counter|gauge|histogram|summary|untyped)$/
const sample = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)$/
const label = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\[\\n"])*)"(?:,|$)/y
// As Go reads a number, and so Prometheus: NaN in any case.
const number = /^(?:[+-]?Inf|[Nn][Aa][Nn]|[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)$/

/** @throws Error that names the first line that is not valid */
export function readExposition(text: string): Map<string, Family> {
  if (!text.endsWith('\n')) throw new Error('The last line has no end.')
  const families = new Map<string, Family & { readonly samples: Sample[] }>()
  let about: { readonly name: string; readonly help: string } | undefined
  let current: (Family & { readonly samples: Sample[] }) | undefined
  for (const line of text.slice(0, -1).split('\n')) {
    if (line === '') continue
    const refuse = (why: string): never => {
      throw new Error(`${why}: ${line}`)
    }
    const [, helped, words = ''] = help.exec(line) ?? []
    const [, typed, kind] = type.exec(line) ?? []
    if (helped !== undefined) about = { name: helped, help: words }
    else if (typed !== undefined) {
      if (families.has(typed)) refuse('A second family of this name')
      if (about?.name !== typed) refuse('A type without its help before it')
      current = { name: typed, help: about?.help ?? '', type: kind as Family['type'], samples: [] }
      families.set(typed, current)
    } else if (line.startsWith('#')) refuse('Neither HELP nor TYPE')
    else {
      const read = sampleOf(line) ?? refuse('Not a sample')
      if (current === undefined || !belongs(read.name, current)) refuse('Not of its family')
      if (current?.samples.some((each) => isSame(each, read))) refuse('Twice')
      current?.samples.push(read)
    }
  }
  for (const family of families.values()) if (family.type === 'histogram') checkHistogram(family)
  return families
}

function sampleOf(line: string): Sample | undefined {
  const [, name = '', inside = '', value = ''] = sample.exec(line) ?? []
  if (!number.test(value)) return undefined
  const labels: Record<string, string> = {}
  label.lastIndex = 0
  while (label.lastIndex < inside.length) {
    const [, key, text = ''] = label.exec(inside) ?? []
    if (key === undefined || key in labels) return undefined
    labels[key] = text
  }
  return { name, labels, value: Number(value.replace('Inf', 'Infinity')) }
}

function belongs(name: string, { name: family, type }: Family): boolean {
  if (type !== 'histogram') return name === family
  return ['_bucket', '_sum', '_count'].some((end) => name === family + end)
}

function isSame(one: Sample, other: Sample): boolean {
  return one.name === other.name && keyOf(one.labels) === keyOf(other.labels)
}

function keyOf(labels: Readonly<Record<string, string>>): string {
  return JSON.stringify(Object.entries(labels).sort())
}

/** Buckets grow, and the last has everything that was counted. */
function checkHistogram({ name, samples }: Family): void {
  const counts = samples.filter((each) => each.name === `${name}_count`)
  for (const { labels, value } of counts) {
    const own = samples.filter(({ name: each, labels: { le: _, ...others } }) => {
      return each === `${name}_bucket` && keyOf(others) === keyOf(labels)
    })
    const bounds = own.map(({ labels: { le = '' } }) => Number(le.replace('+Inf', 'Infinity')))
    const isSorted = bounds.every((bound, index) => index === 0 || bound > (bounds[index - 1] ?? 0))
    const grows = own.every(
      (each, index) => index === 0 || each.value >= (own[index - 1]?.value ?? 0),
    )
    const isWhole = bounds.at(-1) === Number.POSITIVE_INFINITY && own.at(-1)?.value === value
    if (!isSorted || !grows || !isWhole) throw new Error(`The buckets of ${name} are not valid.`)
  }
}
