/** What a handler gets and returns: plain values. Only `write` touches the response. */
import type { Fault } from '../../contracts/control/faults.ts'
import type {
  BodyOf,
  Endpoint,
  EndpointGroup,
  FailureNameOf,
  ParamsOf,
  QueryOf,
  ResultOf,
} from '../../contracts/declaration/endpoint.ts'
import type { Notice } from '../../contracts/declaration/envelope.ts'
import type { Failure, FailureName } from '../../contracts/errors/errors.ts'
import type { Evaluation } from '../account/evaluation.ts'
import type { HeaderValue, Reply } from './reply.ts'

/** The parsed request that a handler gets. */
export interface Call<E extends Endpoint> {
  readonly params: ParamsOf<E>
  readonly query: QueryOf<E>
  readonly body: BodyOf<E>
  /** Fields of the body that the contract does not declare. */
  readonly extra: Readonly<Record<string, unknown>>
  /** Optional attributes that the body sets to null; they are not in `body`. */
  readonly reset: ReadonlySet<string>
  /** The request's method, such as `PUT`: one handler may serve two. */
  readonly method: string
}

/** What goes into the journal besides the answer. */
export interface JournalNotes {
  /** The policies' decision, if the answer depends on it. */
  readonly evaluation?: Evaluation | undefined
  /** The fault that acted within the handler. */
  readonly acted?: Fault | undefined
}

/** What a handler returns on success. `changes` are committed before the answer is written. */
export interface Done<R, Changes> extends JournalNotes {
  readonly result: R
  readonly changes?: Changes
  readonly messages?: readonly (Notice & { type?: string | null })[]
  readonly headers?: Readonly<Record<string, HeaderValue>>
}

/** A list: only the rows of the requested page are turned into entities. */
export interface Listed<R> {
  readonly rows: readonly unknown[]
  readonly view: (row: never) => R
}

/** A complete answer, for pages and redirects. */
export interface Replied<Changes> extends JournalNotes {
  readonly reply: Reply
  readonly changes?: Changes
}

/** A failure, with notes for the journal. */
export type Refused<N extends FailureName> = Failure<N> & JournalNotes

type ElementOf<R> = R extends readonly (infer T)[] ? T : never

export type Answer<E extends Endpoint, Changes> =
  | Done<ResultOf<E>, Changes>
  | (E extends { readonly paging: object } ? Listed<ElementOf<ResultOf<E>>> : never)
  | Replied<Changes>
  | Refused<FailureNameOf<E>>

/**
 * A handler that waits for something and then changes the state resolves to how to answer: nothing may come between its
 * look at the state and the commit.
 */
export type Handler<E extends Endpoint, C, Changes> = (
  call: Call<E>,
  context: C,
) => Answer<E, Changes> | Promise<Answer<E, Changes> | Deferred<E, Changes>>

export type Deferred<E extends Endpoint, Changes> = () => Answer<E, Changes>

/** Calls a handler and `use`s its answer, without a pause between. */
export async function answered<E extends Endpoint, C, Changes, T>(
  handler: Handler<E, C, Changes>,
  call: Call<E>,
  context: C,
  use: (answer: Answer<E, Changes>) => T,
): Promise<Awaited<T>> {
  const given = handler(call, context)
  const found = given instanceof Promise ? await given : given
  return await use(typeof found === 'function' ? found() : found)
}

/** A handler for every operation of a group: a missing one does not compile. */
export type Handlers<G extends EndpointGroup, C, Changes = never> = {
  readonly [K in keyof G]: Handler<G[K], C, Changes>
}
