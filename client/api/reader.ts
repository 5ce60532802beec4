/**
 * A lenient reader of the Cloudflare API: differences from the contract are reported as drift, and refusals of the API
 * as refusals. Neither throws, so that code which reads a whole account always gets to the end.
 */
import type { api } from '../../contracts/api/operations.ts'
import type { Endpoint, ResultOf } from '../../contracts/declaration/endpoint.ts'
import type { Resource } from '../../contracts/declaration/resource.ts'
import { AccessApiError } from '../transport/errors.ts'
import { type Envelope, readResult } from './answer.ts'
import {
  type ApiClientOptions,
  type Arguments,
  callerFrom,
  everyOperation,
  firstPage,
  type OperationInput,
  withPage,
} from './api.ts'
import type { CallOptions } from './call.ts'
import { type Drift, gathered, type UnplacedDrift } from './drift.ts'
import type { Partially } from './reading.ts'

/** The outcome of a lenient read. */
export interface Reading<T> {
  /** As much of the result as fits the contract; undefined if nothing does. */
  readonly value: Partially<T> | undefined
  /** The result as received; for a list, the items of all pages. */
  readonly raw: unknown
  readonly drift: readonly Drift[]
  /** The API's refusal, if it refused; for a list, the pages before it are kept. */
  readonly refusal: AccessApiError | undefined
}

/** One operation of the reader; a list is read to its last page. */
export type ReadOperation<E extends Endpoint> = (
  ...given: Arguments<OperationInput<E>>
) => Promise<Reading<ResultOf<E>>>

export type ApiReader = {
  readonly [G in keyof typeof api]: {
    readonly [O in keyof (typeof api)[G]]: (typeof api)[G][O] extends Endpoint
      ? ReadOperation<(typeof api)[G][O]>
      : never
  }
}

type AnyOperation = (input?: object) => Promise<Reading<unknown>>

/** The operations of any resource, untyped; their inputs and results are those of its declaration. */
export function operationsOf(
  reader: ApiReader,
  { name }: Pick<Resource, 'name'>,
): Readonly<Record<keyof Resource['operations'], AnyOperation>> {
  const groups = reader as unknown as Readonly<
    Record<string, ReturnType<typeof operationsOf> | undefined>
  >
  const found = groups[name]
  if (found === undefined) throw new Error(`the API has no resource ${name}`)
  return found
}

export interface ApiReaderOptions extends ApiClientOptions {
  /** Whether a page that is not full ends a list, which saves a request for an empty page. */
  readonly endsAtShortPage?: boolean | undefined
}

/**
 * Creates a lenient reader of the API. Operations reject with `AccessConnectionError` if nothing answers.
 * @throws AccessUsageError if the API token is missing
 *
 * @example
 * const reader = createApiReader({ apiToken: '<token>', account_id: '<32 hex>' })
 * const { value = [], drift, refusal } = await reader.applications.list()
 */
export function createApiReader(options: ApiReaderOptions = {}): ApiReader {
  const { ask } = callerFrom(options)
  const { endsAtShortPage = false } = options

  const operation =
    (endpoint: Endpoint) =>
    async (input?: object, how?: CallOptions): Promise<Reading<unknown>> => {
      const answers = endpoint.paging === undefined ? one() : pages()
      const all: Envelope[] = []
      let refusal: AccessApiError | undefined
      try {
        for await (const answer of answers) all.push(answer)
      } catch (error) {
        if (!(error instanceof AccessApiError)) throw error
        refusal = error
      }
      return readingOf(endpoint, all, refusal)

      async function* one() {
        yield await ask(endpoint, { ...input }, how)
      }

      async function* pages() {
        const { per_page = mostPage } = endpoint.paging ?? {}
        const shortest = Math.min(smallestPage, per_page)
        let before: string | undefined
        for (let page = firstPage(input); ; page += 1) {
          const answer = await ask(endpoint, withPage(input, page), how)
          const { raw, info } = answer
          const count = Array.isArray(raw) ? raw.length : 0
          // A server that does not page would return the same items forever.
          const text = JSON.stringify(raw)
          const isSame = info?.page === undefined ? text === before : info.page !== page
          if (before !== undefined && (count === 0 || isSame)) return
          yield answer
          const isShort = count < shortest
          if (count === 0 || (isShort && (endsAtShortPage || info === undefined))) return
          before = text
        }
      }
    }

  // The types of `ApiReader` come from the same declarations that `operation` uses.
  return everyOperation(operation) as unknown as ApiReader
}

/** No list of the API has smaller pages, except that of zones. */
const smallestPage = 25
const mostPage = 1000

function readingOf(
  endpoint: Endpoint,
  answers: readonly Envelope[],
  refusal: AccessApiError | undefined,
): Reading<unknown> {
  const { id: operation, paging } = endpoint
  const [first] = answers
  if (first === undefined) return { value: undefined, raw: undefined, drift: [], refusal }
  const { ray } = first
  const lists = answers.filter(({ raw }) => Array.isArray(raw))
  const isList = paging !== undefined && lists.length > 0
  const raw = isList ? lists.flatMap((each) => each.raw) : first.raw
  const found: UnplacedDrift[] = answers.flatMap((answer) => [
    ...answer.found,
    ...(paging !== undefined && answer.info === undefined ? [missingInfo] : []),
  ])
  const read = readResult(endpoint, { raw, found: isList ? found : first.found })
  return { value: read.value, raw, drift: gathered(read.found, { operation, ray }), refusal }
}

const missingInfo: UnplacedDrift = {
  kind: 'differs',
  path: ['result_info'],
  expected: 'object',
  seen: 'nothing',
}
