/** A HAR 1.2 as browsers and proxies write it, read leniently. */
import { z } from 'zod'
import { once } from '../../contracts/endpoint.ts'
import type { Message } from './observed.ts'

const headerList = () => z.array(z.looseObject({ name: z.string(), value: z.string() })).default([])

const har = once(() =>
  z.looseObject({
    log: z.looseObject({
      entries: z.array(
        z.looseObject({
          request: z.looseObject({
            method: z.string(),
            url: z.url(),
            headers: headerList(),
            cookies: headerList(),
          }),
          response: z.looseObject({
            status: z.number(),
            headers: headerList(),
            cookies: headerList(),
            content: z.looseObject({ text: z.string().optional() }).optional(),
          }),
        }),
      ),
    }),
  }),
)

type Pairs = [string, string][]
const pairsOf = (list: readonly { readonly name: string; readonly value: string }[]): Pairs =>
  list.map(({ name, value }) => [name, value])

/** Empty where the value is no HAR. */
export function harMessages(value: unknown): readonly Message[] {
  const parsed = har().safeParse(value)
  if (!parsed.success) return []
  return parsed.data.log.entries.map(({ request, response }) => ({
    method: request.method,
    url: request.url,
    request: withCookies(pairsOf(request.headers), 'cookie', pairsOf(request.cookies)),
    status: response.status >= 200 && response.status <= 599 ? response.status : null,
    answer: withCookies(pairsOf(response.headers), 'set-cookie', pairsOf(response.cookies)),
    body: response.content?.text ?? '',
  }))
}

/** Some writers keep cookies beside the headers only. */
function withCookies(headers: Pairs, name: string, cookies: Pairs): Pairs {
  const isThere = headers.some(([header]) => header.toLowerCase() === name)
  if (isThere || cookies.length === 0) return headers
  const texts = cookies.map(([cookie, value]) => `${cookie}=${value}`)
  const added: Pairs = name === 'cookie' ? [[name, texts.join('; ')]] : texts.map((t) => [name, t])
  return [...headers, ...added]
}
