/** Runs the plan: sends the probes that it asks for, until it has a verdict. */
import { accessPrefix, edge } from '../../contracts/edge/endpoints.ts'
import { parseJson } from '../../contracts/json.ts'
import { systemClock } from '../clock.ts'
import { AccessConnectionError, AccessUsageError } from '../errors.ts'
import { type Secret, secret } from '../secret.ts'
import { applicationUrl, type Target, targetFrom } from '../target.ts'
import { teamDomain } from '../team.ts'
import { createAccountProbes } from './account-probes.ts'
import { judgePair } from './carried.ts'
import type { DiagnoseOptions, Diagnosis } from './diagnosis.ts'
import { isTooLarge } from './gate.ts'
import { isHealthy } from './health.ts'
import { limitsOf } from './limits.ts'
import type { Exchange, Facts, ProbeName, Seen, UrlKind } from './observation.ts'
import { callOf, type Observed, readObserved, refusalIn } from './observed.ts'
import { plan } from './planner.ts'
import { type Asked, isEdgeProbe, requests, type Secrets } from './probes.ts'
import { failureOf, seenFrom, unanswered } from './read-answer.ts'

/** Each probe is asked once, so the plan ends; this only says so. */
const mostProbes = 24

/**
 * Says why a request through Access fails, with the fewest probes: none follows a redirect, none writes, and the pair
 * goes only to a URL that Access was seen to guard. Without `api` it names causes that look alike, and guesses none.
 * Throws `AccessUsageError` where the options do not fit, `AccessConnectionError` where nothing answers at all.
 *
 * @example
 * const { causes } = await diagnose({ url: 'https://app.example.com/', credentials: pair })
 * for (const { id, proof, fix } of causes) console.log(id, proof, fix)
 */
export async function diagnose(options: DiagnoseOptions): Promise<Diagnosis> {
  const { target = targetFrom(), clock = systemClock, timeoutMs = 10_000 } = options
  const url = applicationUrl(options.url, target)
  const observed = await observedIn(options.observed)
  const credentials = credentialsIn(options, observed)
  const secrets: Secrets = {
    pair: usablePair(credentials),
    apiToken: options.api === undefined ? undefined : secret(options.api.apiToken),
  }
  const rays: string[] = []
  let probes = 0
  const note = ({ ray }: { readonly ray: string | undefined }) => {
    probes += 1
    if (ray !== undefined) rays.push(ray)
  }
  const readAccount =
    options.api === undefined || secrets.apiToken === undefined
      ? undefined
      : createAccountProbes({
          target,
          clock,
          timeoutMs,
          account_id: options.api.account_id,
          apiToken: secrets.apiToken,
          onAnswer: note,
        })

  let facts = firstFacts(options, { url, target, credentials, observed, nowMs: clock.now() })
  for (let turn = 0; turn < mostProbes; turn += 1) {
    const step = plan(facts)
    if (step.kind === 'verdict') {
      const { causes, ruled_out } = step
      if (causes.length === 0 && isUnreachable(facts)) throw unreachable(url, facts)
      const healthy = causes.length === 0 && isHealthy(facts)
      return { healthy, causes, ruled_out, probes, rays, ...limitsOf(facts) }
    }
    const { probe } = step
    if (isEdgeProbe(probe)) {
      const asked = requests[probe](facts, secrets)
      const seen = asked === undefined ? nowhere(url) : await send(asked)
      if (asked !== undefined) note(seen)
      facts = withSeen(facts, probe, seen)
    } else {
      const { account = {}, drift = [], refusal } = (await readAccount?.(probe)) ?? {}
      facts = {
        ...facts,
        account: { ...facts.account, ...account },
        drift: { ...facts.drift, [probe]: drift },
        refusals: refusal === undefined ? facts.refusals : { ...facts.refusals, [probe]: refusal },
      }
    }
  }
  throw new Error('the plan asks for more probes than there are')

  async function send({ url: at, method, headers = {}, body }: Asked): Promise<Seen> {
    const started = clock.now()
    const asked = () => ({ method, url: at, tookMs: clock.now() - started })
    try {
      const response = await target.fetch(at, {
        method,
        headers,
        redirect: 'manual',
        signal: AbortSignal.timeout(timeoutMs),
        ...(body === undefined ? {} : { body }),
      })
      return await seenFrom(response, asked())
    } catch (error) {
      return unanswered(failureOf(error), asked())
    }
  }
}

function isUnreachable({ seen, observed }: Facts): boolean {
  const all = Object.values(seen)
  return observed === undefined && all.length > 0 && all.every(({ status }) => status === null)
}

function unreachable({ host }: URL, { seen }: Facts): AccessConnectionError {
  const failures = Object.values(seen).map(({ failure }) => failure)
  if (failures.includes('untrusted')) {
    return new AccessConnectionError({
      what: `The certificate that ${host} shows is not trusted here.`,
      why: 'It is for another name, out of date, or of an authority that this machine does not know, as that of a proxy.',
      todo: 'Give the authority in NODE_EXTRA_CA_CERTS, or mend the certificate.',
    })
  }
  if (failures.includes('proxy')) {
    return new AccessConnectionError({
      what: `The proxy on the way does not let through to ${host}.`,
      todo: 'Check HTTPS_PROXY and NO_PROXY, and what the proxy allows.',
    })
  }
  return new AccessConnectionError({
    what: `Nothing answers for ${host}.`,
    todo: 'Check the name, the network, and which target is chosen.',
  })
}

/** What nobody could ask is not there. */
function nowhere(url: URL): Seen {
  return unanswered('refused', { method: 'GET', url, tookMs: 0 })
}

function withSeen(facts: Facts, probe: ProbeName, seen: Seen): Facts {
  const next = {
    ...facts,
    seen: { ...facts.seen, [probe]: seen },
    nowMs: seen.dateMs ?? facts.nowMs,
  }
  if (facts.kind !== 'api' || probe !== 'asked') return next
  const { status, ray } = seen
  const call = callOf('GET', facts.url)
  const refusal = refusalIn(parseJson(seen.body), { status, ray, call })
  return refusal === undefined ? next : { ...next, refusals: { ...next.refusals, asked: refusal } }
}

async function observedIn(text: string | undefined): Promise<Observed> {
  return text === undefined ? { exchanges: [], refusal: undefined } : await readObserved(text)
}

interface Given {
  readonly client_id: string | undefined
  readonly client_secret: Secret | undefined
}

/** Those given, else those of the failing exchange. */
function credentialsIn({ credentials = {} }: DiagnoseOptions, { exchanges }: Observed): Given {
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

function usablePair({ client_id, client_secret }: Given): Secrets['pair'] {
  if (client_id === undefined || client_secret === undefined) return undefined
  return { client_id, client_secret }
}

function firstFacts(
  options: DiagnoseOptions,
  known: {
    readonly url: URL
    readonly target: Target
    readonly credentials: Given
    readonly observed: Observed
    readonly nowMs: number
  },
): Facts {
  const { url, target, credentials, observed, nowMs } = known
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
    observed: last,
    earlier: observed.exchanges.slice(0, -1),
    seen: last === undefined ? {} : standsFor(last, gateUrl),
    account: {},
    drift: {},
    refusals: observed.refusal === undefined ? {} : { observed: observed.refusal },
    nowMs: last?.answer.dateMs ?? nowMs,
  }
}

/** An exchange that was handed in and that a probe would only repeat. */
function standsFor(exchange: Exchange, gateUrl: URL): Facts['seen'] {
  const { url, method, carried, answer, request } = exchange
  if (url.host !== gateUrl.host || url.pathname !== gateUrl.pathname || method !== 'GET') return {}
  if (carried.token !== undefined || carried.json !== undefined || carried.isTwice) return {}
  if (carried.malformed !== undefined || request('x-requested-with') !== null) return {}
  // Access may refuse an upgrade where it lets a GET in.
  if (request('upgrade') !== null) return {}
  // A probe is small, and would be answered otherwise.
  if (isTooLarge(answer)) return {}
  const { clientId, clientSecret } = carried
  if (clientId !== undefined && clientSecret !== undefined) return { pair: answer }
  return clientId === undefined && clientSecret === undefined ? { bare: answer } : {}
}

function kindOf(url: URL, { apiUrl }: Target): UrlKind {
  if (url.host === new URL(apiUrl).host) return 'api'
  if (url.host === 'cloudflareaccess.com') throw teamMissing()
  if (url.hostname.endsWith('.cloudflareaccess.com')) return 'team'
  if (url.pathname === edge.serviceAuth.path) return 'exchange'
  return url.pathname.startsWith(accessPrefix) ? 'own_path' : 'application'
}

function teamMissing(): AccessUsageError {
  return new AccessUsageError({
    what: 'cloudflareaccess.com is no team domain.',
    todo: 'Give the name of the team before it, as in example.cloudflareaccess.com.',
  })
}
