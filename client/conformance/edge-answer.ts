/** One request to the edge made by a case: redirects are not followed, the body is read. */
import { z } from 'zod'
import { once } from '../../contracts/declaration/endpoint.ts'
import { parseJson } from '../../contracts/declaration/json.ts'
import { cookieNames, headerNames } from '../../contracts/edge/endpoints.ts'
import { type EdgeAnswer, type EdgeKind, readAnswer } from '../edge/edge.ts'
import { type Credentials, pairFrom, pairHeaders } from '../target/credentials.ts'
import type { CaseTarget } from './case.ts'
import { fits, holds, parsed, present, same } from './difference.ts'

export interface AskedEdge extends EdgeAnswer {
  readonly headers: Headers
  readonly text: string
  /** The parsed body, if it is JSON. */
  readonly json: unknown
}

export interface EdgeAsking {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  /** Sent as the two headers. */
  readonly pair?: Credentials
  /** Sent as the `CF_Authorization` cookie. */
  readonly token?: string
}

/** Sends one request. Every answer of the edge must carry `cf-ray` and `server`. */
export async function ask(
  target: Pick<CaseTarget, 'fetch'>,
  url: string | URL,
  { method = 'GET', headers = {}, body, pair, token }: EdgeAsking = {},
): Promise<AskedEdge> {
  const address = new URL(url)
  const response = await target.fetch(address, {
    method,
    redirect: 'manual',
    headers: {
      ...headers,
      ...(pair === undefined ? {} : pairHeaders(pairFrom(pair))),
      ...(token === undefined ? {} : { cookie: `${cookieNames.authorization}=${token}` }),
    },
    ...(body === undefined ? {} : { body }),
  })
  const text = await response.text()
  const answer = readAnswer(response, address)
  const what = `${method} ${address.host}${address.pathname}`
  fits(answer.ray, /^[0-9a-f]{16}-[A-Z]{3}$/, `cf-ray of ${what}`)
  same(response.headers.get('server'), 'cloudflare', `server of ${what}`)
  return { ...answer, headers: response.headers, text, json: parseJson(text) }
}

/** Posts a form. */
export function sendForm(
  target: Pick<CaseTarget, 'fetch'>,
  url: string | URL,
  fields: Readonly<Record<string, string>>,
  headers: Readonly<Record<string, string>> = {},
): Promise<AskedEdge> {
  return ask(target, url, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
    body: new URLSearchParams(fields).toString(),
  })
}

/** Posts JSON. */
export function sendJson(
  target: Pick<CaseTarget, 'fetch'>,
  url: string | URL,
  body: object,
): Promise<AskedEdge> {
  return ask(target, url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
}

export function cookieIn(cookies: EdgeAnswer['cookies'], wanted: string) {
  const cookie = cookies.find(({ name }) => name === wanted)
  return present(cookie, `${wanted} cookie`)
}

/** The parts of an answer that a case states. */
export interface EdgeExpectation {
  readonly status?: number
  readonly kind?: EdgeKind
  readonly location?: string | null
  /** The body as text, or parsed. */
  readonly text?: string
  readonly json?: unknown
  /** HTML that contains these words. */
  readonly page?: RegExp
  readonly cookies?: EdgeAnswer['cookies']
  readonly isMarkedExpected?: boolean
}

export function expects(
  answer: AskedEdge,
  { page, ...stated }: EdgeExpectation,
  what = 'answer',
): void {
  const location = answer.headers.get('location')
  holds({ ...answer, location, isMarkedExpected: isMarkedExpected(answer) }, stated, what)
  if (page === undefined) return
  fits(answer.headers.get('content-type'), /^text\/html\b/, `content-type of ${what}`)
  fits(answer.text, page, `page of ${what}`)
}

/** Whether the answer is marked as one that real Cloudflare would not give. */
export function isMarkedExpected({ headers }: Pick<AskedEdge, 'headers'>): boolean {
  return headers.get(headerNames.evidence) === 'expected'
}

const echo = once(() => z.looseObject({ headers: z.record(z.string(), z.string()) }))

/** The headers that the origin received, by lower-case name; only if the target offers `echo`. */
export function echoed({ json }: Pick<AskedEdge, 'json'>): Readonly<Record<string, string>> {
  return parsed(echo(), json, 'what the origin got').headers
}
