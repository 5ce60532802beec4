/**
 * `null` in a write: an optional attribute that is null counts as absent, at any depth of the body. This is how a client
 * resets it to its default, as the official Terraform provider does with attributes removed from its configuration
 * (api-null-resets).
 */
import { z } from 'zod'
import { isObject } from './json.ts'

export interface Unset {
  /** The body without the nulls of optional attributes. */
  readonly value: unknown
  /** Top-level attributes that were null: in a partial update these return to their defaults. */
  readonly reset: ReadonlySet<string>
}

const none: ReadonlySet<string> = new Set()

/**
 * Interprets the nulls in a body by its schema. A null that the schema accepts is kept, and so is a null for a required
 * attribute, which is then refused. `whole` says what is required if `schema` accepts partial bodies. Attributes that no
 * schema names are optional.
 */
export function unsetNulls(value: unknown, schema: z.ZodType, whole = schema): Unset {
  if (!holdsNull(value)) return { value, reset: none }
  const read = cleared(value, schema)
  if (!isObject(value) || !isObject(read)) return { value: read, reset: none }
  const required = shapeOf(whole)
  const gone = Object.keys(value).filter((name) => !Object.hasOwn(read, name))
  const reset = gone.filter((name) => isUnset(required[name]))
  const kept = gone.filter((name) => !reset.includes(name)).map((name) => [name, null])
  return { value: { ...read, ...Object.fromEntries(kept) }, reset: new Set(reset) }
}

function holdsNull(value: unknown): boolean {
  if (typeof value !== 'object') return false
  return value === null || Object.values(value).some(holdsNull)
}

/** Whether null for an attribute with this schema means that it is absent. No schema: an unknown attribute. */
function isUnset(schema: z.ZodType | undefined): boolean {
  if (schema === undefined) return true
  return schema.safeParse(undefined).success && !schema.safeParse(null).success
}

function cleared(value: unknown, given: z.ZodType | undefined): unknown {
  if (value === null || !holdsNull(value)) return value
  const schema = given === undefined ? undefined : bare(given)
  if (Array.isArray(value)) {
    const element = schema instanceof z.ZodArray ? (schema.element as z.ZodType) : undefined
    return value.map((item) => cleared(item, element))
  }
  if (schema instanceof z.ZodUnion) return clearedByOne(value, schema.options as z.ZodType[])
  const fields = schema === undefined ? {} : shapeOf(schema)
  const kept = Object.entries(Object(value)).flatMap(([name, each]) => {
    const field = Object.hasOwn(fields, name) ? fields[name] : undefined
    return each === null && isUnset(field) ? [] : [[name, cleared(each, field)] as const]
  })
  return Object.fromEntries(kept)
}

/** By the first alternative that fits afterwards, or else the last. */
function clearedByOne(value: unknown, options: readonly z.ZodType[]): unknown {
  const read = options.map((option) => ({ option, value: cleared(value, option) }))
  const fitting = read.find(({ option, value: each }) => option.safeParse(each).success)
  return (fitting ?? read.at(-1))?.value
}

function shapeOf(schema: z.ZodType): Readonly<Record<string, z.ZodType>> {
  const inner = bare(schema)
  return inner instanceof z.ZodObject ? inner.shape : {}
}

function bare(schema: z.ZodType): z.ZodType {
  const isWrapped =
    schema instanceof z.ZodOptional ||
    schema instanceof z.ZodNullable ||
    schema instanceof z.ZodDefault
  return isWrapped ? bare(schema.unwrap() as z.ZodType) : schema
}
