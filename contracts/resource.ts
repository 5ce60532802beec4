/**
 * A resource of the API, declared once. Its operations and routes, rows and table, typed client, section of a seed,
 * import, contract cases, sweep and pages follow from the declaration.
 */
import type { z } from 'zod'
import type { Declaration, SingleDeclaration, Stored } from './declaration.ts'
import type { Endpoint, EndpointGroup } from './endpoint.ts'
import { fiveOperations } from './five-operations.ts'

type Operations = Readonly<Record<'list' | 'get' | 'create' | 'replace' | 'delete', Endpoint>>

/** A declared resource with the five operations, whichever it is. */
export type Resource = Declaration & { readonly operations: Operations }

/** A declared object that an account has once. */
export type Single = SingleDeclaration & { readonly operations: EndpointGroup }

/** Whether it is kept in a zone, and not in the account alone. */
export function isInZone(each: Resource | Single): boolean {
  return 'scope' in each && each.scope === 'zone'
}

/** Whether an account has any number of them. */
export function isCollection<T extends Resource | Single>(each: T): each is T & Resource {
  return 'lifeCycle' in each
}

/** What one of them is called, without an article: `tag`. */
export function nounOf({ noun, one }: Pick<Stored, 'noun' | 'one'>): string {
  return noun ?? one.replace(/^an? /, '')
}

type FieldOf<D extends Stored> = keyof z.output<ReturnType<D['entity']>> & string

/** A member that no declaration has, or a field that the entity lacks, does not compile. */
type Checked<D extends Stored, Members> = D & {
  readonly [K in Exclude<keyof D, keyof Members>]: never
} & {
  readonly derived?: readonly FieldOf<D>[]
  readonly labels?: readonly FieldOf<D>[]
  readonly key?: FieldOf<D>
  readonly searches?: Readonly<Record<string, FieldOf<D>>>
  readonly unique?: { readonly by: readonly FieldOf<D>[] }
}

/** The declaration with its operations. `extend` adds operations to the five, or changes what they answer. */
export function resource<
  const D extends Declaration,
  const O = ReturnType<typeof fiveOperations<D>>,
>(
  declared: Checked<D, Declaration>,
  extend?: (five: ReturnType<typeof fiveOperations<D>>) => O,
): D & { readonly operations: O } {
  const five = fiveOperations<D>(declared)
  // Without `extend` the operations are the five, which is what `O` is then.
  return { ...declared, operations: extend?.(five) ?? (five as unknown as O) }
}

export function single<const D extends SingleDeclaration, const O>(
  declared: Checked<D, SingleDeclaration>,
  operations: O,
): D & { readonly operations: O } {
  return { ...declared, operations }
}
