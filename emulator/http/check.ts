/** Validates results against the contract: known fields must match it, unknown ones must come from the row's `extra`. */
import { z } from 'zod'
import { isRecordedDetail } from '../../contracts/api/details.ts'
import { isKnownToFit, noteFit } from './lasting.ts'

const extraKeys = Symbol('keys that came with a request and that no contract names')

/** Adds the fields of `extra` to an entity; the contract's own fields take precedence. */
export function withExtra<T extends object>(known: T, extra: Readonly<Record<string, unknown>>): T {
  const names = Object.keys(extra)
  if (names.length === 0) return known
  const entity = { ...extra, ...known }
  Object.defineProperty(entity, extraKeys, { value: names })
  return entity
}

/** The same without some of its fields; what it echoes stays known. */
export function withoutFields<T extends object>(entity: T, names: readonly string[]): T {
  if (names.length === 0) return entity
  const own: PropertyDescriptorMap = Object.getOwnPropertyDescriptors(entity)
  for (const name of names) delete own[name]
  return Object.defineProperties({}, own) as T
}

/** The fields of a parsed body that are in none of the schemas: that of the body, and that of the answer. */
export function extraOf(
  body: Readonly<Record<string, unknown>>,
  schemas: readonly z.ZodType[],
): Record<string, unknown> {
  const shapes = schemas.map((schema) => shapeOf(schema) ?? {})
  const unknown = Object.entries(body).filter(
    ([name]) => name !== '__proto__' && !shapes.some((shape) => Object.hasOwn(shape, name)),
  )
  return Object.fromEntries(unknown)
}

/** The declared keys of a type, without the index signature of a loose schema. */
export type KnownKeys<T> = { [K in keyof T as string extends K ? never : K]: T[K] }

/** The fields of a parsed body that its schema declares. */
export function knownOf<S extends z.ZodObject>(
  body: z.output<S>,
  schema: S,
): KnownKeys<z.output<S>> {
  const known = Object.entries(body).filter(([name]) => Object.hasOwn(schema.shape, name))
  return Object.fromEntries(known) as KnownKeys<z.output<S>>
}

/** How a value breaks the contract, in one line; undefined if it does not. */
export function contractBreach(value: unknown, schema: z.ZodType): string | undefined {
  if (isKnownToFit(value, schema)) return undefined
  const parsed = schema.safeParse(value)
  if (!parsed.success) return firstIssue(parsed.error)
  const breach = undeclaredKey(value, schema)
  if (breach === undefined) noteFit(value, schema)
  return breach
}

function undeclaredKey(value: unknown, schema: z.ZodType): string | undefined {
  if (Array.isArray(value) && schema instanceof z.ZodArray) {
    for (const item of value) {
      const breach = undeclaredKey(item, schema.element as z.ZodType)
      if (breach !== undefined) return breach
    }
    return undefined
  }
  const shape = shapeOf(schema)
  if (shape === undefined || typeof value !== 'object' || value === null) return undefined
  const extra = (value as { [extraKeys]?: readonly string[] })[extraKeys] ?? []
  const stray = Object.keys(value).find(
    (name) => !Object.hasOwn(shape, name) && !extra.includes(name),
  )
  return stray === undefined ? undefined : `${stray}: not in the contract`
}

/** The fields of an object schema; undefined for other schemas. */
function shapeOf(schema: z.ZodType): z.ZodRawShape | undefined {
  const inner = schema instanceof z.ZodOptional ? (schema.unwrap() as z.ZodType) : schema
  return inner instanceof z.ZodObject ? inner.shape : undefined
}

/** The first issue in plain words, such as `domain: must be a string`. */
export function firstIssue(error: z.ZodError): string {
  const [issue] = error.issues
  if (issue === undefined) return 'not valid'
  const path = issue.path.map(String).join('.')
  return path === '' || isRecordedDetail(issue.message)
    ? issue.message
    : `${path}: ${issue.message}`
}
