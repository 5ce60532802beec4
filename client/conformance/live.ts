/** Real Cloudflare as a target of the cases: what the environment provides, and what the cases may do with it. */
import { createApiClient } from '../api/api.ts'
import { differs, driftWords } from '../api/drift.ts'
import { createApiReader, type Reading } from '../api/reader.ts'
import { applicationUrl, type Target, targetFrom } from '../target/target.ts'
import { type Clock, systemClock } from '../transport/clock.ts'
import type { Environment } from '../transport/environment.ts'
import { AccessUsageError } from '../transport/errors.ts'
import { secret } from '../transport/secret.ts'
import type { Need, ProtectedUrl } from './case.ts'
import { guard, nobodysHex } from './guard.ts'
import { liveVariables } from './live-variables.ts'
import { paced } from './pace.ts'
import type { CasePlace } from './place.ts'
import { presentingTo } from './presenting.ts'
import { type Leftover, leftovers } from './sweep.ts'

export interface LivePlace extends CasePlace {
  readonly account_id: string
  readonly zone: { readonly id: string; readonly name: string }
  /** Empty if none is set. */
  readonly prefix: string
  /** What earlier runs with this prefix left behind. Removing it is not guarded, as it was not created in this run. */
  leftovers(): Promise<readonly Leftover[]>
}

export interface LiveOptions {
  readonly env: Environment
  /** Default: the real network. */
  readonly target?: Target
  readonly clock?: Clock
  /** Whether client certificates can be presented although `target` is given. */
  readonly presents?: boolean
}

/**
 * Reads the organization to determine the profile, and the zone to get its id. Read-only, unless `ACCESS_ALLOW_WRITES`
 * holds the id of the account and `ACCESS_NAME_PREFIX` a prefix for everything created. `ACCESS_WILDCARD_HOSTS=1`
 * declares that every name in the zone is proxied. `ACCESS_SETTLE_SECONDS` (20) is how long a change takes to reach the
 * edge (edge-propagation).
 * @throws AccessUsageError if something is missing
 */
export async function openLive(options: LiveOptions): Promise<LivePlace> {
  const { env, clock = systemClock } = options
  const real = options.target ?? targetFrom({ target: 'live', env })
  const { apiUrl } = real
  const api_token = needed(env, 'CLOUDFLARE_API_TOKEN')
  const account_id = needed(env, 'CLOUDFLARE_ACCOUNT_ID')
  const zoneName = needed(env, liveVariables.zone)
  const prefix = env[liveVariables.name_prefix] ?? ''
  const writes = env[liveVariables.allow_writes] === account_id && prefix !== ''
  const network = paced(real.fetch, { apiUrl, clock })
  const scopes = [account_id]
  const { fetch, sweep } = guard(network, { apiUrl, writes, scopes })
  const api = createApiClient({ target: { fetch, apiUrl }, apiToken: api_token, account_id })
  const reader = createApiReader({ target: { fetch, apiUrl }, apiToken: api_token, account_id })
  const organization = await reader.organizations.get()
  const zones = await reader.zones.list({ query: { name: zoneName } })
  const notes: string[] = []
  const { auth_domain, strict_service_token_auth: isStrict } = organization.value ?? {}
  if (auth_domain === undefined) {
    notes.push(
      `The organization could not be read${reasonOf(organization)}. The profile observed is assumed, and cases on the team domain fail.`,
    )
  }
  const [found] = zones.value ?? []
  if (zones.value !== undefined && zones.refusal === undefined && found === undefined) {
    throw new AccessUsageError({
      what: `The account has no zone ${zoneName}.`,
      todo: `Name one of its zones in ${liveVariables.zone}.`,
    })
  }
  if (found?.id === undefined) {
    notes.push(`The zone could not be read${reasonOf(zones)}. Cases on the zone fail.`)
  } else scopes.push(found.id)
  const zone = { id: found?.id ?? nobodysHex, name: zoneName }
  const seed = seedFrom(env, real)
  const offers = new Set<Need>()
  if (seed !== undefined) offers.add('seed')
  if (writes) offers.add('write')
  if (writes && env[liveVariables.wildcard_hosts] === '1') offers.add('hosts')
  // With a `fetch` of its own, a target has connections that take no certificate.
  const presents = options.target === undefined || options.presents === true
  if (presents) offers.add('certificate')
  const settleMs = Number(env[liveVariables.settle_seconds] ?? '20') * 1000
  const run = clock.now().toString(36)
  let names = 0
  const profile = isStrict ? 'strict' : 'observed'
  return {
    kind: 'live',
    profile,
    offers,
    notes,
    drift: [...organization.drift, ...zones.drift],
    account_id,
    zone,
    prefix,
    async leftovers() {
      if (prefix === '') {
        throw new AccessUsageError({
          what: 'Without a prefix leftovers cannot be recognised.',
          todo: `Set ${liveVariables.name_prefix}, or pass --prefix.`,
        })
      }
      const common = { target: { fetch: network, apiUrl }, apiToken: api_token }
      const ofAccount = createApiReader({ ...common, account_id })
      return await leftovers(ofAccount, createApiReader({ ...common, zone_id: zone.id }), prefix)
    },
    async target() {
      return {
        kind: 'live',
        profile,
        fetch,
        api,
        apiUrl,
        account: { id: account_id, api_token: secret(api_token) },
        zone,
        team: auth_domain ?? unreadTeam,
        ...(seed === undefined ? {} : { seed }),
        ...(presents ? { presenting: presentingTo(real.address, env) } : {}),
        name(what) {
          names += 1
          return `${prefix}-${what}-${run}-${names}`
        },
        settle: () => clock.sleep(settleMs),
      }
    },
    async close() {
      const left = await sweep()
      if (left.length > 0) throw new Error(`could not be removed: ${left.join(', ')}`)
    },
  }
}

/** A name that never resolves. */
const unreadTeam = 'team-that-could-not-be-read.invalid'

function reasonOf({ refusal, drift }: Pick<Reading<unknown>, 'refusal' | 'drift'>): string {
  const why = refusal?.message ?? drift.filter(differs).map(driftWords).join('; ')
  return why === '' ? '' : `: ${why.replace(/\.$/, '')}`
}

function seedFrom(env: Environment, target: Target): ProtectedUrl | undefined {
  const url = env[liveVariables.protected_url]
  const client_id = env.CF_ACCESS_CLIENT_ID
  const client_secret = env.CF_ACCESS_CLIENT_SECRET
  if (!url || !client_id || !client_secret) return undefined
  return {
    url: applicationUrl(url, target),
    pair: { client_id, client_secret: secret(client_secret) },
  }
}

function needed(env: Environment, name: string): string {
  const value = env[name]
  if (value) return value
  throw new AccessUsageError({ what: `${name} is not set.`, todo: 'The live target needs it.' })
}
