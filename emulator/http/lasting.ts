/** Answers that are reused: deeply frozen, so that each is validated against its contract only once. */
import { z } from 'zod'

const lasting = new WeakSet<object>()
const fitting = new WeakMap<z.ZodType, WeakSet<object>>()

/** Deeply freezes an answer, so that it cannot break a contract that it has been validated against. */
export function lastingAnswer<T extends object>(answer: T): T {
  freeze(answer)
  lasting.add(answer)
  return answer
}

function freeze(value: unknown): void {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return
  Object.freeze(value)
  for (const part of Object.values(value)) freeze(part)
}

/** Whether a value has been validated before. A list counts if all its items have, and the list itself has no checks. */
export function isKnownToFit(value: unknown, schema: z.ZodType): boolean {
  if (Array.isArray(value) && schema instanceof z.ZodArray) {
    const element = schema.element as z.ZodType
    return schema.def.checks === undefined && value.every((item) => isKnownToFit(item, element))
  }
  return typeof value === 'object' && value !== null && fitting.get(schema)?.has(value) === true
}

export function noteFit(value: unknown, schema: z.ZodType): void {
  if (Array.isArray(value) && schema instanceof z.ZodArray) {
    for (const item of value) noteFit(item, schema.element as z.ZodType)
    return
  }
  if (typeof value !== 'object' || value === null || !lasting.has(value)) return
  const known = fitting.get(schema) ?? new WeakSet()
  known.add(value)
  fitting.set(schema, known)
}
