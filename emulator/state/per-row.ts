/** What follows from a row alone is worked out once: rows are frozen, and a changed row is another one. */
export function perRow<Row extends object, T>(derive: (row: Row) => T): (row: Row) => T {
  const known = new WeakMap<Row, { readonly value: T }>()
  return (row) => {
    const found = known.get(row)
    if (found !== undefined) return found.value
    const value = derive(row)
    known.set(row, { value })
    return value
  }
}
