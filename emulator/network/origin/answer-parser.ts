/**
 * Incremental parser for the HTTP/1.1 answers on one connection (RFC 9112). It is as strict as Node's own: lines end in
 * CRLF, names are tokens, and an answer whose end is ambiguous is an error.
 */

import { type AnswerHead, fieldsOf, isFraming, parseHead } from './answer-head.ts'
import { maxHeaderSize } from './limits.ts'

export interface AnswerReader {
  head(head: AnswerHead): void
  body(piece: Buffer): void
  /** `mayContinue`: whether the connection can take another request. */
  end(rawTrailers: string[], mayContinue: boolean): void
}

export interface AnswerParser {
  /** Call before each request: its method decides whether the answer has a body. */
  expect(method: string): void
  /** @throws Error if the bytes are not a valid answer */
  push(bytes: Buffer): void
  /** The origin closed its side. @throws Error if the answer is incomplete */
  finish(): void
}

const longestSizeLine = 4 * 1024

/** Chunk extensions are ignored. */
const chunkSize = /^([0-9a-f]{1,12})(?:;[\t\x20-\x7e\x80-\xff]*)?$/i

type ParserState =
  | 'idle'
  | 'head'
  | 'length'
  | 'size'
  | 'chunk'
  | 'chunk_end'
  | 'trailers'
  | 'until_close'

const nothing = Buffer.alloc(0)

export function createAnswerParser(reader: AnswerReader): AnswerParser {
  let state: ParserState = 'idle'
  let method = 'GET'
  let mayContinue = false
  /** Bytes left of the body, or of the current chunk. */
  let left = 0
  /** The unfinished line or head at the end of the last piece. */
  let rest: Buffer = nothing
  let bytes: Buffer = nothing
  let at = 0

  const end = (rawTrailers: string[]) => {
    state = 'idle'
    reader.end(rawTrailers, mayContinue && at === bytes.length)
  }

  /** The text before `mark`, which is consumed too. Undefined until it has arrived; what is there is kept. */
  const before = (mark: string, longest: number): string | undefined => {
    const found = bytes.indexOf(mark, at, 'latin1')
    // The first bytes of the mark itself may be here.
    const most = found < 0 ? longest + mark.length - 1 : longest
    if ((found < 0 ? bytes.length : found) - at > most) throw new Error('too long')
    if (found < 0) {
      rest = bytes.subarray(at)
      at = bytes.length
      return undefined
    }
    const text = bytes.toString('latin1', at, found)
    at = found + mark.length
    return text
  }

  const piece = (then: () => void) => {
    const to = Math.min(bytes.length, at + left)
    const part = bytes.subarray(at, to)
    left -= part.length
    at = to
    if (part.length > 0) reader.body(part)
    if (left === 0) then()
  }

  const readHead = () => {
    // Some servers send an empty line too many after an answer (RFC 9112 2.2).
    while (bytes[at] === 0x0d || bytes[at] === 0x0a) at += 1
    const text = before('\r\n\r\n', maxHeaderSize)
    if (text === undefined) return
    const head = parseHead(text)
    if (head.status === 101) throw new Error('an upgrade that was not requested')
    if (head.status < 200) return
    const { rawHeaders, status, reason, framing } = head
    const isBodiless = method === 'HEAD' || status === 204 || status === 304
    mayContinue = head.isPersistent && (isBodiless || framing !== 'until_close')
    const hasTransferEncoding = head.hasTransferEncoding
    reader.head({ status, reason, rawHeaders, hasTransferEncoding })
    if (isBodiless || framing === 0) end([])
    else if (typeof framing === 'number') {
      state = 'length'
      left = framing
    } else state = framing
  }

  const readChunk = () => {
    const line = before('\r\n', longestSizeLine)
    if (line === undefined) return
    const [, size] = chunkSize.exec(line) ?? []
    if (size === undefined) throw new Error('not the size of a chunk')
    left = Number.parseInt(size, 16)
    state = left === 0 ? 'trailers' : 'chunk'
  }

  const readChunkEnd = () => {
    const line = before('\r\n', 0)
    if (line !== undefined) state = 'size'
  }

  const readTrailers = () => {
    // Without trailers, only the final empty line follows.
    if (bytes[at] === 0x0d && bytes[at + 1] === 0x0a) {
      at += 2
      end([])
      return
    }
    if (bytes.length - at < 2) {
      rest = bytes.subarray(at)
      at = bytes.length
      return
    }
    const text = before('\r\n\r\n', maxHeaderSize)
    if (text === undefined) return
    const trailers = fieldsOf(text, 0)
    if (trailers.some((name, index) => index % 2 === 0 && isFraming(name))) {
      throw new Error('a trailer that would change the framing')
    }
    end(trailers)
  }

  const steps: Readonly<Record<Exclude<ParserState, 'idle'>, () => void>> = {
    head: readHead,
    length: () => piece(() => end([])),
    size: readChunk,
    chunk: () =>
      piece(() => {
        state = 'chunk_end'
      }),
    chunk_end: readChunkEnd,
    trailers: readTrailers,
    until_close() {
      const part = bytes.subarray(at)
      at = bytes.length
      reader.body(part)
    },
  }

  return {
    expect(requestMethod) {
      method = requestMethod
      state = 'head'
      rest = nothing
    },
    push(chunk) {
      bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
      rest = nothing
      at = 0
      while (at < bytes.length && state !== 'idle') steps[state]()
      bytes = nothing
    },
    finish() {
      if (state === 'idle') return
      if (state !== 'until_close') throw new Error('the answer was incomplete')
      end([])
    },
  }
}
