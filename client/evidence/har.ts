/** HAR 1.2: exchanges as a browser writes them, to read and to write. */
import { z } from 'zod'
import { once } from '../../contracts/endpoint.ts'
import { AccessUsageError } from '../errors.ts'
import { type Exchange, headerOf, rayOf } from './exchange.ts'

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
            status: z.number(),
            statusText: z.string().default(''),
            headers: list(),
            cookies: list(),
            content: z
              .looseObject({ text: z.string().optional(), encoding: z.string().optional() })
              .optional(),
          }),
        }),
      ),
    }),
  }),
)

/** @throws AccessUsageError where the value is no HAR */
export function exchangesFrom(value: unknown): readonly Exchange[] {
  const parsed = har().safeParse(value)
  if (!parsed.success) {
    throw new AccessUsageError({
      what: 'The file is no HAR.',
      todo: 'Save one in the network view of the browser.',
    })
  }
  return parsed.data.log.entries.map(({ request, response, startedDateTime, time, comment }) => {
    const startedMs = Date.parse(startedDateTime ?? '')
    const { text = '', encoding } = { ...response.content }
    return {
      about: comment ?? 'captured by a browser',
      startedMs: Number.isNaN(startedMs) ? 0 : startedMs,
      tookMs: Math.max(0, time ?? 0),
      method: request.method,
      url: request.url,
      headers: withCookies(pairsOf(request.headers), 'cookie', pairsOf(request.cookies)),
      body: request.postData?.text,
      answer:
        response.status === 0
          ? undefined
          : {
              status: response.status,
              statusText: response.statusText,
              headers: withCookies(
                pairsOf(response.headers),
                'set-cookie',
                pairsOf(response.cookies),
              ),
              body: encoding === 'base64' ? Buffer.from(text, 'base64').toString() : text,
            },
      failure: response.status === 0 ? 'no answer was captured' : undefined,
    }
  })
}

type Pairs = (readonly [string, string])[]

function pairsOf(given: readonly { readonly name: string; readonly value: string }[]): Pairs {
  return given.map(({ name, value }) => [name, value] as const)
}

/** Some writers keep cookies beside the headers only. */
function withCookies(headers: Pairs, name: 'cookie' | 'set-cookie', cookies: Pairs): Pairs {
  const isThere = headers.some(([header]) => header.toLowerCase() === name)
  if (isThere || cookies.length === 0) return headers
  const texts = cookies.map(([cookie, value]) => `${cookie}=${value}`)
  const lines: Pairs =
    name === 'cookie' ? [[name, texts.join('; ')]] : texts.map((line) => [name, line] as const)
  return [...headers, ...lines]
}

/** Exchanges that are redacted already. Cookies stand in the headers alone. */
export function harOf(exchanges: readonly Exchange[], version: string) {
  return {
    log: {
      version: '1.2',
      creator: { name: 'access-client', version },
      entries: exchanges.map((exchange) => ({
        startedDateTime: new Date(exchange.startedMs).toISOString(),
        time: exchange.tookMs,
        request: {
          method: exchange.method,
          url: exchange.url,
          httpVersion: 'HTTP/1.1',
          cookies: [],
          headers: named(exchange.headers),
          queryString: queryOf(exchange.url),
          ...(exchange.body === undefined
            ? {}
            : {
                postData: {
                  mimeType: headerOf(exchange.headers, 'content-type') ?? 'text/plain',
                  text: exchange.body,
                },
              }),
          headersSize: -1,
          bodySize: exchange.body?.length ?? 0,
        },
        response: responseOf(exchange),
        cache: {},
        timings: { send: 0, wait: exchange.tookMs, receive: 0 },
        comment: commentOf(exchange),
      })),
    },
  }
}

function responseOf({ answer }: Exchange) {
  return {
    status: answer?.status ?? 0,
    statusText: answer?.statusText ?? '',
    httpVersion: 'HTTP/1.1',
    cookies: [],
    headers: named(answer?.headers ?? []),
    content: {
      size: answer?.body.length ?? 0,
      mimeType: headerOf(answer?.headers ?? [], 'content-type') ?? '',
      text: answer?.body ?? '',
    },
    redirectURL: headerOf(answer?.headers ?? [], 'location') ?? '',
    headersSize: -1,
    bodySize: answer?.body.length ?? 0,
  }
}

function commentOf(exchange: Exchange): string {
  const ray = rayOf(exchange)
  const parts = [exchange.about, ray && `ray ${ray}`, exchange.failure]
  return parts.filter(Boolean).join('; ')
}

function named(headers: Exchange['headers']) {
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
