/** Sends a request with `fetch`, or an upgrade, which `fetch` cannot, and returns the edge's response. */
import { once } from 'node:events'
import http, { type IncomingMessage } from 'node:http'
import { text } from 'node:stream/consumers'
import type { Emulator } from '../../emulator/index.ts'

export async function fetchOrUpgrade(
  { fetch, port }: Pick<Emulator, 'fetch' | 'port'>,
  url: string,
  init: Omit<RequestInit, 'headers'> & { readonly headers?: Readonly<Record<string, string>> },
): Promise<Response> {
  if (init.headers?.upgrade === undefined) return fetch(url, init)
  const { host, pathname, search } = new URL(url)
  const request = http.request({
    port,
    path: pathname + search,
    headers: { ...init.headers, host },
  })
  request.end()
  const [answer] = (await Promise.race([once(request, 'response'), once(request, 'upgrade')])) as [
    IncomingMessage,
  ]
  const body = answer.statusCode === 101 ? '' : await text(answer)
  request.destroy()
  const headers = new Headers()
  for (let at = 0; at < answer.rawHeaders.length; at += 2) {
    headers.append(answer.rawHeaders[at] ?? '', answer.rawHeaders[at + 1] ?? '')
  }
  return new Response(body, { status: answer.statusCode ?? 0, headers })
}
