/** Drift: where an API answer differs from its contract, with what was expected and what was seen instead. */

/** A difference between an API answer and its contract. */
export interface Drift {
  /** The operation, or the file that holds its saved answer. */
  readonly operation: string
  /**
   * `unknown_field`, `unknown_status`: something that the contract does not mention, which is harmless.
   * `differs`: a part that does not fit the contract.
   */
  readonly kind: 'unknown_field' | 'unknown_status' | 'differs'
  /** Path of the first occurrence: `result[3].policies[0].decision`, `result_info`, `status`, or `body` for all of it. */
  readonly path: string
  /** In words. */
  readonly expected: string
  /** The type of the actual value, never the value itself. */
  readonly seen: string
  /** How many places differ in the same way, such as one field in several items of a list. */
  readonly times: number
  readonly ray?: string
}

export type Path = readonly PropertyKey[]
export type UnplacedDrift = Pick<Drift, 'kind' | 'expected' | 'seen'> & { readonly path: Path }

/** Merges identical differences in several places into one with a count. */
export function gathered(
  found: readonly UnplacedDrift[],
  from: { readonly operation: string; readonly ray?: string | undefined },
): readonly Drift[] {
  const all = new Map<string, Drift>()
  const { operation, ray } = from
  for (const { path, ...each } of found) {
    const key = JSON.stringify([each, anyItem(pathText(path))])
    const times = (all.get(key)?.times ?? 0) + 1
    const first = all.get(key)?.path ?? pathText(path)
    all.set(key, {
      operation,
      ...each,
      path: first,
      times,
      ...(ray === undefined ? {} : { ray }),
    })
  }
  return [...all.values()]
}

/** `result[].policies[].decision`: the place in every item. */
export function anyItem(path: string): string {
  return path.replaceAll(/\[\d+\]/g, '[]')
}

/** `result[3].policies[0].decision`. */
export function pathText(path: Path): string {
  return path.reduce<string>((text, key) => {
    if (typeof key === 'number') return `${text}[${key}]`
    const name = String(key)
    if (!/^[A-Za-z_][\w-]*$/.test(name)) return `${text}[${JSON.stringify(name)}]`
    return text === '' ? name : `${text}.${name}`
  }, '')
}

/** Whether it is a real difference; unknown fields and statuses are harmless. */
export function differs({ kind }: Drift): boolean {
  return kind === 'differs'
}

/** `applications.list: result[0].name: expected string, got number (in 3 places)`. */
export function driftWords({ operation, kind, path, expected, seen, times, ray }: Drift): string {
  const often = times === 1 ? '' : ` (in ${times} places)`
  const where = ray === undefined ? '' : ` (ray ${ray})`
  const differs = `expected ${expected}, got ${seen}`
  const says = kind === 'unknown_field' ? `unknown field of type ${seen}` : differs
  return `${operation}: ${path}: ${says}${often}${where}`
}

/** The JSON type of a value. */
export function typeOf(value: unknown): string {
  if (value === undefined) return 'nothing'
  if (value === null) return 'null'
  return Array.isArray(value) ? 'array' : typeof value
}
