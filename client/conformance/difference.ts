/** The only way a case fails: expected and actual, side by side. */
import { isDeepStrictEqual } from 'node:util'
import type { z } from 'zod'
import { type Path, pathText } from '../api/drift.ts'
import { readBySchema } from '../api/reading.ts'

/** An answer that differs from what a case expects. Test runners show `expected` and `actual` as a diff. */
export class Difference extends Error {
  override readonly name = 'Difference'
  readonly expected: unknown
  readonly actual: unknown

  constructor(what: string, expected: unknown, actual: unknown) {
    super(`${what}: expected ${shown(expected)}, got ${shown(actual)}`)
    this.expected = expected
    this.actual = actual
  }
}

function shown(value: unknown): string {
  const text = value instanceof RegExp ? String(value) : (JSON.stringify(value) ?? String(value))
  return text.length > 300 ? `${text.slice(0, 300)}…` : text
}

export function same(actual: unknown, expected: unknown, what: string): void {
  if (!isDeepStrictEqual(actual, expected)) throw new Difference(what, expected, actual)
}

export function fits(actual: unknown, expected: RegExp, what: string): asserts actual is string {
  if (typeof actual !== 'string' || !expected.test(actual)) {
    throw new Difference(what, expected, actual)
  }
}

/** Compares only the fields that `expected` names. */
export function holds(actual: unknown, expected: Readonly<Record<string, unknown>>, what: string) {
  const given = typeof actual === 'object' && actual !== null ? { ...actual } : {}
  const found: Record<string, unknown> = {}
  for (const key of Object.keys(expected)) found[key] = Reflect.get(given, key)
  same(found, expected, what)
}

export function present<T>(value: T | undefined | null, what: string): T {
  if (value === undefined || value === null) throw new Difference(what, 'to be there', value)
  return value
}

/** Parses the value by the schema. */
export function parsed<S extends z.ZodType>(
  schema: S,
  value: unknown,
  what: string,
  at: Path = [],
): z.output<S> {
  const problems = readBySchema(schema, value, at)
    .found.filter(({ kind }) => kind === 'differs')
    .map(({ path, expected, seen }) => `${pathText(path)}: expected ${expected}, got ${seen}`)
  if (problems.length > 0) throw new Difference(what, 'the shape of the contract', problems)
  return schema.parse(value)
}
