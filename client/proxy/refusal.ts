/** What the proxy does not pass on, because a page or program of somebody else may have sent it. */
import type { IncomingMessage } from 'node:http'

export interface Refusal {
  readonly status: number
  readonly code: string
  readonly text: string
}

/**
 * The proxy signs whatever it passes on, and every page that a browser shows can send requests to 127.0.0.1. So only
 * requests under its own name are passed, and of a browser's only those from its own pages or typed by the person.
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
      `The Host header is not ${own}: another name was made to lead here.`,
    )
  }
  if (!url.startsWith('/')) {
    const text = `Only paths are passed on. Open http://${own}/ itself instead of making it the proxy of a program.`
    return { status: 400, code: 'not_a_path', text }
  }
  if (origin !== undefined && origin !== `http://${host}`) {
    return foreign('foreign_origin', `A page of ${origin} sent this request.`)
  }
  // Older browsers send neither of the others with an image or a link.
  if (referer !== undefined && !`${referer}/`.startsWith(`http://${host}/`)) {
    return foreign('foreign_origin', 'A page elsewhere led to this request (Referer).')
  }
  if (site !== undefined && site !== 'same-origin' && site !== 'none') {
    return foreign(
      'cross_site',
      `A page of another site sent this request (Sec-Fetch-Site: ${site}).`,
    )
  }
  return undefined
}

function isOwn(host: string, port: number): boolean {
  const suffix = port === 80 ? /(:80)?$/ : new RegExp(`:${port}$`)
  return suffix.test(host) && /^(127\.0\.0\.1|localhost)$/i.test(host.replace(/:\d+$/, ''))
}

function foreign(code: string, text: string): Refusal {
  return { status: 403, code, text: `${text} It was not passed on.` }
}
