/** The head of an HTTP/1.1 answer: status line, fields, and how the end of the body is found (RFC 9112). */
import { connectionOptions, type RawHeaders } from '../../../contracts/http/headers.ts'

export interface AnswerHead {
  readonly status: number
  readonly reason: string
  readonly rawHeaders: RawHeaders
  readonly hasTransferEncoding: boolean
}

const statusLine = /^HTTP\/(0\.9|1\.0|1\.1|2\.0) (\d{3})(?: ([^\r\n]*))?$/
const token = /^[!#$%&'*+\-.^_`|~0-9a-z]+$/i
const notInValue = /[^\t\x20-\x7e\x80-\xff]/
const digits = /^\d{1,16}$/

export interface ParsedHead extends AnswerHead {
  readonly isPersistent: boolean
  /** The length of the body, or how its end is found: in chunks (`size`), or when the origin closes. */
  readonly framing: number | 'size' | 'until_close'
}

/** @throws Error if it is not a valid head */
export function parseHead(text: string): ParsedHead {
  const endOfLine = text.indexOf('\r\n')
  const line = endOfLine < 0 ? text : text.slice(0, endOfLine)
  const [, version, status, reason = ''] = statusLine.exec(line) ?? []
  if (status === undefined) throw new Error('not a status line')
  const rawHeaders = endOfLine < 0 ? [] : fieldsOf(text, endOfLine + 2)
  let length: string | undefined
  let coding: string | undefined
  let isClosing = version !== '1.1'
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at]?.toLowerCase()
    const value = rawHeaders[at + 1] ?? ''
    if (name === 'content-length') {
      if (length !== undefined || !digits.test(value)) throw new Error('an ambiguous length')
      length = value
    } else if (name === 'transfer-encoding') {
      coding = value
    } else if (name === 'connection' || name === 'proxy-connection') {
      const options = connectionOptions(value.toLowerCase())
      if (options.includes('close')) isClosing = true
      else if (version === '1.0' && options.includes('keep-alive')) isClosing = false
    }
  }
  if (coding !== undefined && length !== undefined)
    throw new Error('a length and a transfer coding')
  const isChunked =
    coding
      ?.slice(coding.lastIndexOf(',') + 1)
      .trim()
      .toLowerCase() === 'chunked'
  const byLength = length === undefined ? 'until_close' : Number(length)
  return {
    status: Number(status),
    reason,
    rawHeaders,
    hasTransferEncoding: coding !== undefined,
    isPersistent: !isClosing,
    framing: isChunked ? 'size' : byLength,
  }
}

/** The fields on the lines from `from` on. @throws Error if a line is not a field */
export function fieldsOf(text: string, from: number): RawHeaders {
  const fields: RawHeaders = []
  for (let at = from; at < text.length; ) {
    const found = text.indexOf('\r\n', at)
    const to = found < 0 ? text.length : found
    const colon = text.indexOf(':', at)
    const name = colon < 0 ? '' : text.slice(at, colon)
    if (colon > to || !token.test(name)) throw new Error('not a header')
    const value = withoutBlanks(text, colon + 1, to)
    if (notInValue.test(value)) throw new Error('not a valid header value')
    fields.push(name, value)
    at = to + 2
  }
  return fields
}

/** Not `trim`, which removes more than the space and the tab that HTTP allows here. */
function withoutBlanks(text: string, from: number, to: number): string {
  let start = from
  let end = to
  while (start < end && isBlank(text.charCodeAt(start))) start += 1
  while (end > start && isBlank(text.charCodeAt(end - 1))) end -= 1
  return text.slice(start, end)
}

const isBlank = (code: number) => code === 0x20 || code === 0x09

export const isFraming = (name: string) => /^(?:content-length|transfer-encoding)$/i.test(name)
