/** A `fetch` that records requests and answers as they were. */
import type { HeaderPairs as HeaderList } from '../../contracts/http/headers.ts'
import { type HttpExchange, mostBodyBytes, tooLong } from '../../contracts/recording/exchange.ts'
import type { Clock } from '../transport/clock.ts'

export interface CapturedTraffic {
  readonly fetch: typeof globalThis.fetch
  readonly exchanges: readonly HttpExchange[]
  /** Sets the purpose of the next requests. */
  about(what: string): void
}

export function recording(fetch: typeof globalThis.fetch, clock: Clock): CapturedTraffic {
  const exchanges: HttpExchange[] = []
  let about = ''
  return {
    exchanges,
    about(what) {
      about = what
    },
    async fetch(input, init = {}) {
      const request = input instanceof Request ? input : undefined
      const startedMs = clock.now()
      const kept = {
        about,
        startedMs,
        method: init.method ?? request?.method ?? 'GET',
        url: request?.url ?? String(input),
        headers: sentHeaders(new Headers(init.headers ?? request?.headers), init.body),
        body: textOf(init.body),
      }
      try {
        const response = await fetch(input, init)
        const body = await response.clone().text()
        const bytes = Buffer.byteLength(body)
        const isKept = bytes <= mostBodyBytes
        const answer = {
          status: response.status,
          statusText: response.statusText,
          headers: headersOf(response.headers),
          body: isKept ? body : '',
          ...(isKept ? {} : { bodyLeftOut: { bytes, why: tooLong } }),
        }
        exchanges.push({ ...kept, tookMs: clock.now() - startedMs, answer, failure: undefined })
        return response
      } catch (error) {
        const failure = failureOf(error)
        exchanges.push({ ...kept, tookMs: clock.now() - startedMs, answer: undefined, failure })
        throw error
      }
    },
  }
}

/** Streams and the like stay unread: the request needs them. */
function textOf(body: RequestInit['body']): string | undefined {
  return typeof body === 'string' || body instanceof URLSearchParams ? String(body) : undefined
}

/** With the type that `fetch` adds to a form. */
function sentHeaders(headers: Headers, body: RequestInit['body']): HeaderList {
  const type = 'content-type'
  if (body instanceof URLSearchParams && !headers.has(type)) headers.set(type, formType)
  return [...headers]
}

const formType = 'application/x-www-form-urlencoded;charset=UTF-8'

/** The headers, with each `Set-Cookie` separate. */
function headersOf(headers: Headers): HeaderList {
  const others = [...headers].filter(([name]) => name !== 'set-cookie')
  return [...others, ...headers.getSetCookie().map((line) => ['set-cookie', line] as const)]
}

function failureOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error)
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause.message : ''
  return [message, cause].filter((part) => part !== '').join(': ')
}
