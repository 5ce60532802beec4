/** Answers as values, and the only function that writes them. */
import {
  type IncomingMessage,
  type ServerResponse,
  STATUS_CODES,
  validateHeaderValue,
} from 'node:http'
import type { AnswerReason } from '../../contracts/errors/errors.ts'
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
  return jsonText(status, JSON.stringify(value), headers)
}

/** @param body JSON */
export function jsonText(
  status: number,
  body: string,
  headers?: Readonly<Record<string, HeaderValue>>,
): Reply {
  return {
    status,
    headers: headers === undefined ? ofJson : { ...ofJson, ...headers },
    body,
    because: undefined,
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
  const { status, body } = reply
  const length = Buffer.byteLength(body)
  const headers = headersOf(reply, mark, length)
  response.sendDate = false
  response.writeHead(status, headers)
  if (request.method === 'HEAD') {
    response.end()
  } else if (truncateAt !== undefined && truncateAt < length) {
    response.write(Buffer.from(body).subarray(0, truncateAt), () => response.destroy())
  } else if (length === body.length) {
    response.end(body, 'latin1')
  } else {
    // A text body is sent together with the head, but then Node would encode the head as UTF-8 again.
    response.end(headers.every(isAscii) ? body : Buffer.from(body))
  }
}

/** Alternating names and values, in the order in which they are sent: the date, those of the reply, and the edge's own. */
function headersOf({ status, headers }: Reply, mark: AnswerMark, length: number): string[] {
  const own = {
    'content-length': status === 204 || status === 304 ? undefined : String(length),
    'cf-ray': mark.ray,
    server: serverOf(mark),
  }
  const list: string[] = []
  push(list, 'date', headers.date ?? httpDate(mark.nowMs))
  for (const name of Object.keys(headers)) {
    const value = (isOwnName(name) && own[name]) || headers[name]
    if (name !== 'date' && value !== undefined) push(list, name, value)
  }
  for (const name of ownNames) {
    const value = own[name]
    if (value !== undefined && headers[name] === undefined) list.push(name, value)
  }
  return list
}

const ownNames = ['content-length', 'cf-ray', 'server'] as const

function isOwnName(name: string): name is (typeof ownNames)[number] {
  return ownNames.some((own) => own === name)
}

function push(list: string[], name: string, value: HeaderValue): void {
  if (typeof value === 'string') list.push(name, inBytes(value))
  else for (const each of value) list.push(name, inBytes(each))
}

/** Encodes non-ASCII text as UTF-8, one character per byte: an application's path may be in any script. */
function inBytes(value: string): string {
  return isAscii(value) ? value : Buffer.from(value).toString('latin1')
}

function isAscii(value: string): boolean {
  return !/[^\0-\x7f]/.test(value)
}

function serverOf({ ray }: AnswerMark): string {
  return ray === undefined ? 'access-emulator' : 'cloudflare'
}

/** The complete HTTP/1.1 answer, for a connection that has no `ServerResponse` and is closed afterwards. */
export function rawAnswer(reply: Reply, mark: AnswerMark): string {
  const fields = {
    date: httpDate(mark.nowMs),
    ...reply.headers,
    'content-length': String(Buffer.byteLength(reply.body)),
    ...(mark.ray === undefined ? {} : { 'cf-ray': mark.ray }),
    server: serverOf(mark),
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
