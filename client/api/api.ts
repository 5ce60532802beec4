/** The Cloudflare API as typed functions, derived from the contracts. */
import { api } from '../../contracts/api/operations.ts'
import type {
  BodyInput,
  Endpoint,
  EndpointGroup,
  Lazy,
  Paging,
  ParamsOf,
  QueryOf,
  ResultOf,
} from '../../contracts/declaration/endpoint.ts'
import { type Target, targetFrom } from '../target/target.ts'
import { type Clock, systemClock } from '../transport/clock.ts'
import { type Environment, readVariable, variables } from '../transport/environment.ts'
import { AccessUsageError } from '../transport/errors.ts'
import { type Secret, secret } from '../transport/secret.ts'
import { type Answered, type CallOptions, createCaller, type News } from './call.ts'
import { createPages, type Pages } from './pages.ts'

type QueryPart<E extends Endpoint> = E extends { readonly query: Lazy }
  ? { readonly query?: QueryOf<E> }
  : unknown
type BodyPart<E extends Endpoint> = E extends { readonly body: Lazy }
  ? undefined extends BodyInput<E>
    ? { readonly body?: BodyInput<E> }
    : { readonly body: BodyInput<E> }
  : unknown

/** The input of an operation: its path parameters by name, `query` and `body`. */
export type OperationInput<E extends Endpoint> = ParamsOf<E> & QueryPart<E> & BodyPart<E>

export type Arguments<Input> =
  Record<never, never> extends Input
    ? [input?: Input, options?: CallOptions]
    : [input: Input, options?: CallOptions]
type ListedItem<T> = T extends readonly (infer Item)[] ? Item : never

/** One operation: a paged list returns an async iterable, everything else a promise of the result. */
export type Operation<E extends Endpoint> = E extends { readonly paging: Paging }
  ? (...given: Arguments<OperationInput<E>>) => Pages<ListedItem<ResultOf<E>>>
  : (...given: Arguments<OperationInput<E>>) => Promise<ResultOf<E>>

type Groups = {
  readonly [G in keyof typeof api]: {
    readonly [O in keyof (typeof api)[G]]: (typeof api)[G][O] extends Endpoint
      ? Operation<(typeof api)[G][O]>
      : never
  }
}

export type ApiClient = Groups & {
  /** The latest 100 answers with their rays, oldest first. */
  answers(): readonly Answered[]
}

export interface ApiClientOptions {
  /** Default `targetFrom()`, which reads the environment. */
  readonly target?: Pick<Target, 'fetch' | 'apiUrl'> | undefined
  /** Replaces the target's `fetch`. */
  readonly fetch?: typeof fetch | undefined
  /** Default: the target's, `https://api.cloudflare.com/client/v4`. */
  readonly baseUrl?: string | URL | undefined
  /** Default `CLOUDFLARE_API_TOKEN`. */
  readonly apiToken?: string | Secret | undefined
  /** Default `CLOUDFLARE_ACCOUNT_ID`, unless a zone is given. */
  readonly account_id?: string | undefined
  /** For operations of a zone; those that exist for accounts and zones use it if there is no account. */
  readonly zone_id?: string | undefined
  /** How many times GET, PUT and DELETE are retried after 429 and 5xx, default 2. */
  readonly retries?: number | undefined
  readonly clock?: Clock | undefined
  readonly env?: Environment | undefined
  /** Called for fields and statuses that the contract does not know. They are kept and are not an error. */
  readonly onNews?: ((news: News) => void) | undefined
  /** Called for every answer, including those that are retried. */
  readonly onAnswer?: ((answered: Answered) => void) | undefined
}

/**
 * Creates a typed client of the Access API: `client[group][operation]({ …path parameters, query, body })`.
 * Iterating over a paged list fetches all of its pages.
 *
 * Operations reject with `AccessApiError` if the API refuses, with `ContractMismatch` if the answer differs from its
 * contract, with `AccessConnectionError` if nothing answers.
 * @throws AccessUsageError if the API token is missing
 *
 * @example
 * const api = createApiClient({ apiToken: '<token>', account_id: '<32 hex>' })
 * for await (const application of api.applications.list({ query: { domain: 'app.example.com' } })) {
 *   console.log(application.aud)
 * }
 * const { client_id, client_secret } = await api.serviceTokens.create({ body: { name: 'ci' } })
 */
export function createApiClient(options: ApiClientOptions = {}): ApiClient {
  const { call, answers } = callerFrom(options)
  const operation = (endpoint: Endpoint) => (input?: object, how?: CallOptions) =>
    endpoint.paging === undefined
      ? call(endpoint, { ...input }, how).then(({ result }) => result)
      : createPages((page) => call(endpoint, withPage(input, page), how), firstPage(input))

  // The types of `Groups` come from the same declarations that `operation` uses.
  return { ...everyOperation(operation), answers } as unknown as ApiClient
}

/** The result of `make` for each operation, by group and name. */
export function everyOperation<R>(
  make: (endpoint: Endpoint) => R,
): Record<string, Record<string, R>> {
  return mapValues(api, (group: EndpointGroup) => mapValues(group, make))
}

/** @throws AccessUsageError if the API token is missing */
export function callerFrom(options: ApiClientOptions) {
  const { env, zone_id } = options
  const target = options.target ?? targetFrom({ env })
  const apiToken = options.apiToken ?? readVariable(env, 'api_token')
  if (apiToken === undefined) {
    throw new AccessUsageError({
      what: 'The API token is missing.',
      todo: `Set ${variables.api_token}, or pass it.`,
    })
  }
  const fromEnvironment = zone_id === undefined ? readVariable(env, 'account_id') : undefined
  return createCaller({
    fetch: options.fetch ?? target.fetch,
    baseUrl: String(options.baseUrl ?? target.apiUrl).replace(/\/+$/, ''),
    apiToken: secret(apiToken),
    account_id: options.account_id ?? fromEnvironment,
    zone_id,
    retries: options.retries ?? 2,
    clock: options.clock ?? systemClock,
    onNews: options.onNews,
    onAnswer: options.onAnswer,
  })
}

function mapValues<V, R>(
  values: Readonly<Record<string, V>>,
  map: (value: V) => R,
): Record<string, R> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, map(value)]))
}

function queryOf(input: object | undefined): Record<string, unknown> {
  const query = input && 'query' in input ? input.query : undefined
  return { ...(typeof query === 'object' ? query : {}) }
}

export function firstPage(input: object | undefined): number {
  const { page } = queryOf(input)
  return typeof page === 'number' ? page : 1
}

export function withPage(input: object | undefined, page: number): Record<string, unknown> {
  return { ...input, query: { ...queryOf(input), page } }
}
