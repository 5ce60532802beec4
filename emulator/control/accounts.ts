/** Creates and deletes accounts while the emulator runs, and shows what they were seeded with. */
import type { control } from '../../contracts/control/endpoints.ts'
import type { SeedAccountData } from '../../contracts/control/seed.ts'
import type { SeedAccount } from '../../contracts/control/shapes.ts'
import type { BodyOf } from '../../contracts/declaration/endpoint.ts'
import { type Failure, fail, isFailure } from '../../contracts/errors/errors.ts'
import type { Account } from '../account/account.ts'
import type { Accounts } from '../account/accounts.ts'
import { digestOfToken } from '../account/admin-tokens.ts'
import { derivedValue } from '../account/api-tokens.ts'
import { teamOf } from '../account/organization.ts'
import { holdingOf } from '../account/quota.ts'
import { refusedBy } from '../account/stored.ts'
import type { AccountLease, ApiTokenRow, ApplicationRow } from '../state/rows.ts'
import { digest } from '../world/ids.ts'
import type { World } from '../world/world.ts'
import type { ControlContext, ControlHandler } from './context.ts'

type Shown = SeedAccount['applications'][number]

/** The ids and secrets that an account was created with, for scripts. */
export function shownAccount(account: Account, world: World): SeedAccount {
  const { applications = [], service_tokens = [], api_tokens = [] } = account.seeded()
  return {
    id: account.id,
    name: account.name,
    api_token: account.api_token,
    zones: account.zones.map(({ id, name }) => ({ id, name })),
    auth_domain: teamOf(account) ?? '',
    ...termsShown(account),
    applications: applications.map((application) => ({
      id: application.id,
      name: application.name ?? '',
      domain: application.domain ?? null,
      aud: application.aud,
      ...oidcClientOf(application),
    })),
    service_tokens: service_tokens.map(({ id, name, client_id, client_secret }) => ({
      id,
      name,
      client_id,
      client_secret,
    })),
    ...(api_tokens.length === 0
      ? {}
      : { api_tokens: api_tokens.map((token) => shownSeedToken(token, account, world)) }),
  }
}

function termsShown(account: Account): Pick<SeedAccount, 'expires_at' | 'quota'> {
  const { lease } = account
  if (lease === undefined) return {}
  const { ends_at, max_objects, max_bytes = null } = lease
  const { objects, bytes } = holdingOf(account)
  return {
    ...(ends_at === null ? {} : { expires_at: new Date(ends_at).toISOString() }),
    quota: { objects, max_objects, bytes, max_bytes },
  }
}

function shownSeedToken(row: ApiTokenRow, account: Account, world: World) {
  const { id, name, kind } = row
  const value = derivedValue(world, account, row)
  return { id, name, kind, ...(digest(value) === row.digest ? { value } : {}) }
}

function oidcClientOf({ saas_app, saas_secret }: ApplicationRow): Pick<Shown, 'oidc'> {
  if (saas_secret === undefined || typeof saas_app?.client_id !== 'string') return {}
  return { oidc: { client_id: saas_app.client_id, client_secret: saas_secret } }
}

export const getSeed: ControlHandler<'getSeed'> = (_call, { accounts, world }) => ({
  result: { accounts: accounts.all().map((account) => shownAccount(account, world)) },
})

type CreateBody = BodyOf<(typeof control)['createAccount']>

/** With zones and a team of its own: they are unique across accounts. */
export const createAccount: ControlHandler<'createAccount'> = async ({ body }, context) => {
  const { seed } = body
  const data = await dataFor(body, context)
  if (isFailure(data)) return data
  const taken = takenFrom(data, context.everyAccount)
  if (taken !== undefined) return fail('exists', taken)
  const terms = termsOf(body, context)
  const admin_token = terms && context.newAccountToken()
  const lease = terms && admin_token ? leaseOf(terms, admin_token, context) : undefined
  const account = await context.seedAccount(data, { lease, isPublished: typeof seed === 'string' })
  if (isFailure(account)) return account
  const shown = shownAccount(account, context.world)
  return { result: admin_token === undefined ? shown : { ...shown, admin_token } }
}

async function dataFor(
  { name, seed, prefix, zone, team }: CreateBody,
  context: Pick<ControlContext, 'accountFrom'>,
): Promise<SeedAccountData | Failure<'bad_request'>> {
  if (seed !== undefined && (zone ?? team) !== undefined) {
    return fail(
      'bad_request',
      'seed: it says which zones and team there are; give a prefix instead',
    )
  }
  if (seed !== undefined) return context.accountFrom({ name, seed, prefix })
  if (prefix !== undefined) return fail('bad_request', 'prefix: only with a seed')
  const label = name
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '')
  if (label === '' && (zone === undefined || team === undefined)) {
    return fail('bad_request', 'name: use at least one letter or digit, or give zone and team')
  }
  const auth_domain = `${(team ?? label).toLowerCase()}.cloudflareaccess.com`
  return {
    name,
    zones: [{ name: (zone ?? `${label}.test`).toLowerCase() }],
    organization: { name, auth_domain },
    identity_providers: [{ type: 'onetimepin', name: 'One-time PIN', config: {} }],
  }
}

function takenFrom(
  { zones, organization }: SeedAccountData,
  accounts: Accounts,
): string | undefined {
  const domain = organization?.auth_domain ?? ''
  const isTeamTaken = accounts.byTeam(domain) !== undefined
  const zone = zones.find(({ name }) => accounts.byHost(name.toLowerCase()) !== undefined)
  if (!isTeamTaken && zone === undefined) return undefined
  const team = domain.replace(/\.cloudflareaccess\.com$/, '')
  return `Another account already has the zone ${(zone ?? zones[0])?.name} or the team ${team}.`
}

interface Terms {
  readonly ttl_seconds: number | null
  readonly max_objects: number | null
  readonly max_bytes: number | null
}

/**
 * What an account of a shared emulator gets unless its creator says otherwise: a day, ten thousand objects, and 3 KiB for each
 * of them, where an application with its policies takes one or two.
 */
const sharedTerms: Terms = { ttl_seconds: 86_400, max_objects: 10_000, max_bytes: 32 * 2 ** 20 }
const unlimited: Terms = { ttl_seconds: null, max_objects: null, max_bytes: null }

/** Undefined if there are none: then the account is the emulator's own, as those of the seed. */
function termsOf(
  { ttl_seconds, max_objects, max_bytes }: CreateBody,
  { shared }: Pick<ControlContext, 'shared'>,
): Terms | undefined {
  const given = [ttl_seconds, max_objects, max_bytes]
  if (!shared && given.every((each) => each === undefined)) return undefined
  const defaults = shared ? sharedTerms : unlimited
  return {
    ttl_seconds: ttl_seconds === undefined ? defaults.ttl_seconds : ttl_seconds,
    max_objects: max_objects === undefined ? defaults.max_objects : max_objects,
    max_bytes: max_bytes === undefined ? defaults.max_bytes : max_bytes,
  }
}

function leaseOf(
  { ttl_seconds, ...limits }: Terms,
  token: string,
  { world }: Pick<ControlContext, 'world'>,
): AccountLease {
  const ends_at = ttl_seconds === null ? null : world.wallNow() + ttl_seconds * 1000
  return { token_digest: digestOfToken(token), ends_at, ...limits }
}

export const deleteAccount: ControlHandler<'deleteAccount'> = async ({ query }, context) => {
  const account = context.accounts.byId(query.account)
  if (account === undefined) return fail('unknown', `There is no account "${query.account}".`)
  const refused = await refusedBy(account.forget())
  if (refused !== undefined) return refused
  context.everyAccount.delete(account.id)
  return { result: { ok: true } }
}
