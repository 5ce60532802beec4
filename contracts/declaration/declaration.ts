/** The declaration of an API resource: everything about it, once, as plain data (contracts/declaration/resource.ts). */
import type { z } from 'zod'
import type { ApiFailureName } from '../errors/errors.ts'
import type { Evidence } from '../evidence/evidence.ts'
import type { Sources } from '../evidence/sources.ts'
import type { Lazy, Paging, Scope } from './endpoint.ts'

/** Something that an account stores, whatever its operations. */
export interface Stored {
  /** Group name, plural: `tags`. */
  readonly name: string
  /** One of them, as summaries call it: `a tag`, `an Access group`. */
  readonly one: string
  /** The noun, if it is not `one` without its article. */
  readonly noun?: string
  /** Name of its table and of its section in a seed. Without one it is stored in another resource's table. */
  readonly table?: string
  /** The object as GET returns it. */
  readonly entity: Lazy<z.ZodObject>
  readonly body: Lazy<z.ZodObject>
  /** Fields of the entity that are computed for each answer, not stored. */
  readonly derived?: readonly string[]
  /** Fields that a row stores in addition to the entity, or in another form; hidden unless a handler shows them. */
  readonly kept?: () => z.ZodRawShape
  /** Values of a new one for fields that the body leaves out. */
  readonly defaults?: Readonly<Record<string, unknown>>
  /** An item of its section in a seed; default: the body plus all server-generated fields, optional. */
  readonly seedItem?: Lazy
  /** Sets of fields, any of which distinguishes it from all other resources when importing saved answers. */
  readonly recognisedBy?: readonly (readonly string[])[]
  /** Fields by which people recognise one, best first; default `['name']`. */
  readonly labels?: readonly string[]
  /** Resources that it may refer to or depend on: created before it, deleted after it. */
  readonly after?: readonly string[]
  /** A body that is valid by the contract and by the official document. */
  readonly example: Readonly<Record<string, unknown>>
}

/** What the API can do with a resource; a declaration names those that it lacks. */
export type FiveOperation = 'list' | 'get' | 'create' | 'replace' | 'delete'

export interface Declaration extends Stored {
  /** Operations that it does not have; default: none. */
  readonly lacks?: readonly FiveOperation[]
  /** Several of them, as summaries call them: `tags`. */
  readonly many: string
  readonly path: string
  /** Name of the path parameter for the key. */
  readonly param: string
  readonly scope: Scope
  /** The parent resource, whose key is part of the path. */
  readonly below?: string
  /** The field that is the key; default `id`. */
  readonly key?: 'id' | 'uid' | 'name'
  /** Form of the key; default `uuid`. A path with a key of another form has no route; `text` accepts any key. */
  readonly keyForm?: 'uuid' | 'hex32' | 'text'
  /** Page sizes; default: the list is not paged. */
  readonly paging?: Paging
  /** Fields that only GET of a single object returns; lists, creates and updates omit them. */
  readonly onlyGet?: readonly string[]
  /** Query fields of a paged list, each with the field in which it searches for a substring, ignoring case. */
  readonly searches?: Readonly<Record<string, string>>
  /** Query fields of a paged list that its handler reads, in addition to `page` and `per_page`. */
  readonly filters?: () => z.ZodRawShape
  /**
   * The combination of these fields is unique; `failure` is the answer for a second one. With no field, there is at most one.
   */
  readonly unique?: { readonly by: readonly string[]; readonly failure: ApiFailureName }
  /** Default 201. */
  readonly createStatus?: number
  /** The answer to a delete; default an empty object. */
  readonly deleted?: Lazy<z.ZodObject>
  /** Default 200. */
  readonly deleteStatus?: number
  /** Failures of every operation, such as an unknown parent. */
  readonly errors?: readonly ApiFailureName[]
  /** The answer for a body that breaks the contract; default `invalid_request`. */
  readonly invalid?: ApiFailureName
  /** Further failures of create and replace. */
  readonly writeErrors?: readonly ApiFailureName[]
  readonly deleteErrors?: readonly ApiFailureName[]
  readonly unknown: ApiFailureName
  readonly evidence: Evidence
  readonly source: Sources
  /** Required if the API can create one. */
  readonly lifeCycle?: LifeCycle
}

/** Generates unique names, for examples that are created many times. */
export interface Fresh {
  name(what: string): string
  /** A host in the zone. */
  host(): string
}

/** How to exercise it: create, read, replace and delete one, and have invalid ones refused. */
export interface LifeCycle {
  /** A body from which any number can be created. */
  body(fresh: Fresh): Readonly<Record<string, unknown>>
  /** Further fields of that body, each the key of an object of another resource, which is created first. */
  readonly names?: Readonly<Record<string, string>>
  /** What a replace changes in it. */
  change?(fresh: Fresh): Readonly<Record<string, unknown>>
  /** Fields of the body that no answer returns. */
  readonly hidden?: readonly string[]
  /** Invalid bodies, by what is wrong with them. */
  readonly invalid: Readonly<Record<string, unknown>>
}

/** An object of which an account has exactly one, with operations of its own. */
export interface SingleDeclaration extends Stored {
  readonly table: string
}
