/** The order and filters of the list of applications. */
import type { applications as contract } from '../../contracts/api/applications.ts'
import type { QueryOf } from '../../contracts/declaration/endpoint.ts'
import { perRow } from '../state/per-row.ts'
import type { ApplicationRow } from '../state/rows.ts'
import { hostsOf } from '../state/state.ts'
import { contains } from './filters.ts'

/** Newest first, even within the same second. Cached: a table returns the same list until it changes. */
export const newestFirst = perRow((rows: readonly ApplicationRow[]): readonly ApplicationRow[] =>
  rows.toReversed().sort((a, b) => compare(b.created_at, a.created_at)),
)

function compare(a: string, b: string): number {
  return a === b ? 0 : a < b ? -1 : 1
}

type ListQuery = QueryOf<(typeof contract)['operations']['list']>

/** With `exact`, `name` and `domain` must match completely; by default, in part (api-list-filters). */
export function isShown(row: ApplicationRow, query: ListQuery): boolean {
  const fits = (text: string | null | undefined, wanted: string | undefined) =>
    query.exact && wanted !== undefined ? text === wanted : contains(text, wanted)
  const isInDomain = () => [row.domain, ...hostsOf(row)].some((uri) => fits(uri, query.domain))
  if (!fits(row.name, query.name)) return false
  if (query.domain !== undefined && !isInDomain()) return false
  if (query.aud !== undefined && row.aud !== query.aud) return false
  return [row.name, row.domain, row.aud].some((text) => contains(text, query.search))
}
