/** Requests that the proxy rejects because another page or program may have sent them. */
import type { IncomingMessage } from 'node:http'

export interface Refusal {
  readonly status: number
  readonly code: string
  readonly text: string
}

/**
 * The proxy authenticates everything it forwards, and any web page can send requests to 127.0.0.1. So it forwards only
 * requests under its own name, and from a browser only those from its own pages or typed by the user.
 */
export function refusalOf(
  { url = '', headers }: IncomingMessage,
  port: number,
): Refusal | undefined {
  const { host = '', origin, referer, 'sec-fetch-site': site } = headers
  const own = `127.0.0.1:${port}`
  if (!isOwn(host, port)) {
    return foreign(
      'foreign_host',
      `The Host header is not ${own}: another name resolves to this address.`,
    )
  }
  if (!url.startsWith('/')) {
    const text = `Only paths are forwarded. Open http://${own}/ directly instead of using it as a program's proxy.`
    return { status: 400, code: 'not_a_path', text }
  }
  if (origin !== undefined && origin !== `http://${host}`) {
    return foreign('foreign_origin', `A page on ${origin} sent this request.`)
  }
  // Older browsers send neither of the other headers with an image or a link.
  if (referer !== undefined && !`${referer}/`.startsWith(`http://${host}/`)) {
    return foreign('foreign_origin', 'A page on another site led to this request (Referer).')
  }
  if (site !== undefined && site !== 'same-origin' && site !== 'none') {
    return foreign(
      'cross_site',
      `A page on another site sent this request (Sec-Fetch-Site: ${site}).`,
    )
  }
  return undefined
}

function isOwn(host: string, port: number): boolean {
  const suffix = port === 80 ? /(:80)?$/ : new RegExp(`:${port}$`)
  return suffix.test(host) && /^(127\.0\.0\.1|localhost)$/i.test(host.replace(/:\d+$/, ''))
}

function foreign(code: string, text: string): Refusal {
  return { status: 403, code, text: `${text} It was not forwarded.` }
}
