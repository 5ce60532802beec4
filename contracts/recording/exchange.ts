/** A request and its answer as they were, and the same with secrets replaced. */

import { headerNames } from '../edge/endpoints.ts'
import { type HeaderPairs, headerOf } from '../http/headers.ts'
import { secretsByPlace } from './redact/places.ts'
import type { Redactor } from './redact/redact.ts'

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

/** A body that existed but was not kept; it is recorded as empty. */
export interface LeftOut {
  readonly bytes: number
  /** For example `longer than 1 MiB`. */
  readonly why: string
}

/**
 * Bodies longer than this many bytes are omitted entirely: a truncated body could end within a secret, which would then
 * look like any other text.
 */
export const mostBodyBytes = 1024 * 1024
export const tooLong = 'longer than 1 MiB'

export function rayOf({ answer }: HttpExchange): string | undefined {
  return answer === undefined ? undefined : headerOf(answer.headers, headerNames.ray)
}

/** The exchange with everything replaced that is secret by type or by place. */
export function redacted(exchange: HttpExchange, redactor: Redactor): HttpExchange {
  const { method, url, headers, body, answer, failure, about } = exchange
  const secrets = secretsByPlace({ url, request: body, answer: answer?.body })
  for (const { type, value } of secrets) redactor.know(type, value)
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

/** Without the query, and redacted: a path can hold a secret too. */
function shortUrl(url: string, redactor: Redactor): string {
  const [before = ''] = url.split('?')
  return redactor.text(before, '')
}
