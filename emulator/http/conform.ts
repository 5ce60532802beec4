/** The two checks against the contract: requests are parsed with it, results must match it. */
import { parse as parseQuery } from 'node:querystring'
import type { z } from 'zod'
import type { Endpoint } from '../../contracts/declaration/endpoint.ts'
import { isObject } from '../../contracts/declaration/json.ts'
import { type Unset, unsetNulls } from '../../contracts/declaration/nulls.ts'
import { type Failure, type FailureName, fail } from '../../contracts/errors/errors.ts'
import { contractBreach, extraOf, firstIssue } from './check.ts'
import type { Call, Done, Listed } from './handler.ts'
import { jsonOf } from './lasting.ts'
import { because, jsonText, type Reply } from './reply.ts'
import { queryOf, type Routed } from './routes.ts'

/** A request before it is parsed. */
export interface SentRequest {
  readonly params?: object | undefined
  readonly query: unknown
  readonly body: unknown
  readonly method: string
}

/** A request that does not match its contract. */
export interface Misfit {
  readonly misfit: z.ZodError
}

/** Parses a request with its contract, whether it came over HTTP or in process. */
export function readCall<E extends Endpoint>(endpoint: E, sent: SentRequest): Call<E> | Misfit {
  const query = endpoint.query?.().safeParse(sent.query)
  if (query?.success === false) return { misfit: query.error }
  const schema = endpoint.body?.()
  const { value, reset } = unsetIn(endpoint, sent.body)
  const body = schema?.safeParse(value)
  if (body?.success === false) return { misfit: body.error }
  return {
    params: (sent.params ?? {}) as Call<E>['params'],
    query: query?.data as Call<E>['query'],
    body: body?.data as Call<E>['body'],
    extra:
      schema === undefined || !isObject(value) ? {} : extraOf(value, [schema, endpoint.result()]),
    reset,
    method: sent.method,
  }
}

const nothing: ReadonlySet<string> = new Set()

/** Only Cloudflare's API treats null as "unset"; elsewhere the schema defines its meaning. */
function unsetIn({ wrap, body, whole }: Endpoint, value: unknown): Unset {
  return !isOfApi(wrap) || body === undefined
    ? { value, reset: nothing }
    : unsetNulls(value, body(), whole?.())
}

/** The parsed request, or the failure that says what is wrong with it. */
export function parse(endpoint: Endpoint, request: Routed): Call<Endpoint> | Failure {
  const { params, body, method } = request
  const query = endpoint.query && parseQuery(queryOf(request).slice(1))
  const call = readCall(endpoint, { params, query, body, method })
  return 'misfit' in call ? fail(badRequest(endpoint), firstIssue(call.misfit)) : call
}

function badRequest({ wrap, invalid = 'invalid_request' }: Endpoint): FailureName {
  return isOfApi(wrap) ? invalid : 'bad_request'
}

/** Failures of an answer without an envelope have one, too. */
function isOfApi(wrap: Endpoint['wrap']): boolean {
  return wrap === 'v4' || wrap === 'pem'
}

const textTypes = {
  page: 'text/html; charset=UTF-8',
  pem: 'application/x-pem-file',
  text: 'text/plain; charset=UTF-8',
} as const

/** The answer with a result that matches its contract. @throws Error if it does not: that is a bug, and never sent */
export function replyOf(
  endpoint: Endpoint,
  answer: Done<unknown, unknown> | Listed<unknown>,
  query: unknown,
): Reply {
  if ('rows' in answer) return page(endpoint, answer, query)
  conform(endpoint, answer.result)
  if (endpoint.wrap === 'plain') {
    return jsonText(endpoint.status, jsonOf(answer.result), answer.headers)
  }
  if (endpoint.wrap !== 'v4') {
    const headers = { 'content-type': textTypes[endpoint.wrap], ...answer.headers }
    return { status: endpoint.status, headers, body: String(answer.result) }
  }
  const { messages = [] } = answer
  const noted = messages.length === 0 ? '[]' : JSON.stringify(messages)
  const body = `{"result":${jsonOf(answer.result)},"success":true,"errors":[],"messages":${noted}}`
  const reply = jsonText(endpoint.status, body, answer.headers)
  // Warnings also go into the journal.
  const warnings = messages.map(({ message }) => message).join(' ')
  return warnings === '' ? reply : because(reply, 'warned', warnings)
}

function page(endpoint: Endpoint, { rows, view }: Listed<unknown>, query: unknown): Reply {
  if (endpoint.paging === undefined) {
    return replyOf(endpoint, { result: rows.map((row) => view(row as never)) }, query)
  }
  const requested = query as { page?: number; per_page?: number }
  const { paging } = endpoint
  const number = requested.page ?? 1
  const size = Math.min(requested.per_page ?? paging.per_page, paging.max)
  const cut = rows.slice((number - 1) * size, number * size)
  const result = cut.map((row) => view(row as never))
  conform(endpoint, result)
  const result_info = JSON.stringify({
    page: number,
    per_page: size,
    count: result.length,
    total_count: rows.length,
    total_pages: paging.countsPages === false ? undefined : Math.ceil(rows.length / size),
  })
  const envelope = `{"result":${jsonOf(result)},"success":true,"errors":[],"messages":[],"result_info":${result_info}}`
  return jsonText(endpoint.status, envelope)
}

function conform(endpoint: Endpoint, result: unknown): void {
  const breach = contractBreach(result, endpoint.result())
  if (breach !== undefined) throw new Error(`${endpoint.id} breaks its contract: ${breach}`)
}
