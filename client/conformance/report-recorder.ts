/** Records a case's requests and answers without what differs in every run. */

import { mcpIdFrom } from '../../contracts/api/mcp-servers.ts'
import { parseJson } from '../../contracts/declaration/json.ts'
import { headerNames } from '../../contracts/edge/endpoints.ts'
import { hopByHop } from '../../contracts/http/headers.ts'
import { createApiClient } from '../api/api.ts'
import type { Drift } from '../api/drift.ts'
import { type Carrying, isExpectedOnly, liveAnswer } from '../edge/expected-only.ts'
import { withoutQuery } from '../transport/errors.ts'
import { createReferences, type References } from './report-references.ts'
import type { ReportedExchange, ReportedFiction } from './report-shape.ts'
import type { Lasting } from './run.ts'

export interface RecordedCase {
  readonly target: Lasting
  /** Requests and answers, normalised. */
  readonly asked: ReportedExchange[]
  readonly references: References
  readonly drift: readonly Drift[]
  /** Answers that only the profile `expected` gives. */
  readonly expectedOnly: ReportedFiction[]
  /** Stops recording: later requests do not belong to the case. */
  stop(): void
}

/** Headers of the connection and of networks in between; no case is about them. */
const ofTransport = [
  ...hopByHop,
  'age',
  'alt-svc',
  'cf-cache-status',
  'content-encoding',
  'content-length',
  'date',
  'etag',
  'nel',
  'report-to',
  'server-timing',
  'x-envoy-upstream-service-time',
  // States the evidence for an answer; not part of the answer itself.
  'access-emulator-evidence',
]

export function record(target: Lasting): RecordedCase {
  const references = createReferences()
  const asked: ReportedExchange[] = []
  const drift: Drift[] = []
  const expectedOnly: ReportedFiction[] = []
  let isStopped = false
  tell(target, references)
  const counts = new Map<string, number>()

  const recorded =
    (through: typeof globalThis.fetch): typeof globalThis.fetch =>
    async (input, init = {}) => {
      const response = await through(input, init)
      if (isStopped) return response
      const url = input instanceof Request ? input.url : String(input)
      const method = init.method ?? (input instanceof Request ? input.method : 'GET')
      if (isExpectedOnly((name) => response.headers.get(name))) {
        const request = `${method} ${references.text(withoutQuery(url))}`
        const live = liveAnswer(new URL(url), carried(new Headers(init.headers)))
        expectedOnly.push({ request, status: response.status, live })
      }
      const body = await response.clone().text()
      asked.push({
        method,
        url: references.text(decodedUrl(url)),
        status: response.status,
        headers: headersOf(response.headers, references),
        body: bodyOf(body, response.headers.get('content-type') ?? '', references),
      })
      return response
    }

  const { account, apiUrl, presenting } = target
  const fetch = recorded(target.fetch)
  return {
    asked,
    references,
    drift,
    expectedOnly,
    stop() {
      isStopped = true
    },
    target: {
      ...target,
      fetch,
      ...(presenting && { presenting: (credential) => recorded(presenting(credential)) }),
      onDrift(found) {
        drift.push(...found)
      },
      api: createApiClient({
        target: { fetch, apiUrl },
        apiToken: account.api_token,
        account_id: account.id,
      }),
      name(what) {
        const name = target.name(what)
        const count = (counts.get(what) ?? 0) + 1
        counts.set(what, count)
        references.know(name, `name ${what} ${count}`)
        references.know(mcpIdFrom(name), `id ${what} ${count}`)
        return name
      },
    },
  }
}

function carried(headers: Headers): Carrying {
  if (headers.has(headerNames.clientId)) return 'pair'
  return headers.has('cookie') || headers.has(headerNames.accessToken) ? 'token' : 'nothing'
}

function tell({ account, zone, team, seed, outsider }: Lasting, { know }: References): void {
  know(account.id, 'account')
  know(account.name ?? '', 'account name')
  know(account.api_token.reveal(), 'api token')
  know(zone.id, 'zone id')
  know(zone.name, 'zone')
  // Cases use it as a domain outside the account, but an account may have a zone of that name.
  know('example.com', 'zone')
  know(team, 'team')
  know(team.split('.')[0] ?? '', 'team name')
  if (outsider !== undefined) {
    know(outsider.id, 'other account')
    know(outsider.team, 'other team')
    know(outsider.zone_id, 'other zone id')
  }
  if (seed === undefined) return
  know(seed.url.host, 'protected host')
  know(seed.pair.client_id, 'protected client id')
}

/** Decodes queries, so that names within them are found. */
function decodedUrl(given: string): string {
  if (!URL.canParse(given)) return given
  const url = new URL(given)
  const query = [...url.searchParams].map(([name, value]) =>
    name === 'state' ? `${name}=${decodedState(value)}` : `${name}=${value}`,
  )
  return `${url.origin}${url.pathname}${query.length === 0 ? '' : `?${query.join('&')}`}`
}

/** The `state` of a login is JSON in base64 (sign-in-authorized-state). */
function decodedState(given: string): string {
  const text = Buffer.from(given, 'base64').toString()
  return parseJson(text) === undefined ? given : text
}

function headersOf(headers: Headers, { text }: References): ReportedExchange['headers'] {
  const kept: Record<string, string | string[]> = {}
  for (const [name, value] of headers) {
    if (name === 'set-cookie' || ofTransport.includes(name)) continue
    kept[name] = text(name === 'location' ? decodedUrl(value) : value)
  }
  const cookies = headers.getSetCookie().map(text)
  return cookies.length === 0 ? kept : { ...kept, 'set-cookie': cookies }
}

/** JSON as is; the visible text of a page, without its styling. */
function bodyOf(body: string, type: string, { text, value }: References): unknown {
  const json = parseJson(body)
  if (json !== undefined) return value(json)
  if (!/\bhtml\b/.test(type)) return text(body)
  const read = body
    .replaceAll(/<(script|style|svg)\b[\s\S]*?<\/\1>/gi, ' ')
    .replaceAll(/<[^>]*>/g, ' ')
    .replaceAll(/\s+/g, ' ')
    .trim()
  return text(read)
}
