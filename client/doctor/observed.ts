/** Reads the saved failing exchange: `curl -v` output, a HAR, or the JSON that the API returned. */
import { failureEnvelope } from '../../contracts/declaration/envelope.ts'
import { parseJson } from '../../contracts/declaration/json.ts'
import { AccessUsageError, withoutQuery } from '../transport/errors.ts'
import { carriedBy } from './carried.ts'
import { curlMessages, harMessages, type Message } from './messages.ts'
import type { ApiRefusal, ProbedExchange } from './observation.ts'
import { seenFrom, unanswered } from './read-answer.ts'

export interface Observed {
  /** In order; the last one is the failing one. */
  readonly exchanges: readonly ProbedExchange[]
  readonly refusal: ApiRefusal | undefined
}

/** @throws AccessUsageError if the text is not one of the three. */
export async function readObserved(text: string): Promise<Observed> {
  const parsed = parseJson(text)
  const messages = parsed === undefined ? curlMessages(text) : harMessages(parsed)
  const exchanges = await Promise.all(messages.map(exchangeFrom))
  const last = exchanges.at(-1)
  const refusal = last === undefined ? refusalIn(parsed, {}) : refusalOf(last)
  if (last === undefined && refusal === undefined) {
    throw new AccessUsageError({
      what: 'The observed exchange is neither curl -v output, nor a HAR, nor an API error.',
      todo: 'Save it with: curl -v … > FILE 2>&1',
    })
  }
  return { exchanges, refusal }
}

async function exchangeFrom(message: Message): Promise<ProbedExchange> {
  const { method, status, body } = message
  const url = new URL(message.url)
  const request = headersOf(message.request)
  const asked = { method, url, tookMs: 0 }
  return {
    url,
    method,
    request: (name) => request.get(name),
    carried: carriedBy(request),
    answer:
      status === null
        ? unanswered('cut', asked)
        : await seenFrom(responseOf(status, body, headersOf(message.answer)), asked),
  }
}

/** Skips names and values that are not valid in a header: saved files are edited by hand. */
function headersOf(pairs: Message['request']): Headers {
  const headers = new Headers()
  for (const [name, value] of pairs) {
    if (!/^[\w!#$%&'*+.^`|~-]+$/.test(name)) continue
    const text = value.replaceAll(/[\0\r\n]/g, '')
    if (/^[\t\x20-\xff]*$/.test(text)) headers.append(name, text)
  }
  return headers
}

function responseOf(status: number, body: string, headers: Headers): Response {
  const isBodiless = [101, 103, 204, 205, 304].includes(status)
  const kept = status === 101 || status === 103 ? 200 : status
  return new Response(isBodiless ? null : body, { status: kept, headers })
}

function refusalOf({ answer, url, method }: ProbedExchange): ApiRefusal | undefined {
  return refusalIn(parseJson(answer.body), {
    status: answer.status,
    call: callOf(method, url),
    ray: answer.ray,
  })
}

/** `METHOD /path` below `/client/v4`; undefined elsewhere. */
export function callOf(method: string, url: URL): string | undefined {
  const path = /\/client\/v4(\/.*)$/.exec(new URL(withoutQuery(url)).pathname)?.[1]
  return path === undefined ? undefined : `${method} ${path}`
}

/** The refusal in a response body of the API. */
export function refusalIn(
  body: unknown,
  known: Partial<Pick<ApiRefusal, 'status' | 'call' | 'ray'>>,
): ApiRefusal | undefined {
  const envelope = failureEnvelope().safeParse(body)
  if (!envelope.success) return undefined
  const errors = envelope.data.errors.flatMap((error) => [error, ...(error.error_chain ?? [])])
  return {
    status: known.status ?? null,
    call: known.call,
    ray: known.ray,
    codes: errors.map(({ code }) => code),
    messages: errors.map(({ message }) => message),
  }
}
