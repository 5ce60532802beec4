/** Where an answer of the API is not what its contract says: what was expected, and what was seen instead. */

export interface Drift {
  /** The operation that was asked, or the file that its answer was saved in. */
  readonly operation: string
  /**
   * `unknown_field`, `unknown_status`: more than the contract says, which breaks nothing.
   * `differs`: a part that cannot be taken as the contract says.
   */
  readonly kind: 'unknown_field' | 'unknown_status' | 'differs'
  /** Of the first one: `result[3].policies[0].decision`, `result_info`, `status`, or `body` for all of it. */
  readonly path: string
  /** In words. */
  readonly expected: string
  /** The type of what was there, never its value. */
  readonly seen: string
  /** How many places differ alike: the same field in several items of a list. */
  readonly times: number
  readonly ray?: string
}

export type Path = readonly PropertyKey[]
export type UnplacedDrift = Pick<Drift, 'kind' | 'expected' | 'seen'> & { readonly path: Path }

/** Places that differ alike, told once with their number. */
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

/** Whether something could not be taken as the contract says; a field more is no loss. */
export function differs({ kind }: Drift): boolean {
  return kind === 'differs'
}

/** `applications.list: result[0].name: expected string, seen number (in 3 places)`. */
export function driftWords({ operation, kind, path, expected, seen, times, ray }: Drift): string {
  const often = times === 1 ? '' : ` (in ${times} places)`
  const where = ray === undefined ? '' : ` (ray ${ray})`
  const differs = `expected ${expected}, seen ${seen}`
  const says = kind === 'unknown_field' ? `the contract has no such field, seen ${seen}` : differs
  return `${operation}: ${path}: ${says}${often}${where}`
}

/** The type of a value as JSON has it. */
export function typeOf(value: unknown): string {
  if (value === undefined) return 'nothing'
  if (value === null) return 'null'
  return Array.isArray(value) ? 'array' : typeof value
}
