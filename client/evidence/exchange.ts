/** Requests and answers as they were, and a `fetch` that keeps them. */
import { headerNames } from '../../contracts/edge.ts'
import type { Clock } from '../clock.ts'
import type { Headers as HeaderList, Redactor } from '../redact.ts'

export interface Exchange {
  /** Why it was sent: `GET with the pair`. */
  readonly about: string
  /** Milliseconds since the epoch. */
  readonly startedMs: number
  readonly tookMs: number
  readonly method: string
  readonly url: string
  readonly headers: HeaderList
  readonly body: string | undefined
  readonly answer: Answer | undefined
  /** Why there is no answer. */
  readonly failure: string | undefined
}

export interface Answer {
  readonly status: number
  readonly statusText: string
  readonly headers: HeaderList
  readonly body: string
}

export interface Recording {
  readonly fetch: typeof globalThis.fetch
  readonly exchanges: readonly Exchange[]
  /** What the next requests are sent for. */
  about(what: string): void
}

/** Bodies of answers are kept to this length; an application may answer with anything. */
const mostBody = 200_000

export function recording(fetch: typeof globalThis.fetch, clock: Clock): Recording {
  const exchanges: Exchange[] = []
  let about = ''
  return {
    exchanges,
    about(what) {
      about = what
    },
    async fetch(input, init = {}) {
      const given = input instanceof Request ? input : undefined
      const startedMs = clock.now()
      const kept = {
        about,
        startedMs,
        method: init.method ?? given?.method ?? 'GET',
        url: given?.url ?? String(input),
        headers: [...new Headers(init.headers ?? given?.headers)],
        body: typeof init.body === 'string' ? init.body : undefined,
      }
      try {
        const response = await fetch(input, init)
        const body = await response.clone().text()
        const answer = {
          status: response.status,
          statusText: response.statusText,
          headers: headersOf(response.headers),
          body: body.length > mostBody ? `${body.slice(0, mostBody)}… (cut)` : body,
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

/** Each `Set-Cookie` on its own. */
function headersOf(headers: Headers): HeaderList {
  const others = [...headers].filter(([name]) => name !== 'set-cookie')
  return [...others, ...headers.getSetCookie().map((line) => ['set-cookie', line] as const)]
}

function failureOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error)
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause.message : ''
  return [message, cause].filter((part) => part !== '').join(': ')
}

export function headerOf(headers: HeaderList, name: string): string | undefined {
  return headers.find(([each]) => each.toLowerCase() === name)?.[1]
}

export function rayOf({ answer }: Exchange): string | undefined {
  return answer === undefined ? undefined : headerOf(answer.headers, headerNames.ray)
}

/** What of an exchange is secret by type or by place, replaced. */
export function redacted(exchange: Exchange, redactor: Redactor): Exchange {
  const { method, url, headers, body, answer, failure, about } = exchange
  const place = `${method} ${shortUrl(url, redactor)}`
  return {
    ...exchange,
    about: redactor.text(about, place),
    url: redactor.url(url, `${place}: URL`),
    headers: redactor.headers(headers, `${place}: request`),
    body: body === undefined ? undefined : redactor.body(body, `${place}: request body`),
    answer:
      answer === undefined
        ? undefined
        : {
            status: answer.status,
            statusText: redactor.text(answer.statusText, `${place}: answer`),
            headers: redactor.headers(answer.headers, `${place}: answer`),
            body: redactor.body(answer.body, `${place}: answer body`),
          },
    failure: failure === undefined ? undefined : redactor.text(failure, `${place}: error`),
  }
}

/** A path can hold a secret as well as a query. */
function shortUrl(url: string, redactor: Redactor): string {
  const [before = ''] = url.split('?')
  return redactor.text(before, '')
}
