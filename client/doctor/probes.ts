/** The request that each probe sends. None follows a redirect, none writes. */
import { metadataHeaders } from '../../contracts/edge/cloudflared.ts'
import { cookieNames, edge, protectedResourcePath } from '../../contracts/edge/endpoints.ts'
import { oauthResourcePath, oauthServerPath } from '../../contracts/edge/oauth.ts'
import { ssoPrefix } from '../../contracts/edge/oidc.ts'
import { bearer, type Pair, pairHeaders } from '../target/credentials.ts'
import { type Secret, secret } from '../transport/secret.ts'
import { teamIn } from './bodies.ts'
import { oidcEndpoint } from './oauth-exchange.ts'
import type { ObservedFacts, ProbeName } from './observation.ts'

export interface ProbeRequest {
  readonly method: 'GET' | 'HEAD' | 'POST'
  readonly url: URL
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

export interface ProbeSecrets {
  readonly pair: Pair | undefined
  readonly apiToken: Secret | undefined
}

/** Well-formed, but belongs to no service token. */
const invented: Pair = {
  client_id: `${'0'.repeat(32)}.access`,
  client_secret: secret(`cfast_${'0'.repeat(48)}`),
}

export type EdgeProbe = Exclude<
  ProbeName,
  'applications' | 'service_tokens' | 'groups' | 'organization' | 'api_token'
>

/** Undefined if the facts do not say where to send it. */
export const requests: Readonly<
  Record<EdgeProbe, (facts: ObservedFacts, secrets: ProbeSecrets) => ProbeRequest | undefined>
> = {
  asked: askedItself,
  bare: ({ gateUrl }) => ({ method: 'GET', url: gateUrl }),
  pair: ({ gateUrl }, { pair }) => withPair(gateUrl, pair),
  invented: ({ gateUrl }) => withPair(gateUrl, invented),
  token: ({ gateUrl, observed }) => {
    const { token, binding } = observed?.carried ?? {}
    if (token === undefined) return undefined
    const cookies = [
      `${cookieNames.authorization}=${token.text.reveal()}`,
      ...(binding === undefined ? [] : [`${cookieNames.binding}=${binding.reveal()}`]),
    ]
    return { method: 'GET', url: gateUrl, headers: { cookie: cookies.join('; ') } }
  },
  metadata: ({ gateUrl }) => ({
    method: 'HEAD',
    url: gateUrl,
    headers: { [metadataHeaders.request]: 'true' },
  }),
  below: ({ gateUrl }) => {
    const url = new URL(gateUrl)
    url.pathname = `${url.pathname.replace(/\/+$/, '')}/below`
    return { method: 'GET', url }
  },
  well_known: ({ gateUrl }) => ({
    method: 'GET',
    url: new URL(`${protectedResourcePath}${gateUrl.pathname}`, gateUrl),
  }),
  exchange: (facts, { pair }) =>
    exchangeAt(new URL(edge.serviceAuth.path, facts.gateUrl), facts, pair),
  certs: (facts) => certsOf(teamOf(facts)),
  given_certs: ({ observed, team }) => certsOf(observed?.carried.token?.team ?? team),
  program: ({ gateUrl }) => ({
    method: 'GET',
    url: gateUrl,
    headers: { accept: 'application/json' },
  }),
  oauth_resource: ({ gateUrl }) => ({
    method: 'GET',
    url: new URL(`${oauthResourcePath}${gateUrl.pathname}`, gateUrl),
  }),
  oauth_server: (facts) =>
    onTeam(facts.observed?.url.host, oauthServerPath) ?? onTeam(teamOf(facts), oauthServerPath),
  oidc_configuration({ observed }) {
    const { client_id } = (observed === undefined ? undefined : oidcEndpoint(observed.url)) ?? {}
    if (observed === undefined || client_id === undefined) return undefined
    const path = `${ssoPrefix}oidc/${client_id}/.well-known/openid-configuration`
    return onTeam(observed.url.host, path)
  },
  login_host: ({ url }) => {
    const host = /\/login\/([^/?]+)/.exec(url.pathname)?.[1]
    if (host === undefined || !URL.canParse(`https://${host}/`)) return undefined
    return { method: 'GET', url: new URL(`https://${host}/`) }
  },
}

export function isEdgeProbe(probe: ProbeName): probe is EdgeProbe {
  return Object.hasOwn(requests, probe)
}

function askedItself(facts: ObservedFacts, { pair, apiToken }: ProbeSecrets): ProbeRequest {
  const { url, kind } = facts
  if (url.pathname === edge.serviceAuth.path) return exchangeAt(url, facts, pair)
  if (kind !== 'api' || apiToken === undefined) return { method: 'GET', url }
  return { method: 'GET', url, headers: { authorization: bearer(apiToken) } }
}

function exchangeAt(
  url: URL,
  { aud, pair: given }: ObservedFacts,
  pair: Pair | undefined,
): ProbeRequest {
  const credentials = given.status === 'usable' && pair !== undefined ? pairHeaders(pair) : {}
  const headers = { ...credentials, accept: 'application/json' }
  // The team domain takes the AUD tag from the query of the URL, as given.
  if (aud === undefined || url.search !== '') return { method: 'POST', url, headers }
  const body = JSON.stringify({ aud })
  return { method: 'POST', url, body, headers: { ...headers, 'content-type': 'application/json' } }
}

function withPair(url: URL, pair: Pair | undefined): ProbeRequest | undefined {
  return pair === undefined ? undefined : { method: 'GET', url, headers: pairHeaders(pair) }
}

function teamOf({ kind, url, seen, observed, account, team }: ObservedFacts): string | undefined {
  if (kind === 'team') return url.host
  return (
    seen.pair?.token?.team ??
    seen.bare?.team ??
    teamIn(seen.well_known) ??
    observed?.carried.token?.team ??
    account.organization?.auth_domain ??
    team
  )
}

const certsOf = (team: string | undefined) => onTeam(team, edge.certs.path)

/** Only team domains are contacted: an `iss` can name anything. */
function onTeam(team: string | undefined, path: string): ProbeRequest | undefined {
  if (team === undefined || !/^[a-z0-9-]+(\.[a-z0-9-]+)*\.cloudflareaccess\.com$/.test(team)) {
    return undefined
  }
  return { method: 'GET', url: new URL(path, `https://${team}`) }
}
