/** Partial updates: PATCH, and a few PUTs. */

/** The row without the fields that the body resets with null, which return to their defaults. Required fields are never reset. */
export function keptOf<Row extends object>(
  row: Row,
  reset: ReadonlySet<string>,
  defaults: Readonly<Record<string, unknown>> = {},
): Row {
  if (reset.size === 0) return row
  const isReset = ([name]: readonly [string, unknown]) => reset.has(name)
  const stays = Object.entries(row).filter((entry) => !isReset(entry))
  return Object.fromEntries([...stays, ...Object.entries(defaults).filter(isReset)]) as Row
}
