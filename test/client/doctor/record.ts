/**
 * Sends a client's requests and records the exchanges as people save them: `curl -v` output, a HAR, or the API's JSON.
 */
import type { Emulator } from '../../../emulator/index.ts'
import { fetchOrUpgrade } from '../../support/upgrade.ts'
import type { Request } from './situation.ts'

interface Entry {
  readonly method: string
  readonly url: string
  readonly headers: readonly (readonly [string, string])[]
  readonly status: number
  readonly answer: readonly (readonly [string, string])[]
  readonly body: string
}

export type Format = 'curl' | 'har' | 'json'

export async function record(
  emulator: Pick<Emulator, 'fetch' | 'port'>,
  requests: readonly Request[],
  format: Format,
): Promise<string> {
  const entries: Entry[] = []
  for (const request of requests) entries.push(...(await sent(emulator, request)))
  if (format === 'json') return entries.at(-1)?.body ?? ''
  return format === 'har' ? har(entries) : entries.map(curl).join('\n')
}

async function sent(
  emulator: Pick<Emulator, 'fetch' | 'port'>,
  request: Request,
): Promise<Entry[]> {
  const { url, method = 'GET', headers = {}, body, answered } = request
  const line = {
    method,
    url,
    headers: [['host', new URL(url).host] as const, ...Object.entries(headers)],
  }
  if (answered !== undefined) return [{ ...line, answer: [], ...answered }]
  const response = await fetchOrUpgrade(emulator, url, {
    method,
    headers,
    redirect: 'manual',
    ...(body === undefined ? {} : { body }),
  })
  const entry = {
    ...line,
    status: response.status,
    answer: [...response.headers],
    body: await response.text(),
  }
  const location = response.headers.get('location')
  if (request.redirect !== 'follow' || location === null) return [entry]
  return [entry, ...(await sent(emulator, { url: location, redirect: 'follow' }))]
}

function curl({ method, url, headers, status, answer, body }: Entry): string {
  const { pathname, search } = new URL(url)
  return [
    '* Connected to the host',
    `> ${method} ${pathname}${search} HTTP/1.1`,
    ...headers.map(([name, value]) => `> ${name}: ${value}`),
    '> ',
    `< HTTP/1.1 ${status} `,
    ...answer.map(([name, value]) => `< ${name}: ${value}`),
    '< ',
    '{ [143 bytes data]',
    `${body}* Connection #0 to host left intact`,
  ].join('\n')
}

function har(entries: readonly Entry[]): string {
  const pairs = (list: Entry['headers']) => list.map(([name, value]) => ({ name, value }))
  return JSON.stringify({
    log: {
      version: '1.2',
      creator: { name: 'test', version: '1' },
      entries: entries.map(({ method, url, headers, status, answer, body }) => ({
        request: { method, url, headers: pairs(headers), cookies: [] },
        response: { status, headers: pairs(answer), cookies: [], content: { text: body } },
      })),
    },
  })
}
