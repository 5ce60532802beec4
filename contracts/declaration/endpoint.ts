/** Operations as plain data, read by the router, the client, the OpenAPI document and the test suite. */
import type { z } from 'zod'
import type { ApiFailureName, FailureName } from '../errors/errors.ts'
import type { Evidence } from '../evidence/evidence.ts'
import type { Sources } from '../evidence/sources.ts'

/** A schema built on first use: hundreds of eager schemas would cost memory and start-up time. */
export type Lazy<S extends z.ZodType = z.ZodType> = () => S

/** Runs `make` at most once. */
export function once<T>(make: () => T): () => T {
  let made: { value: T } | undefined
  return () => {
    made ??= { value: make() }
    return made.value
  }
}

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

/**
 * What a path is relative to. `account`: `/client/v4/accounts/{account_id}`. `account_or_zone`: that and
 * `/client/v4/zones/{zone_id}`. `zone`: only the latter. `root`: `/client/v4`. `host`: the root of whichever host serves it.
 */
export type Scope = 'account' | 'account_or_zone' | 'zone' | 'root' | 'host'

/** `v4`: the result comes in Cloudflare's envelope. `plain`: the result is the body, as JSON. `page`: the body is HTML. `pem`: it is a certificate. `text`: it is plain text. */
export type Wrap = 'v4' | 'plain' | 'page' | 'pem' | 'text'

/** Page sizes of a list: default and maximum `per_page` (api-page-sizes). */
export interface Paging {
  readonly per_page: number
  readonly max: number
  /** False where `result_info` lacks `total_pages` (api-target-list). */
  readonly countsPages?: false
}

export interface Endpoint {
  /** `group.operation`; also the name of its fault site. */
  readonly id: string
  readonly summary: string
  readonly method: Method
  readonly scope: Scope
  /** Parameters in braces: `/access/apps/{app_id}`. */
  readonly path: string
  readonly query?: Lazy
  readonly body?: Lazy
  /** The required attributes of the object, if `body` makes even those optional: they can never be set to null. */
  readonly whole?: Lazy
  readonly result: Lazy
  readonly status: number
  readonly errors: readonly FailureName[]
  /** The API's answer to a request that breaks the contract; default `invalid_request`. */
  readonly invalid?: ApiFailureName
  readonly evidence: Evidence
  /** Entries of the evidence register. */
  readonly source: Sources
  readonly wrap: Wrap
  readonly paging?: Paging
}

type Defaults = { scope: 'account'; wrap: 'v4'; errors: readonly [] }
/** Named, so that declarations of types refer to it instead of writing it out. */
export type WithDefaults<E> = Omit<Defaults, keyof E> & E

/** Declares an endpoint. Defaults: scope `account`, wrap `v4`, no errors. */
export function endpoint<
  const E extends Omit<Endpoint, keyof Defaults> & Partial<Pick<Endpoint, keyof Defaults>>,
>(declared: E): WithDefaults<E> {
  return { scope: 'account', wrap: 'v4', errors: [], ...declared }
}

type PathParams<P extends string> = P extends `${string}{${infer Name}}${infer Rest}`
  ? Name | PathParams<Rest>
  : never

/** The parameters of an endpoint's path; the account or zone id is not one of them. */
export type ParamsOf<E extends Endpoint> = { readonly [K in PathParams<E['path']>]: string }
export type QueryOf<E extends Endpoint> = E['query'] extends Lazy<infer S> ? z.output<S> : undefined
export type BodyOf<E extends Endpoint> = E['body'] extends Lazy<infer S> ? z.output<S> : undefined
export type QueryInput<E extends Endpoint> =
  E['query'] extends Lazy<infer S> ? z.input<S> : undefined
export type BodyInput<E extends Endpoint> = E['body'] extends Lazy<infer S> ? z.input<S> : undefined
export type ResultOf<E extends Endpoint> = E['result'] extends Lazy<infer S> ? z.output<S> : never
export type FailureNameOf<E extends Endpoint> = E['errors'][number]

/** A named set of endpoints, `{ list, get, create, … }`. */
export type EndpointGroup = Readonly<Record<string, Endpoint>>
