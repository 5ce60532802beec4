/** Filters and order of the list of DNS records (the official client, dns/records). Text comparison ignores case. */
import type { dnsRecords as contract } from '../../contracts/api/dns-records.ts'
import type { QueryOf } from '../../contracts/declaration/endpoint.ts'
import type { DnsRecordRow } from '../state/rows.ts'
import { contains } from './filters.ts'

type DnsQuery = QueryOf<(typeof contract)['operations']['list']>
type Matches = readonly boolean[]

const comparisons: Readonly<Record<string, (text: string, wanted: string) => boolean>> = {
  exact: (text, wanted) => text === wanted,
  contains: (text, wanted) => text.includes(wanted),
  startswith: (text, wanted) => text.startsWith(wanted),
  endswith: (text, wanted) => text.endsWith(wanted),
}

/** The operators for a field in the query, with their operands. */
function asked(query: DnsQuery, field: string): (readonly [operator: string, wanted: string])[] {
  return Object.entries(query).flatMap(([name, wanted]) => {
    if (typeof wanted !== 'string') return []
    if (name === field) return [['exact', wanted.toLowerCase()] as const]
    return name.startsWith(`${field}.`)
      ? [[name.slice(field.length + 1), wanted.toLowerCase()] as const]
      : []
  })
}

function textAnswers(query: DnsQuery, field: string, text: string | null): Matches {
  return asked(query, field).map(([operator, wanted]) => {
    if (operator === 'present') return text !== null
    if (operator === 'absent') return text === null
    return text !== null && comparisons[operator]?.(text.toLowerCase(), wanted) === true
  })
}

/** A tag is `name:value`; `present` and `absent` take only a name. */
function tagAnswers(query: DnsQuery, tags: readonly string[]): Matches {
  const pairs = tags.map(pairOf)
  return asked(query, 'tag').map(([operator, wanted]) => {
    if (operator === 'present') return pairs.some(([name]) => name === wanted)
    if (operator === 'absent') return pairs.every(([name]) => name !== wanted)
    const [wantedName, wantedValue] = pairOf(wanted)
    return pairs.some(
      ([name, value]) =>
        name === wantedName && comparisons[operator]?.(value, wantedValue) === true,
    )
  })
}

function pairOf(tag: string): readonly [name: string, value: string] {
  const [name = '', ...value] = tag.toLowerCase().split(':')
  return [name, value.join(':')]
}

const joined = (answers: Matches, match: 'any' | 'all' | undefined): boolean =>
  match === 'any' ? answers.some(Boolean) : answers.every(Boolean)

/** `match` combines all filters; `tag_match` first combines those on tags into one. `search` is independent of both. */
export function isShown(row: DnsRecordRow, query: DnsQuery): boolean {
  const tags = tagAnswers(query, row.tags)
  const answers = [
    ...(query.type === undefined ? [] : [row.type === query.type]),
    ...(query.proxied === undefined ? [] : [row.proxied === query.proxied]),
    ...textAnswers(query, 'name', row.name),
    ...textAnswers(query, 'content', row.content),
    ...textAnswers(query, 'comment', row.comment),
    ...(tags.length === 0 ? [] : [joined(tags, query.tag_match)]),
  ]
  const everyField = [row.name, row.type, row.content, row.comment ?? '', ...row.tags].join('\n')
  return (
    contains(everyField, query.search) && (answers.length === 0 || joined(answers, query.match))
  )
}

/** Without `order`, in order of creation (api-dns-record-choices). */
export function inOrder(
  rows: readonly DnsRecordRow[],
  { order, direction }: DnsQuery,
): readonly DnsRecordRow[] {
  const sorted = order === undefined ? rows : rows.toSorted((a, b) => compare(a[order], b[order]))
  return direction === 'desc' ? sorted.toReversed() : sorted
}

function compare<T extends string | number | boolean>(a: T, b: T): number {
  if (a === b) return 0
  return a < b ? -1 : 1
}
