/** Answers as values, and the only function that writes them. */
import {
  type IncomingMessage,
  type ServerResponse,
  STATUS_CODES,
  validateHeaderValue,
} from 'node:http'
import type { AnswerReason } from '../../contracts/reasons/table.ts'
import type { Because } from '../account/journal.ts'
import { httpDate } from './date.ts'

export type HeaderValue = string | readonly string[]

export interface Reply {
  readonly status: number
  /** In the order in which they are sent. Names keep their case. */
  readonly headers: Readonly<Record<string, HeaderValue>>
  readonly body: string
  /** For the journal, never sent. */
  readonly because?: Because | undefined
}

/** The answer with its reason, for the journal. */
export function because(reply: Reply, reason: AnswerReason, detail?: string): Reply {
  return { ...reply, because: { reason, detail } }
}

/** What marks an answer. Without a ray, its `server` is `access-emulator`, not `cloudflare`. */
export interface AnswerMark {
  readonly nowMs: number
  /** 16 hex digits and a data centre, such as `EMU`. */
  readonly ray?: string
}

/** The mark of every answer that stands for one of Cloudflare's. */
export interface Stamp extends AnswerMark {
  readonly ray: string
}

const ofJson = { 'content-type': 'application/json; charset=UTF-8' } as const

export function json(
  status: number,
  value: unknown,
  headers?: Readonly<Record<string, HeaderValue>>,
): Reply {
  return {
    status,
    headers: headers === undefined ? ofJson : { ...ofJson, ...headers },
    body: JSON.stringify(value),
  }
}

export function write(
  request: IncomingMessage,
  response: ServerResponse,
  reply: Reply,
  mark: AnswerMark,
  /** Cuts the connection after this many bytes of the body. */
  truncateAt?: number,
): void {
  if (response.headersSent || response.destroyed) return
  response.sendDate = false
  const headers: Record<string, string | string[]> = { date: httpDate(mark.nowMs) }
  let isPlain = true
  for (const [name, value] of Object.entries(reply.headers)) {
    isPlain &&= isAscii(value)
    headers[name] = typeof value === 'string' ? inBytes(value) : value.map(inBytes)
  }
  if (reply.status !== 204 && reply.status !== 304) {
    headers['content-length'] = String(Buffer.byteLength(reply.body))
  }
  Object.assign(headers, markOf(mark))
  response.writeHead(reply.status, headers)
  if (request.method === 'HEAD') {
    response.end()
  } else if (truncateAt !== undefined && truncateAt < Buffer.byteLength(reply.body)) {
    const body = Buffer.from(reply.body)
    response.write(body.subarray(0, truncateAt), () => response.destroy())
  } else {
    // A text body is sent together with the head, but then Node would encode the head as UTF-8 again.
    response.end(isPlain ? reply.body : Buffer.from(reply.body))
  }
}

/** Encodes non-ASCII text as UTF-8, one character per byte: an application's path may be in any script. */
function inBytes(value: string): string {
  return isAscii(value) ? value : Buffer.from(value).toString('latin1')
}

function isAscii(value: HeaderValue): boolean {
  return typeof value === 'string' ? !/[^\0-\x7f]/.test(value) : value.every(isAscii)
}

function markOf({ ray }: AnswerMark): Readonly<Record<string, string>> {
  return ray === undefined ? { server: 'access-emulator' } : { 'cf-ray': ray, server: 'cloudflare' }
}

/** The complete HTTP/1.1 answer, for a connection that has no `ServerResponse` and is closed afterwards. */
export function rawAnswer(reply: Reply, mark: AnswerMark): string {
  const fields = {
    date: httpDate(mark.nowMs),
    ...reply.headers,
    'content-length': String(Buffer.byteLength(reply.body)),
    ...markOf(mark),
    connection: 'close',
  }
  const lines = Object.entries(fields).flatMap(([name, value]) =>
    [value].flat().map((one) => {
      // As `writeHead` does: a line break would start another header.
      validateHeaderValue(name, inBytes(one))
      return `${name}: ${one}`
    }),
  )
  const status = `HTTP/1.1 ${reply.status} ${STATUS_CODES[reply.status] ?? ''}`
  return `${[status, ...lines].join('\r\n')}\r\n\r\n${reply.body}`
}
