/** A `fetch` that records which declared operation each request used, for which client, and the response. */
import { operations, pathsOf } from '../../contracts/api/operations.ts'
import type { Endpoint } from '../../contracts/declaration/endpoint.ts'
import { parseJson } from '../../contracts/declaration/json.ts'

/** Who sent a request: the official client, or plain `fetch` where the client has no method for an operation. */
export type Witness = 'cloudflare' | 'fetch'

/** A declared operation under one of its scopes. */
export interface Call {
  /** `GET /accounts/{account_id}/access/apps` */
  readonly name: string
  readonly endpoint: Endpoint
}

export interface Seen {
  readonly by: Witness
  /** Undefined where no operation is declared. */
  readonly call: Call | undefined
  readonly status: number
  readonly body: unknown
}

export interface Recorder {
  readonly fetchFor: (by: Witness) => typeof fetch
  readonly seen: readonly Seen[]
}

/** Every declared call, those with fewer parameters first: what is literal wins. */
const routes = operations
  .flatMap((endpoint) =>
    pathsOf(endpoint).map((path) => ({
      name: `${endpoint.method} ${path}`,
      endpoint,
      pattern: new RegExp(`^${endpoint.method} ${path.replaceAll(/\{\w+\}/g, '[^/]+')}$`),
      parameters: path.split('{').length,
    })),
  )
  .toSorted((a, b) => a.parameters - b.parameters)

export const declaredCalls: readonly Call[] = routes

export function createRecorder(): Recorder {
  const seen: Seen[] = []
  const fetchFor =
    (by: Witness): typeof fetch =>
    async (input, init) => {
      const request = new Request(input, init)
      const answer = await fetch(request)
      const text = await answer.clone().text()
      const path = new URL(request.url).pathname.replace(/^\/client\/v4/, '')
      seen.push({
        by,
        call: routes.find(({ pattern }) => pattern.test(`${request.method} ${path}`)),
        status: answer.status,
        // A certificate to download is no JSON.
        body: parseJson(text) ?? text,
      })
      return answer
    }
  return { seen, fetchFor }
}
