/** Writes that give parts of an object: PATCH, and a few PUTs. */

/** What stays of a row: all but what the body resets by null, which returns to its default. Nothing required is ever reset. */
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
