/** The only way a case fails: what was expected and what is there, side by side. */
import { isDeepStrictEqual } from 'node:util'
import type { z } from 'zod'
import { type Path, pathText } from '../api/drift.ts'
import { readBySchema } from '../api/reading.ts'

/** An answer that differs from what a case says. `expected` and `actual` are what a test runner shows as a diff. */
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

/** The parts of an object that are named. */
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

/** The value in the schema's types. */
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
