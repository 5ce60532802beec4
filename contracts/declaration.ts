/** What is said of a resource of the API, once, as plain data (contracts/resource.ts). */
import type { z } from 'zod'
import type { Lazy, Paging, Scope } from './endpoint.ts'
import type { ApiFailureName } from './errors.ts'
import type { Evidence } from './evidence.ts'
import type { Sources } from './sources.ts'

/** What an account keeps, whatever operations there are. */
export interface Stored {
  /** Group name, plural: `tags`. */
  readonly name: string
  /** What one of them is called in a summary: `a tag`, `an Access group`. */
  readonly one: string
  /** The bare word, where it is not `one` without its article. */
  readonly noun?: string
  /** Name of its table, and of its section in a seed. Without one it is kept in the table of another resource. */
  readonly table?: string
  /** The object as GET answers it. */
  readonly entity: Lazy<z.ZodObject>
  readonly body: Lazy<z.ZodObject>
  /** Fields of the entity that are worked out for each answer, and not kept. */
  readonly derived?: readonly string[]
  /** What a row keeps beside the entity, or in another form; no answer shows it unless its handler does. */
  readonly kept?: () => z.ZodRawShape
  /** An item of its section in a seed, where that is not the body with what a server makes, all of it optional. */
  readonly seedItem?: Lazy
  /** Fields that tell one apart from every other resource, for files of saved answers: any of these sets. */
  readonly recognisedBy?: readonly (readonly string[])[]
  /** Fields by which people know one, best first; `['name']` unless said. */
  readonly labels?: readonly string[]
  /** Resources that one of these may name or stand on: made before it, removed after it. */
  readonly after?: readonly string[]
  /** A body that is good by the contract and by the official document. */
  readonly example: Readonly<Record<string, unknown>>
}

export interface Declaration extends Stored {
  /** What several of them are called in a summary: `tags`. */
  readonly many: string
  readonly path: string
  /** Name of the path parameter that takes the key. */
  readonly param: string
  readonly scope: Scope
  /** The resource whose key is part of the path. */
  readonly below?: string
  /** The field of an answer that is the key, `id` unless said. */
  readonly key?: 'id' | 'uid' | 'name'
  /** UUID unless said. A path with a key of another form is a route that does not exist; `text` takes any. */
  readonly keyForm?: 'uuid' | 'hex32' | 'text'
  /** Page sizes; without them the list comes whole. */
  readonly paging?: Paging
  /** Query fields of a paged list, and the field of the object that each is a part of, in any case. */
  readonly searches?: Readonly<Record<string, string>>
  /** Query fields of a paged list that its handler reads, beside `page` and `per_page`. */
  readonly filters?: () => z.ZodRawShape
  /** No two have the same in all of these fields; what a second one is answered. */
  readonly unique?: { readonly by: readonly string[]; readonly failure: ApiFailureName }
  /** 201 unless said. */
  readonly createStatus?: number
  readonly deleted: Lazy<z.ZodObject>
  readonly deleteStatus: number
  /** Failures of every operation, such as an unknown parent. */
  readonly errors?: readonly ApiFailureName[]
  /** What a body that breaks the contract is answered, `invalid_request` unless said. */
  readonly invalid?: ApiFailureName
  /** Failures of a create or replace beside that. */
  readonly writeErrors?: readonly ApiFailureName[]
  readonly deleteErrors?: readonly ApiFailureName[]
  readonly unknown: ApiFailureName
  readonly evidence: Evidence
  readonly source: Sources
  readonly lifeCycle: LifeCycle
}

/** Names that nothing else has, where an example is made many times. */
export interface Fresh {
  name(what: string): string
  /** A host in the zone. */
  host(): string
}

/** How one is tried: made, read, replaced, removed, and refused. */
export interface LifeCycle {
  /** A body of which any number can be made. */
  body(fresh: Fresh): Readonly<Record<string, unknown>>
  /** What a replacement changes in it. */
  change(fresh: Fresh): Readonly<Record<string, unknown>>
  /** Fields of the body that no answer shows. */
  readonly hidden?: readonly string[]
  /** Bodies that are refused, by what is wrong with them. */
  readonly invalid: Readonly<Record<string, unknown>>
}

/** An object that an account has once; its operations are its own. */
export interface SingleDeclaration extends Stored {
  readonly table: string
}
