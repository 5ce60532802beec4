/** Facts known before anything is sent: the options, and the exchange that was handed in. */
import { transferHosts } from '../../contracts/edge/cloudflared.ts'
import { accessPrefix, edge } from '../../contracts/edge/endpoints.ts'
import { oauthTokenPrefix } from '../../contracts/edge/oauth.ts'
import type { Target } from '../target/target.ts'
import { teamDomain } from '../target/team.ts'
import { AccessUsageError } from '../transport/errors.ts'
import { type Secret, secret } from '../transport/secret.ts'
import { judgePair } from './carried.ts'
import type { DiagnoseOptions } from './diagnosis.ts'
import { isTooLarge } from './gate.ts'
import { bearerIn } from './oauth-exchange.ts'
import type { ObservedFacts, ProbedExchange, UrlKind } from './observation.ts'
import type { Observed } from './observed.ts'

export interface DiagnoseInput {
  readonly client_id: string | undefined
  readonly client_secret: Secret | undefined
}

/** The given credentials, otherwise those of the failing exchange. */
export function credentialsIn(
  { credentials = {} }: DiagnoseOptions,
  { exchanges }: Observed,
): DiagnoseInput {
  const { client_id, client_secret } = credentials
  const carried = exchanges.findLast((each) => each.carried.clientId !== undefined)?.carried
  if (client_id !== undefined || client_secret !== undefined || carried === undefined) {
    return {
      client_id,
      client_secret: client_secret === undefined ? undefined : secret(client_secret),
    }
  }
  return { client_id: carried.clientId, client_secret: carried.clientSecret }
}

export function firstFacts(
  options: DiagnoseOptions,
  known: {
    readonly url: URL
    readonly target: Target
    readonly credentials: DiagnoseInput
    readonly observed: Observed
    readonly canExplain: boolean
    readonly nowMs: number
  },
): ObservedFacts {
  const { url, target, credentials, observed, canExplain, nowMs } = known
  const kind = kindOf(url, target)
  const isOwn = kind === 'exchange' || kind === 'own_path'
  const gateUrl = isOwn ? new URL('/', url) : url
  const last = observed.exchanges.at(-1)
  const { client_id, client_secret } = credentials
  return {
    url,
    kind,
    gateUrl,
    pair: judgePair(client_id, client_secret?.reveal()),
    aud: options.aud,
    team: options.team === undefined ? undefined : teamDomain(options.team),
    hasApi: options.api !== undefined,
    wantsOauth: wantsOauth(options, kind),
    observed: last,
    earlier: observed.exchanges.slice(0, -1),
    seen: last === undefined ? {} : standsFor(last, gateUrl),
    account: {},
    drift: {},
    refusals: observed.refusal === undefined ? {} : { observed: observed.refusal },
    canExplain,
    explained: {},
    nowMs: last?.answer.dateMs ?? nowMs,
    ownNowMs: nowMs,
  }
}

/** Saves a probe that would only repeat an exchange that was handed in. */
function standsFor(exchange: ProbedExchange, gateUrl: URL): ObservedFacts['seen'] {
  const { url, method, carried, answer, request } = exchange
  if (url.host !== gateUrl.host || url.pathname !== gateUrl.pathname || method !== 'GET') return {}
  if (carried.token !== undefined || carried.json !== undefined || carried.isTwice) return {}
  if (carried.malformed !== undefined || request('x-requested-with') !== null) return {}
  if (bearerIn(exchange)?.startsWith(oauthTokenPrefix)) return {}
  // Access may refuse an upgrade where it lets a GET in.
  if (request('upgrade') !== null) return {}
  // A probe is small, and would get a different answer.
  if (isTooLarge(answer)) return {}
  const { clientId, clientSecret } = carried
  if (clientId !== undefined && clientSecret !== undefined) return { pair: answer }
  return clientId === undefined && clientSecret === undefined ? { bare: answer } : {}
}

function kindOf(url: URL, { apiUrl }: Target): UrlKind {
  if (url.host === new URL(apiUrl).host) return 'api'
  if (transferHosts.some((host) => host === url.host)) return 'transfer'
  if (url.host === 'cloudflareaccess.com') throw teamMissing()
  if (url.hostname.endsWith('.cloudflareaccess.com')) return 'team'
  if (url.pathname === edge.serviceAuth.path) return 'exchange'
  return url.pathname.startsWith(accessPrefix) ? 'own_path' : 'application'
}

function wantsOauth({ oauth = false }: DiagnoseOptions, kind: UrlKind): boolean {
  if (!oauth || kind === 'application') return oauth
  throw new AccessUsageError({
    what: 'The URL is no application, so it has no Managed OAuth to look at.',
    todo: 'Give the URL of the application, or leave --oauth out.',
  })
}

function teamMissing(): AccessUsageError {
  return new AccessUsageError({
    what: 'cloudflareaccess.com is not a team domain.',
    todo: 'Put the team name in front, as in example.cloudflareaccess.com.',
  })
}
