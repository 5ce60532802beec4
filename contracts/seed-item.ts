/** One object in a seed: its body, and whatever else an answer has, so that an import keeps ids and times. */
import { z } from 'zod'
import type { Stored } from './declaration.ts'

/** The body with the fields that only a server writes, all of them optional. */
export function withServerFields<B extends z.ZodObject>(
  { entity, derived = [] }: Pick<Stored, 'entity' | 'derived'>,
  body: B,
): B {
  const own = Object.entries<z.ZodType>(entity().shape).filter(
    ([name]) => !Object.hasOwn(body.shape, name) && !derived.includes(name),
  )
  const fields = Object.fromEntries(own.map(([name, field]) => [name, z.optional(field)]))
  // What a loose body takes anyway: only its form is checked here.
  return body.extend(fields) as unknown as B
}

export function seedItemOf(declared: Stored): z.ZodType {
  return declared.seedItem?.() ?? withServerFields(declared, declared.body())
}
