/** An object in a seed: its body plus the other fields of an answer, so that an import keeps ids and timestamps. */
import { z } from 'zod'
import type { Stored } from './declaration.ts'

/** The body plus all server-generated fields, which are optional. */
export function withServerFields<B extends z.ZodObject>(
  { entity, derived = [] }: Pick<Stored, 'entity' | 'derived'>,
  body: B,
): B {
  const own = Object.entries<z.ZodType>(entity().shape).filter(
    ([name]) => !Object.hasOwn(body.shape, name) && !derived.includes(name),
  )
  const fields = Object.fromEntries(own.map(([name, field]) => [name, z.optional(field)]))
  // A loose body accepts these fields anyway; this only validates their form.
  return body.extend(fields) as unknown as B
}

export function seedItemOf(declared: Stored): z.ZodType {
  return declared.seedItem?.() ?? withServerFields(declared, declared.body())
}
