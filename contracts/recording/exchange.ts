/** A request and its answer as they were, and the same with what is secret in them replaced. */

import { headerNames } from '../edge/endpoints.ts'
import { secretsByPlace } from './redact/places.ts'
import type { HeaderPairs, Redactor } from './redact/redact.ts'

export interface HttpExchange {
  /** Why it was sent: `GET with the pair`. */
  readonly about: string
  /** Milliseconds since the epoch. */
  readonly startedMs: number
  readonly tookMs: number
  readonly method: string
  readonly url: string
  readonly headers: HeaderPairs
  readonly body: string | undefined
  readonly bodyLeftOut?: LeftOut
  readonly answer: HttpAnswer | undefined
  /** Why there is no answer. */
  readonly failure: string | undefined
}

export interface HttpAnswer {
  readonly status: number
  readonly statusText: string
  readonly headers: HeaderPairs
  readonly body: string
  readonly bodyLeftOut?: LeftOut
}

/** A body that was there and is not kept; what stands in its place is empty. */
export interface LeftOut {
  readonly bytes: number
  /** `longer than 1 MiB`. */
  readonly why: string
}

/**
 * Longer bodies are left out as a whole, in bytes: a part of one could end within a secret, where nothing tells it from
 * other text.
 */
export const mostBodyBytes = 1024 * 1024
export const tooLong = 'longer than 1 MiB'

export function headerOf(headers: HeaderPairs, name: string): string | undefined {
  return headers.find(([each]) => each.toLowerCase() === name)?.[1]
}

export function rayOf({ answer }: HttpExchange): string | undefined {
  return answer === undefined ? undefined : headerOf(answer.headers, headerNames.ray)
}

/** What of an exchange is secret by type or by place, replaced. */
export function redacted(exchange: HttpExchange, redactor: Redactor): HttpExchange {
  const { method, url, headers, body, answer, failure, about } = exchange
  const told = secretsByPlace({ url, request: body, answer: answer?.body })
  for (const { type, value } of told) redactor.know(type, value)
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
            ...answer,
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
