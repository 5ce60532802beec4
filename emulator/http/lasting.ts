/** Answers that are reused: deeply frozen, so that each is validated against its contract and turned into JSON only once. */
import { z } from 'zod'

const lasting = new WeakSet<object>()
const fitting = new WeakMap<z.ZodType, WeakSet<object>>()

/** The most characters of JSON to keep; beyond that, all of it is made again. */
const mostKept = 2 ** 24
let texts = new WeakMap<object, string>()
let kept = 0

/** The JSON of an answer, kept with it if it is lasting. */
export function jsonOf(answer: unknown): string {
  if (Array.isArray(answer)) return `[${answer.map(jsonOf).join(',')}]`
  if (typeof answer !== 'object' || answer === null || !lasting.has(answer)) {
    return JSON.stringify(answer) ?? 'null'
  }
  const known = texts.get(answer)
  if (known !== undefined) return known
  const text = JSON.stringify(answer)
  kept += text.length
  if (kept > mostKept) {
    texts = new WeakMap()
    kept = text.length
  }
  texts.set(answer, text)
  return text
}

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
