/**
 * Reads as much of a value as fits its contract: a bad field does not affect other fields, a bad item of a list does not
 * affect other items. Whatever the contract does not know is kept.
 */
import { z } from 'zod'
import { isObject } from '../../contracts/declaration/json.ts'
import { type Path, typeOf, type UnplacedDrift } from './drift.ts'

/** A value any part of which may be missing, and whose enum members may have other values. */
export type Partially<T> = T extends string
  ? string extends T
    ? T
    : T | (string & {})
  : T extends readonly (infer Item)[]
    ? readonly Partially<Item>[]
    : T extends object
      ? { readonly [K in keyof T]?: Partially<T[K]> | undefined }
      : T

export interface ReadValue<T> {
  /** Undefined if nothing fits. */
  readonly value: Partially<T> | undefined
  /** Each place where the value differs from the schema. */
  readonly found: readonly UnplacedDrift[]
}

/** `at` is the path of the value within the whole answer. */
export function readBySchema<S extends z.ZodType>(
  schema: S,
  raw: unknown,
  at: Path = [],
): ReadValue<z.output<S>> {
  const found: UnplacedDrift[] = []
  // What `take` keeps has the schema's JSON type in each place, which is all that `Partially` promises.
  return { value: take(schema, raw, at, found) as Partially<z.output<S>> | undefined, found }
}

function take(schema: z.ZodType, raw: unknown, path: Path, found: UnplacedDrift[]): unknown {
  const parsed = schema.safeParse(raw)
  if (parsed.success) return withUnknown(raw, parsed.data, path, found)
  const kind = unwrapped(schema)
  if (kind instanceof z.ZodUnion && typeof raw === 'object') {
    const near = kind.options.map(unwrapped).find((option) => isSameType(option, raw))
    if (near !== undefined) return take(near, raw, path, found)
  }
  const before = found.length
  const parts = partsOf(kind, raw, path, found)
  if (parts !== undefined && found.length > before) return parts
  const [issue] = parsed.error.issues
  found.push({ kind: 'differs', path, expected: expectedBy(kind, issue), seen: typeOf(raw) })
  return parts ?? (isSameType(kind, raw) ? raw : undefined)
}

/** Reads part by part; undefined if the value has no parts, or not those of the schema. */
function partsOf(schema: z.ZodType, raw: unknown, path: Path, found: UnplacedDrift[]): unknown {
  if (schema instanceof z.ZodArray && Array.isArray(raw)) {
    const { element } = schema
    if (!(element instanceof z.ZodType)) return undefined
    return raw.flatMap((item: unknown, index) => {
      const taken = take(element, item, [...path, index], found)
      return taken === undefined ? [] : [taken]
    })
  }
  if (schema instanceof z.ZodObject && isObject(raw)) return fieldsOf(schema, raw, path, found)
  return undefined
}

function fieldsOf(
  schema: z.ZodObject,
  raw: Readonly<Record<string, unknown>>,
  path: Path,
  found: UnplacedDrift[],
): Record<string, unknown> {
  const shape: Readonly<Record<string, z.ZodType>> = schema.shape
  const taken: Record<string, unknown> = {}
  for (const [name, item] of Object.entries(raw)) {
    const field = Object.hasOwn(shape, name) ? shape[name] : undefined
    const at = [...path, name]
    if (field === undefined && schema.def.catchall === undefined) found.push(unknownAt(at, item))
    const value = field === undefined ? item : take(field, item, at, found)
    if (value !== undefined) taken[name] = value
  }
  for (const [name, field] of Object.entries(shape)) {
    if (Object.hasOwn(raw, name)) continue
    const value = take(field, undefined, [...path, name], found)
    if (value !== undefined) taken[name] = value
  }
  return taken
}

/** The parsed value plus every field of the raw value that parsing dropped. */
function withUnknown(raw: unknown, parsed: unknown, path: Path, found: UnplacedDrift[]): unknown {
  if (Array.isArray(raw) && Array.isArray(parsed)) {
    return parsed.map((item, index) => withUnknown(raw[index], item, [...path, index], found))
  }
  if (!isObject(raw) || !isObject(parsed)) return parsed
  const merged: Record<string, unknown> = { ...parsed }
  for (const [name, value] of Object.entries(raw)) {
    const at = [...path, name]
    const isKnown = Object.hasOwn(parsed, name)
    merged[name] = isKnown ? withUnknown(value, parsed[name], at, found) : value
    if (!isKnown) found.push(unknownAt(at, value))
  }
  return merged
}

function unknownAt(path: Path, value: unknown): UnplacedDrift {
  return { kind: 'unknown_field', path, expected: 'no such field', seen: typeOf(value) }
}

function unwrapped(schema: unknown): z.ZodType {
  if (
    schema instanceof z.ZodOptional ||
    schema instanceof z.ZodNullable ||
    schema instanceof z.ZodDefault
  ) {
    return unwrapped(schema.unwrap())
  }
  return schema instanceof z.ZodType ? schema : z.unknown()
}

/** Whether the value has the schema's JSON type: it is then useful even if it has another form. */
function isSameType(schema: z.ZodType, raw: unknown): boolean {
  return typesOf(schema).includes(typeOf(raw))
}

function typesOf(schema: z.ZodType): readonly string[] {
  if (!(schema instanceof z.ZodUnion)) return [jsonTypeOf(schema)].filter(isText)
  return [...new Set(schema.options.flatMap((option) => typesOf(unwrapped(option))))]
}

const isText = (text: string | undefined) => text !== undefined

function jsonTypeOf(schema: z.ZodType): string | undefined {
  if (schema instanceof z.ZodLiteral) return typeOf([...schema.values][0])
  const types: Readonly<Partial<Record<z.ZodType['def']['type'], string>>> = {
    string: 'string',
    enum: 'string',
    number: 'number',
    boolean: 'boolean',
    object: 'object',
    record: 'object',
    array: 'array',
    // Policy rules are the only custom schemas.
    custom: 'object',
  }
  return types[schema.def.type]
}

function expectedBy(schema: z.ZodType, issue: z.core.$ZodIssue | undefined): string {
  const type = typesOf(schema).join(' or ') || 'what the contract says'
  if (issue === undefined || issue.path.length > 0 || issue.code === 'invalid_union') return type
  if (issue.code === 'invalid_type') return issue.expected
  if (issue.code === 'invalid_value') return `one of ${issue.values.map(String).join(', ')}`
  if (issue.code === 'invalid_format' && issue.format !== 'regex') return `a ${issue.format}`
  return `${type} (${issue.message.replace(/^must be /, '')})`
}
