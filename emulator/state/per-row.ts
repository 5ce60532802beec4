/**
 * Caches a value derived from a row and other rows. Rows are frozen, and a changed row is a new object, so the cache is always
 * valid. It keeps only the latest value per row.
 */
export function perRow<Row extends object, Others extends readonly object[], T>(
  derive: (row: Row, ...others: Others) => T,
): (row: Row, ...others: Others) => T {
  const known = new WeakMap<Row, { readonly others: Others; readonly value: T }>()
  return (row, ...others) => {
    const found = known.get(row)
    if (found !== undefined && areSame(found.others, others)) return found.value
    const value = derive(row, ...others)
    known.set(row, { others, value })
    return value
  }
}

function areSame(some: readonly object[], others: readonly object[]): boolean {
  return some.length === others.length && some.every((one, index) => one === others[index])
}
