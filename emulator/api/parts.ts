/** Partial updates: PATCH, and a few PUTs. */
import type { Extra } from '../../contracts/declaration/row.ts'

/** A row without the fields that the body resets with null, which return to their defaults. Required fields are never reset. */
export function withoutReset<Row extends object>(
  row: Row,
  reset: ReadonlySet<string>,
  defaults: Extra = {},
): Row {
  if (reset.size === 0) return row
  const isReset = ([name]: readonly [string, unknown]) => reset.has(name)
  const stays = Object.entries(row).filter((entry) => !isReset(entry))
  return Object.fromEntries([...stays, ...Object.entries(defaults).filter(isReset)]) as Row
}

interface Given {
  readonly extra: Extra
  readonly reset: ReadonlySet<string>
}

/** What a partial update leaves of a row, with the unknown fields of both. */
export function keptOf<Row extends { readonly extra: Extra }>(
  row: Row,
  { extra, reset }: Given,
  defaults: Extra = {},
): Row {
  const kept = withoutReset(row, reset, defaults)
  return { ...kept, extra: { ...withoutReset(row.extra, reset), ...extra } }
}
