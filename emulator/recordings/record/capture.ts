/** Turns a forwarded exchange into a recorded one: decodes bodies to text, and leaves out those that are not text. */
import { brotliDecompressSync, gunzipSync, inflateSync } from 'node:zlib'
import { type HeaderPairs, headerOf, pairsOf } from '../../../contracts/http/headers.ts'
import {
  type HttpAnswer,
  type HttpExchange,
  type LeftOut,
  mostBodyBytes,
  tooLong,
} from '../../../contracts/recording/exchange.ts'
import type {
  CapturedBody,
  ForwardedAnswer,
  ForwardedExchange,
} from '../../network/proxy/forward.ts'

export function exchangeOf(passed: ForwardedExchange): HttpExchange {
  const { startedMs, tookMs, method, url, failure } = passed
  const headers = pairsOf(passed.rawHeaders)
  const { text, leftOut } = textOf(passed.body, headers)
  return {
    ...{ about: 'recorded', startedMs, tookMs, method, url, headers, failure },
    body: passed.body.length === 0 ? undefined : text,
    ...(leftOut === undefined ? {} : { bodyLeftOut: leftOut }),
    answer: passed.answer === undefined ? undefined : answerOf(passed.answer),
  }
}

function answerOf({ status, statusText, rawHeaders, body }: ForwardedAnswer): HttpAnswer {
  const headers = pairsOf(rawHeaders)
  const { text, leftOut } = textOf(body, headers)
  return {
    ...{ status, statusText, headers, body: text },
    ...(leftOut === undefined ? {} : { bodyLeftOut: leftOut }),
  }
}

interface Text {
  readonly text: string
  readonly leftOut?: LeftOut
}

function textOf({ bytes, length, complete }: CapturedBody, headers: HeaderPairs): Text {
  const without = (why: string) => ({ text: '', leftOut: { bytes: length, why } })
  if (!complete && length > 0) return without('incomplete')
  if (length === 0) return { text: '' }
  if (length > mostBodyBytes) return without(tooLong)
  const encoding = headerOf(headers, 'content-encoding')?.trim().toLowerCase() ?? 'identity'
  const decode = decoders.get(encoding)
  if (decode === undefined) return without(`encoded as ${encoding}`)
  try {
    return { text: utf8.decode(decode(bytes)) }
  } catch (error) {
    const isLong = error instanceof RangeError && 'code' in error
    return without(isLong ? tooLong : 'not UTF-8 text')
  }
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
const bounded = { maxOutputLength: mostBodyBytes }
const gunzip = (bytes: Buffer) => gunzipSync(bytes, bounded)

const decoders: ReadonlyMap<string, (bytes: Buffer) => Buffer> = new Map([
  ['identity', (bytes) => bytes],
  ['gzip', gunzip],
  ['x-gzip', gunzip],
  ['deflate', (bytes) => inflateSync(bytes, bounded)],
  ['br', (bytes) => brotliDecompressSync(bytes, bounded)],
])
