/**
 * An API resource, declared once. Its operations and routes, rows and table, typed client, seed section, import, contract
 * cases, sweep and pages follow from the declaration.
 */
import type { z } from 'zod'
import type {
  Declaration,
  FiveOperation,
  LifeCycle,
  SingleDeclaration,
  Stored,
} from './declaration.ts'
import type { Endpoint, EndpointGroup } from './endpoint.ts'
import { type ExistingOf, fiveOperations } from './five-operations.ts'

/** Any declared resource; it has the operations `N`, and perhaps the others of the five. */
export type Resource<N extends FiveOperation = never> = Declaration & {
  readonly operations: { readonly [K in FiveOperation]?: Endpoint } & {
    readonly [K in N]: Endpoint
  }
}

/** One that the API can create and delete. */
export type Creatable = Resource<'create' | 'delete' | 'list'> & { readonly lifeCycle: LifeCycle }

/** A declared object of which an account has exactly one. */
export type Single = SingleDeclaration & { readonly operations: EndpointGroup }

/** Whether it belongs to a zone rather than to the account as a whole. */
export function isInZone(each: Resource | Single): boolean {
  return 'scope' in each && each.scope === 'zone'
}

/** Whether an account can have any number of them. */
export function isCollection<T extends Resource | Single>(each: T): each is T & Resource {
  return 'param' in each
}

/** Whether it has these operations. */
export function has<R extends Resource, N extends FiveOperation>(
  each: R,
  ...names: readonly N[]
): each is R & Resource<N> {
  return names.every((name) => each.operations[name] !== undefined)
}

/** Whether the API, and so a seed or a test, can create any number of them. */
export function isCreatable<T extends Resource | Single>(each: T): each is T & Creatable {
  return isCollection(each) && has(each, 'create', 'delete', 'list') && each.lifeCycle !== undefined
}

/** The noun without an article: `tag`. */
export function nounOf({ noun, one }: Pick<Stored, 'noun' | 'one'>): string {
  return noun ?? one.replace(/^an? /, '')
}

type FieldOf<D extends Stored> = keyof z.output<ReturnType<D['entity']>> & string

/** Unknown members, and fields that the entity does not have, fail to compile. */
type Checked<D extends Stored, Members> = D & {
  readonly [K in Exclude<keyof D, keyof Members>]: never
} & {
  readonly derived?: readonly FieldOf<D>[]
  readonly labels?: readonly FieldOf<D>[]
  readonly onlyGet?: readonly FieldOf<D>[]
  readonly key?: FieldOf<D>
  readonly searches?: Readonly<Record<string, FieldOf<D>>>
  readonly unique?: { readonly by: readonly FieldOf<D>[] }
}

/** Named, so that declarations of types refer to it instead of writing it out. */
export type WithFive<D extends Declaration> = D & { readonly operations: ExistingOf<D> }
export type Extended<D extends Declaration, O> = D & {
  readonly operations: Omit<ExistingOf<D>, keyof O> & O
}

/** Declares a resource and derives its operations. `extend` has further ones, and those that differ from the derived. */
export function resource<const D extends Declaration>(
  declared: Checked<D, Declaration>,
): WithFive<D>
export function resource<const D extends Declaration, const O>(
  declared: Checked<D, Declaration>,
  extend: (five: ExistingOf<D>) => O,
): Extended<D, O>
export function resource<const D extends Declaration>(
  declared: Checked<D, Declaration>,
  extend: (five: ExistingOf<D>) => object = () => ({}),
): Declaration & { readonly operations: object } {
  const five = fiveOperations<D>(declared)
  return { ...declared, operations: { ...five, ...extend(five) } }
}

export function single<const D extends SingleDeclaration, const O>(
  declared: Checked<D, SingleDeclaration>,
  operations: O,
): D & { readonly operations: O } {
  return { ...declared, operations }
}
