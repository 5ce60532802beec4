/** A table: frozen rows by key, in insertion order, with declared indexes. */

export interface Table<Row, Index extends string = never> {
  readonly size: number
  /** What its rows weigh together; 0 where they are not weighed. */
  readonly weight: number
  /** Counts the changes. */
  readonly version: number
  get(key: string): Row | undefined
  /** The rows that the index `name` has under `value`. */
  by(name: Index, value: string): readonly Row[]
  all(): readonly Row[]
  put(row: Row): void
  delete(key: string): void
  clear(): void
}

/** Functions that return the values under which an index has a row: none, one or several. */
export type Indexes<Row> = Readonly<Record<string, (row: Row) => readonly string[]>>

export function createTable<Row extends object, Index extends string = never>(
  keyOf: (row: Row) => string,
  indexes: Indexes<Row> = {},
  weigh: (row: Row) => number = weightless,
): Table<Row, Index> {
  const rows = new Map<string, Row>()
  const filed = new Map<string, Map<string, Map<string, Row>>>()
  for (const name of Object.keys(indexes)) filed.set(name, new Map())
  let listed: readonly Row[] | undefined
  let version = 0
  let weight = 0

  const changed = () => {
    version += 1
    listed = undefined
  }

  const unfile = (key: string, row: Row) => {
    for (const [name, valuesOf] of Object.entries(indexes)) {
      for (const value of valuesOf(row)) {
        const entries = filed.get(name)?.get(value)
        entries?.delete(key)
        if (entries?.size === 0) filed.get(name)?.delete(value)
      }
    }
  }
  const file = (key: string, row: Row) => {
    for (const [name, valuesOf] of Object.entries(indexes)) {
      for (const value of valuesOf(row)) {
        const index = filed.get(name)
        const entries = index?.get(value)
        if (entries === undefined) index?.set(value, new Map([[key, row]]))
        else entries.set(key, row)
      }
    }
  }

  return {
    get size() {
      return rows.size
    },
    get weight() {
      return weight
    },
    get version() {
      return version
    },
    get: (key) => rows.get(key),
    by(name, value) {
      const entries = filed.get(name)?.get(value)
      return entries === undefined ? [] : [...entries.values()]
    },
    all() {
      listed ??= [...rows.values()]
      return listed
    },
    put(row) {
      const key = keyOf(row)
      const old = rows.get(key)
      if (old !== undefined) {
        unfile(key, old)
        weight -= weigh(old)
      }
      rows.set(key, Object.freeze(row))
      file(key, row)
      weight += weigh(row)
      changed()
    },
    delete(key) {
      const old = rows.get(key)
      if (old === undefined) return
      unfile(key, old)
      rows.delete(key)
      weight -= weigh(old)
      changed()
    },
    clear() {
      rows.clear()
      for (const index of filed.values()) index.clear()
      weight = 0
      changed()
    },
  }
}

function weightless(): number {
  return 0
}
