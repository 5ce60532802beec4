/** An answer as a value, and the only function that writes one. */
import {
  type IncomingMessage,
  type ServerResponse,
  STATUS_CODES,
  validateHeaderValue,
} from 'node:http'
import type { Because } from '../account/journal.ts'
import { httpDate } from './date.ts'

export type HeaderValue = string | readonly string[]

export interface Reply {
  readonly status: number
  /** In the order they are sent. Names keep their case. */
  readonly headers: Readonly<Record<string, HeaderValue>>
  readonly body: string
  /** For the journal, never sent. */
  readonly because?: Because | undefined
}

/** An answer that says, to the journal, why it is this one. */
export function because(reply: Reply, reason: string, detail?: string): Reply {
  return { ...reply, because: { reason, detail } }
}

/** What an answer is marked with: without a ray it does not pass for one of Cloudflare's. */
export interface Mark {
  readonly nowMs: number
  /** 16 hex and a data centre. */
  readonly ray?: string
}

/** What every answer of the emulator carries. */
export interface Stamp extends Mark {
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
  mark: Mark,
  /** Cut the connection after so many bytes of the body. */
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
    // As text, the head and the body leave in one piece, but then the head would be put into UTF-8 once more.
    response.end(isPlain ? reply.body : Buffer.from(reply.body))
  }
}

/** What is not ASCII goes out in UTF-8, each byte as a character: an application may be on a path of any script. */
function inBytes(value: string): string {
  return isAscii(value) ? value : Buffer.from(value).toString('latin1')
}

function isAscii(value: HeaderValue): boolean {
  return typeof value === 'string' ? !/[^\0-\x7f]/.test(value) : value.every(isAscii)
}

function markOf({ ray }: Mark): Readonly<Record<string, string>> {
  return ray === undefined ? { server: 'access-emulator' } : { 'cf-ray': ray, server: 'cloudflare' }
}

/** The whole answer as bytes of HTTP/1.1, for a connection that has no `ServerResponse`; it ends with it. */
export function rawAnswer(reply: Reply, mark: Mark): string {
  const fields = {
    date: httpDate(mark.nowMs),
    ...reply.headers,
    'content-length': String(Buffer.byteLength(reply.body)),
    ...markOf(mark),
    connection: 'close',
  }
  const lines = Object.entries(fields).flatMap(([name, value]) =>
    [value].flat().map((one) => {
      // As `writeHead` does: a line break in it would begin a header of its own.
      validateHeaderValue(name, inBytes(one))
      return `${name}: ${one}`
    }),
  )
  const status = `HTTP/1.1 ${reply.status} ${STATUS_CODES[reply.status] ?? ''}`
  return `${[status, ...lines].join('\r\n')}\r\n\r\n${reply.body}`
}
