/** Bodies of new objects, for cases and tests that create one of every resource. */

import type { Fresh } from '../declaration/declaration.ts'
import { type Creatable, isCreatable } from '../declaration/resource.ts'
import { collections } from './operations.ts'

/** Every resource of which the API can create and delete objects. */
export const creatables: readonly Creatable[] = collections.filter(isCreatable)

/** @throws Error if there is none */
export function creatable(wanted: string): Creatable {
  const found = creatables.find(({ name }) => name === wanted)
  if (found === undefined) throw new Error(`there is no resource ${wanted} that can be created`)
  return found
}

/** A body from which one can be created. `create` makes an object that the body names, and resolves to its key. */
export async function newBody(
  { lifeCycle }: Creatable,
  fresh: Fresh,
  create: (named: Creatable) => Promise<string>,
): Promise<Readonly<Record<string, unknown>>> {
  const keys: Record<string, string> = {}
  for (const [field, name] of Object.entries(lifeCycle.names ?? {})) {
    keys[field] = await create(creatable(name))
  }
  return { ...lifeCycle.body(fresh), ...keys }
}
