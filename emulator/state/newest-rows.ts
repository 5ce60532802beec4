/** Tables of what comes and goes by itself: only their newest rows are kept. */
import type { Rows } from './rows.ts'
import type { Change, State } from './state.ts'

type Bounded = 'logins' | 'login_origins' | 'pending_logins' | 'transfers'
type NewestRow = { [N in Bounded]: { readonly table: N; readonly put: Rows[N] } }[Bounded]

/** Adds a row, or replaces the one with its key. As many of the oldest are dropped as are too many then. */
export function putNewest(
  { tables }: Pick<State, 'tables'>,
  put: NewestRow,
  mostKept = 1000,
): Change[] {
  const table = tables[put.table]
  const isNew = table.get(put.put.id) === undefined
  const tooMany = table.size + (isNew ? 1 : 0) - mostKept
  if (tooMany <= 0) return [put]
  const rows: readonly { readonly id: string }[] = table.all()
  const dropped = rows.slice(0, tooMany).map(({ id }) => ({ table: put.table, delete: id }))
  return [put, ...dropped]
}
