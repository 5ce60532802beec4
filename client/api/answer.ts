/** Reads an API answer leniently: first its envelope, then its result by the contract. */
import { permissionOf } from '../../contracts/api/permissions.ts'
import type { Endpoint, ResultOf } from '../../contracts/declaration/endpoint.ts'
import { failureEnvelope, type ResultInfo, success } from '../../contracts/declaration/envelope.ts'
import { isObject, parseJson } from '../../contracts/declaration/json.ts'
import { headerNames } from '../../contracts/edge/endpoints.ts'
import { AccessApiError } from '../transport/errors.ts'
import { typeOf, type UnplacedDrift } from './drift.ts'
import { type Partially, type ReadValue, readBySchema } from './reading.ts'
import { retryAfterSeconds } from './retry.ts'

/** A successful answer: the envelope parsed, the result as received. */
export interface Envelope {
  readonly raw: unknown
  readonly info: Partially<ResultInfo> | undefined
  /** Differences in the envelope and the status. If the body is no envelope at all, `raw` is undefined. */
  readonly found: readonly UnplacedDrift[]
  readonly status: number
  readonly ray: string | undefined
}

/** @throws AccessApiError if the answer is a refusal */
export function readEnvelope(
  endpoint: Endpoint,
  answer: { readonly status: number; readonly headers: Headers; readonly text: string },
): Envelope {
  const { status, headers, text } = answer
  const ray = headers.get(headerNames.ray) ?? undefined
  const body = parseJson(text)
  const says = isObject(body) ? body.success : undefined
  if (status >= 400 || says === false) {
    throw refusal(endpoint, body, { status, ray, retryAfter: retryAfterSeconds(headers) })
  }
  const isOther = status !== endpoint.status
  const found: UnplacedDrift[] = isOther
    ? [
        {
          kind: 'unknown_status',
          path: ['status'],
          expected: String(endpoint.status),
          seen: String(status),
        },
      ]
    : []
  if (endpoint.wrap === 'pem') return { raw: text, info: undefined, found, status, ray }
  if (!isObject(body) || (says === undefined && body.result === undefined)) {
    const seen = body === undefined ? kindOfText(text) : typeOf(body)
    const expected = 'an envelope of the Cloudflare API'
    found.push({ kind: 'differs', path: ['body'], expected, seen })
    return { raw: undefined, info: undefined, found, status, ray }
  }
  const read = readBySchema(success(), body)
  const info = read.value?.result_info
  return { raw: body.result, info, found: [...found, ...read.found], status, ray }
}

function refusal(
  endpoint: Endpoint,
  body: unknown,
  known: Pick<AccessApiError, 'status' | 'ray' | 'retryAfter'>,
): AccessApiError {
  const errors = readBySchema(failureEnvelope(), body).value?.errors ?? []
  const all = errors.flatMap((error) => [error, ...(error.error_chain ?? [])])
  return new AccessApiError({
    operation: endpoint.id,
    permissionGroups: permissionOf(endpoint, false).groups,
    codes: all.flatMap(({ code }) => code ?? []),
    messages: all.flatMap(({ message }) => message ?? []),
    ...known,
  })
}

function kindOfText(text: string): string {
  if (text.trim() === '') return 'an empty body'
  return text.trimStart().startsWith('<') ? 'HTML' : 'text that is not JSON'
}

/** As much of the result as fits the contract, and all differences from it, including those of the envelope. */
export function readResult<E extends Endpoint>(
  endpoint: E,
  { raw, found }: Pick<Envelope, 'raw' | 'found'>,
): ReadValue<ResultOf<E>> {
  if (found.some(({ path }) => path[0] === 'body')) return { value: undefined, found }
  const read = readBySchema(endpoint.result(), raw, ['result'])
  // The schema is the endpoint's own.
  return { value: read.value as Partially<ResultOf<E>>, found: [...found, ...read.found] }
}
