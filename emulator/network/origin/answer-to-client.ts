/** The head of an HTTP/1.1 origin's answer, written to the client. */
import { hopByHop } from '../../../contracts/http/headers.ts'
import type { AnswerHead } from './answer-head.ts'
import type { Exchange } from './connection.ts'
import { clientHeaders } from './forwarded.ts'

const withoutLength: ReadonlySet<string> = new Set([...hopByHop, 'content-length'])
const withTrailer: ReadonlySet<string> = new Set([...hopByHop].filter((name) => name !== 'trailer'))

function notCopied(
  { request }: Exchange,
  { status, hasTransferEncoding }: AnswerHead,
): ReadonlySet<string> {
  if (status === 204) return withoutLength
  // Node refuses to announce trailers on an answer that it does not send in chunks.
  const chunked = hasTransferEncoding && request.httpVersion !== '1.0'
  const bodiless = request.method === 'HEAD' || status === 304
  return chunked && !bodiless ? withTrailer : hopByHop
}

/** Returns whether it could be written at all. */
export function writeAnswerHead(exchange: Exchange, head: AnswerHead): boolean {
  const { response, forward } = exchange
  const headers = clientHeaders(head.rawHeaders, forward, notCopied(exchange, head))
  response.sendDate = false
  try {
    response.writeHead(head.status, head.reason, headers)
    return true
  } catch {
    return false
  }
}
