/** Reads exchanges of OAuth programs: the token they send, and the responses they got before. */

import { isObject, parseJson } from '../../contracts/declaration/json.ts'
import { oauthPaths, oauthTokenPrefix } from '../../contracts/edge/oauth.ts'
import { ssoPrefix } from '../../contracts/edge/oidc.ts'
import type { ObservedFacts, ProbedExchange, SeenAnswer } from './observation.ts'

const oidcPath = new RegExp(`^${ssoPrefix}oidc/([^/]+)/(.+)$`)

/** The client id and the endpoint in a URL of a SaaS application. */
export function oidcEndpoint({
  pathname,
}: URL): { readonly client_id: string; readonly endpoint: string } | undefined {
  const [, client_id, endpoint] = oidcPath.exec(pathname) ?? []
  return client_id === undefined || endpoint === undefined ? undefined : { client_id, endpoint }
}

export function bearerIn({ request }: Pick<ProbedExchange, 'request'>): string | undefined {
  return /^bearer +(\S+)$/i.exec(request('authorization') ?? '')?.[1]
}

/** A token response. */
export interface TokenIssue {
  readonly by: 'managed OAuth' | 'SaaS application'
  readonly answer: SeenAnswer
  readonly expiresInMs: number | undefined
}

/** The response that issued this bearer token, among the earlier exchanges. */
export function issueOf(
  { earlier }: Pick<ObservedFacts, 'earlier'>,
  bearer: string,
): TokenIssue | undefined {
  for (const { url, answer } of earlier) {
    const by = issuerAt(url)
    const body = parseJson(answer.body)
    if (by === undefined || !isObject(body) || body.access_token !== bearer) continue
    const { expires_in } = body
    return {
      by,
      answer,
      expiresInMs: typeof expires_in === 'number' ? expires_in * 1000 : undefined,
    }
  }
  return undefined
}

function issuerAt(url: URL): TokenIssue['by'] | undefined {
  if (url.pathname === oauthPaths.token) return 'managed OAuth'
  return oidcEndpoint(url)?.endpoint === 'token' ? 'SaaS application' : undefined
}

/** The bearer token of the failing exchange, if it belongs to Managed OAuth or a SaaS application. */
export function oauthBearer(
  facts: Pick<ObservedFacts, 'observed' | 'earlier'>,
): string | undefined {
  const bearer = facts.observed === undefined ? undefined : bearerIn(facts.observed)
  if (bearer === undefined) return undefined
  const isOauth = bearer.startsWith(oauthTokenPrefix) || issueOf(facts, bearer) !== undefined
  return isOauth ? bearer : undefined
}

export interface CallbackError {
  readonly error: string
  readonly description: string
}

/** The error that an authorization endpoint passes to the client through the browser; undefined if there is none. */
export function callbackError(answer: SeenAnswer): CallbackError | undefined {
  const location = answer.header('location') ?? ''
  if (!URL.canParse(location)) return undefined
  const { searchParams, hash } = new URL(location)
  const fragment = new URLSearchParams(hash.slice(1))
  const said = (name: string) => searchParams.get(name) ?? fragment.get(name) ?? undefined
  const error = said('error')
  return error === undefined ? undefined : { error, description: said('error_description') ?? '' }
}
