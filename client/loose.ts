/** Reads an answer by its schema without losing what the schema does not know. */
import type { z } from 'zod'
import { isObject } from '../contracts/json.ts'

export interface Loose {
  readonly value: unknown
  /** Paths of the fields that the schema does not know, such as `policies[].new_field`, each once. */
  readonly unknown: readonly string[]
}

/** The value in the schema's types, unknown fields kept, or the problems. */
export function parseLoosely(
  schema: z.ZodType,
  raw: unknown,
): Loose | { readonly problems: readonly string[] } {
  const parsed = schema.safeParse(raw)
  if (!parsed.success) return { problems: parsed.error.issues.map(problemOf) }
  const unknown = new Set<string>()
  return { value: merge(raw, parsed.data, '', unknown), unknown: [...unknown] }
}

function problemOf({ path, message }: z.core.$ZodIssue): string {
  return `${path.join('.') || '(whole)'}: ${message}`
}

/** The parsed value, with every field of the raw one that parsing dropped. */
function merge(raw: unknown, parsed: unknown, path: string, unknown: Set<string>): unknown {
  if (Array.isArray(raw) && Array.isArray(parsed)) {
    return parsed.map((item, index) => merge(raw[index], item, `${path}[]`, unknown))
  }
  if (!isObject(raw) || !isObject(parsed)) return parsed
  const merged: Record<string, unknown> = { ...parsed }
  for (const [name, value] of Object.entries(raw)) {
    const at = path === '' ? name : `${path}.${name}`
    if (Object.hasOwn(parsed, name)) {
      merged[name] = merge(value, parsed[name], at, unknown)
    } else {
      merged[name] = value
      unknown.add(at)
    }
  }
  return merged
}
