/** HAR 1.2: reads, leniently, what browsers and proxies write, and writes exchanges. */
import { z } from 'zod'
import { once } from '../declaration/endpoint.ts'
import { type HeaderPairs, headerOf } from '../http/headers.ts'
import { type HttpAnswer, type HttpExchange, rayOf } from './exchange.ts'

const list = once(() => z.array(z.looseObject({ name: z.string(), value: z.string() })).default([]))

const har = once(() =>
  z.looseObject({
    log: z.looseObject({
      entries: z.array(
        z.looseObject({
          startedDateTime: z.string().optional(),
          time: z.number().optional(),
          comment: z.string().optional(),
          request: z.looseObject({
            method: z.string(),
            url: z.string(),
            headers: list(),
            cookies: list(),
            postData: z.looseObject({ text: z.string().optional() }).optional(),
          }),
          response: z.looseObject({
            status: z.number().int(),
            statusText: z.string().default(''),
            headers: list(),
            cookies: list(),
            content: z
              .looseObject({
                size: z.number().optional(),
                text: z.string().optional(),
                encoding: z.string().optional(),
                comment: z.string().optional(),
              })
              .optional(),
          }),
        }),
      ),
    }),
  }),
)
type HarEntry = z.output<ReturnType<typeof har>>['log']['entries'][number]

/** The exchanges in a HAR; undefined if the value is not a HAR. */
export function exchangesFrom(value: unknown): readonly HttpExchange[] | undefined {
  const parsed = har().safeParse(value)
  return parsed.success ? parsed.data.log.entries.map(exchangeFrom) : undefined
}

function exchangeFrom({
  request,
  response,
  startedDateTime,
  time,
  comment,
}: HarEntry): HttpExchange {
  const startedMs = Date.parse(startedDateTime ?? '')
  return {
    about: comment ?? 'captured by a browser',
    startedMs: Number.isNaN(startedMs) ? 0 : startedMs,
    tookMs: Math.max(0, time ?? 0),
    method: request.method,
    url: request.url,
    headers: withCookies(pairsFrom(request.headers), 'cookie', pairsFrom(request.cookies)),
    body: request.postData?.text,
    answer: response.status === 0 ? undefined : answerFrom(request.method, response),
    failure: response.status === 0 ? 'no answer was captured' : undefined,
  }
}

function answerFrom(
  method: string,
  { status, statusText, headers, cookies, content = {} }: HarEntry['response'],
): HttpAnswer {
  const { text, encoding, size = 0, comment = 'not in the file' } = content
  // Browsers omit bodies that they no longer have.
  const isLeftOut = text === undefined && size > 0 && method !== 'HEAD'
  return {
    status,
    statusText,
    headers: withCookies(pairsFrom(headers), 'set-cookie', pairsFrom(cookies)),
    body: encoding === 'base64' ? fromBase64(text ?? '') : (text ?? ''),
    ...(isLeftOut ? { bodyLeftOut: { bytes: size, why: comment } } : {}),
  }
}

function fromBase64(text: string): string {
  try {
    return new TextDecoder().decode(Uint8Array.from(atob(text), (each) => each.charCodeAt(0)))
  } catch {
    return text
  }
}

function pairsFrom(
  given: readonly { readonly name: string; readonly value: string }[],
): HeaderPairs {
  return given.map(({ name, value }) => [name, value] as const)
}

/** Some writers list cookies only separately, not among the headers. */
function withCookies(
  headers: HeaderPairs,
  name: 'cookie' | 'set-cookie',
  cookies: HeaderPairs,
): HeaderPairs {
  const isThere = headers.some(([header]) => header.toLowerCase() === name)
  if (isThere || cookies.length === 0) return headers
  const texts = cookies.map(([cookie, value]) => `${cookie}=${value}`)
  const lines: HeaderPairs =
    name === 'cookie' ? [[name, texts.join('; ')]] : texts.map((line) => [name, line] as const)
  return [...headers, ...lines]
}

/** Which of our commands wrote a file. */
export interface Creator {
  readonly name: 'access-client' | 'access-emulator'
  readonly version: string
}

/** A HAR of exchanges that are already redacted. Cookies appear only in the headers. */
export function harOf(exchanges: readonly HttpExchange[], creator: Creator) {
  return { log: { version: '1.2', creator, entries: exchanges.map(entryOf) } }
}

function entryOf(exchange: HttpExchange) {
  return {
    startedDateTime: new Date(exchange.startedMs).toISOString(),
    time: exchange.tookMs,
    request: {
      method: exchange.method,
      url: exchange.url,
      httpVersion: 'HTTP/1.1',
      cookies: [],
      headers: named(exchange.headers),
      queryString: queryOf(exchange.url),
      ...postDataOf(exchange),
      headersSize: -1,
      bodySize: exchange.bodyLeftOut?.bytes ?? exchange.body?.length ?? 0,
    },
    response: responseOf(exchange),
    cache: {},
    timings: { send: 0, wait: exchange.tookMs, receive: 0 },
    comment: commentOf(exchange),
  }
}

function postDataOf({ headers, body, bodyLeftOut }: HttpExchange) {
  const mimeType = headerOf(headers, 'content-type') ?? 'text/plain'
  if (bodyLeftOut !== undefined) {
    return { postData: { mimeType, text: '', comment: bodyLeftOut.why } }
  }
  return body === undefined ? {} : { postData: { mimeType, text: body } }
}

function responseOf({ answer }: HttpExchange) {
  const { status, statusText, headers, body, bodyLeftOut }: HttpAnswer = answer ?? noAnswer
  return {
    status,
    statusText,
    httpVersion: 'HTTP/1.1',
    cookies: [],
    headers: named(headers),
    content: {
      mimeType: headerOf(headers, 'content-type') ?? '',
      ...(bodyLeftOut === undefined
        ? { size: body.length, text: body }
        : { size: bodyLeftOut.bytes, comment: bodyLeftOut.why }),
    },
    redirectURL: headerOf(headers, 'location') ?? '',
    headersSize: -1,
    bodySize: bodyLeftOut?.bytes ?? body.length,
  }
}

const noAnswer: HttpAnswer = { status: 0, statusText: '', headers: [], body: '' }

function commentOf(exchange: HttpExchange): string {
  const ray = rayOf(exchange)
  const parts = [exchange.about, ray && `ray ${ray}`, exchange.failure]
  return parts.filter(Boolean).join('; ')
}

function named(headers: HeaderPairs) {
  return headers.map(([name, value]) => ({ name, value }))
}

function queryOf(url: string) {
  const [, query = ''] = url.split(/\?(.*)/s)
  if (query === '') return []
  return query.split('&').map((part) => {
    const [name = '', value = ''] = part.split(/=(.*)/s)
    return { name, value }
  })
}
