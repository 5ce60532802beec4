/** An origin's answer on its way to the client. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Readable } from 'node:stream'
import { hopByHop } from '../../../contracts/http/headers.ts'
import { clientHeaders, type Forward } from './forwarded.ts'

export interface AnswerHead {
  readonly status: number
  readonly reason: string
  readonly rawHeaders: readonly string[]
  /** Whether trailers may follow. */
  readonly mayTrail: boolean
  /** Whether it has ended without a body, though its headers do not say so. */
  readonly isEmpty?: boolean
}

const withoutLength: ReadonlySet<string> = new Set([...hopByHop, 'content-length'])
const withTrailer: ReadonlySet<string> = new Set(
  [...withoutLength].filter((name) => name !== 'trailer'),
)

const isBodiless = ({ method }: IncomingMessage, status: number) =>
  method === 'HEAD' || status === 204 || status === 304

function notCopied(
  request: IncomingMessage,
  { status, mayTrail }: AnswerHead,
): ReadonlySet<string> {
  if (status === 204) return withoutLength
  // Node refuses to announce trailers on an answer that it does not send in chunks.
  const isChunked = mayTrail && !isBodiless(request, status) && request.httpVersion !== '1.0'
  return isChunked ? withTrailer : hopByHop
}

/** Returns whether it could be written at all. */
export function writeAnswerHead(
  {
    request,
    response,
    forward,
  }: {
    readonly request: IncomingMessage
    readonly response: ServerResponse
    readonly forward: Forward
  },
  head: AnswerHead,
): boolean {
  const headers = clientHeaders(head.rawHeaders, forward, notCopied(request, head))
  if (head.isEmpty && !isBodiless(request, head.status)) headers.push('content-length', '0')
  response.sendDate = false
  try {
    response.writeHead(head.status, head.reason, headers)
    return true
  } catch {
    return false
  }
}

/** @param isCut whether the stream has ended before its body */
export function pipeAnswer(body: Readable, response: ServerResponse, isCut: () => boolean): void {
  // An error means an incomplete answer, which shows when the stream closes.
  body.on('error', () => {})
  body.on('end', () => {
    if (isCut()) response.destroy()
    else response.end()
  })
  body.on('close', () => {
    if (isCut()) response.destroy()
  })
  body.pipe(response, { end: false })
  flushSoon(response, () => body.readableLength === 0)
}

/** Sends the head with the first piece of the body if that has already arrived, otherwise at once (SSE). */
export function flushSoon(response: ServerResponse, isAlone: () => boolean): void {
  process.nextTick(() => {
    if (isAlone() && !response.destroyed) response.flushHeaders()
  })
}
