/** What a handler is given and what it returns: values; nobody but `write` touches the response. */
import type {
  BodyOf,
  Endpoint,
  EndpointGroup,
  FailureNameOf,
  ParamsOf,
  QueryOf,
  ResultOf,
} from '../../contracts/endpoint.ts'
import type { Notice } from '../../contracts/envelope.ts'
import type { Failure, FailureName } from '../../contracts/errors.ts'
import type { Fault } from '../../contracts/faults.ts'
import type { Evaluation } from '../account/evaluation.ts'
import type { HeaderValue, Reply } from './reply.ts'

/** What a handler is given, parsed. */
export interface Call<E extends Endpoint> {
  readonly params: ParamsOf<E>
  readonly query: QueryOf<E>
  readonly body: BodyOf<E>
  /** Fields of the body that the contract does not name. */
  readonly extra: Readonly<Record<string, unknown>>
  /** Optional attributes that the body sets to null; they are not in `body`. */
  readonly reset: ReadonlySet<string>
  /** `PUT` where one handler serves two methods. */
  readonly method: string
}

/** What the journal is told beside the answer. */
export interface JournalNotes {
  /** What was decided of the request, where the answer rests on it. */
  readonly evaluation?: Evaluation | undefined
  /** The fault that the handler met on its way. */
  readonly acted?: Fault | undefined
}

/** What a handler returns beside a failure. `changes` are committed before anything is written. */
export interface Done<R, Changes> extends JournalNotes {
  readonly result: R
  readonly changes?: Changes
  readonly messages?: readonly (Notice & { type?: string | null })[]
  readonly headers?: Readonly<Record<string, HeaderValue>>
}

/** A page of a list: rows are cut first, and only those of the page are turned into entities. */
export interface Listed<R> {
  readonly rows: readonly unknown[]
  readonly view: (row: never) => R
}

/** A whole answer, for pages and redirects. */
export interface Replied<Changes> extends JournalNotes {
  readonly reply: Reply
  readonly changes?: Changes
}

/** A failure, with what there is to tell of it. */
export type Refused<N extends FailureName> = Failure<N> & JournalNotes

type ElementOf<R> = R extends readonly (infer T)[] ? T : never

export type Answer<E extends Endpoint, Changes> =
  | Done<ResultOf<E>, Changes>
  | (E extends { readonly paging: object } ? Listed<ElementOf<ResultOf<E>>> : never)
  | Replied<Changes>
  | Refused<FailureNameOf<E>>

export type Handler<E extends Endpoint, C, Changes> = (
  call: Call<E>,
  context: C,
) => Answer<E, Changes> | Promise<Answer<E, Changes>>

/** A handler for every operation of a group: one that is missing does not compile. */
export type Handlers<G extends EndpointGroup, C, Changes = never> = {
  readonly [K in keyof G]: Handler<G[K], C, Changes>
}
