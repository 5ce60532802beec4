/** Creates and deletes accounts while the emulator runs, and shows what they were seeded with. */
import type { control } from '../../contracts/control/endpoints.ts'
import type { SeedAccount } from '../../contracts/control/shapes.ts'
import type { BodyOf } from '../../contracts/endpoint.ts'
import { fail, isFailure } from '../../contracts/errors.ts'
import type { Account } from '../account/account.ts'
import { digestOfToken } from '../account/admin-tokens.ts'
import { derivedValue } from '../account/api-tokens.ts'
import { teamOf } from '../account/organization.ts'
import { refusedBy } from '../account/stored.ts'
import { digest } from '../ids.ts'
import type { AccountLease, ApiTokenRow, ApplicationRow } from '../state/rows.ts'
import type { World } from '../world.ts'
import type { ControlContext, ControlHandlers } from './context.ts'

type AccountHandlers = ControlHandlers<
  Pick<typeof control, 'getSeed' | 'createAccount' | 'deleteAccount'>
>

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
    ...expiryOf(account),
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

function expiryOf({ lease }: Account): Pick<SeedAccount, 'expires_at'> {
  const endsAt = lease?.ends_at ?? null
  return endsAt === null ? {} : { expires_at: new Date(endsAt).toISOString() }
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

export const getSeed: AccountHandlers['getSeed'] = (_call, { accounts, world }) => ({
  result: { accounts: accounts.all().map((account) => shownAccount(account, world)) },
})

/** With a zone and team of its own: zones and teams are unique across accounts. */
export const createAccount: AccountHandlers['createAccount'] = async ({ body }, context) => {
  const label = body.name
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '')
  if (label === '' && (body.zone === undefined || body.team === undefined)) {
    return fail('bad_request', 'name: use at least one letter or digit, or give zone and team')
  }
  const zone = (body.zone ?? `${label}.test`).toLowerCase()
  const team = (body.team ?? label).toLowerCase()
  const auth_domain = `${team}.cloudflareaccess.com`
  const { everyAccount } = context
  const isTaken =
    everyAccount.byTeam(auth_domain) !== undefined || everyAccount.byHost(zone) !== undefined
  if (isTaken)
    return fail('exists', `Another account already has the zone ${zone} or the team ${team}.`)
  const terms = termsOf(body, context)
  const admin_token = terms && context.newAccountToken()
  const account = await context.seedAccount(
    {
      name: body.name,
      zones: [{ name: zone }],
      organization: { name: body.name, auth_domain },
      identity_providers: [{ type: 'onetimepin', name: 'One-time PIN', config: {} }],
    },
    terms && admin_token ? leaseOf(terms, admin_token, context) : undefined,
  )
  if (isFailure(account)) return account
  const shown = shownAccount(account, context.world)
  return { result: admin_token === undefined ? shown : { ...shown, admin_token } }
}

interface Terms {
  readonly ttl_seconds: number | null
  readonly max_objects: number | null
}

/** What an account of a shared emulator gets unless its creator says otherwise: a day, and this many objects. */
const sharedTerms: Terms = { ttl_seconds: 86_400, max_objects: 1000 }
const unlimited: Terms = { ttl_seconds: null, max_objects: null }

/** Undefined if there are none: then the account is the emulator's own, as those of the seed. */
function termsOf(
  { ttl_seconds, max_objects }: BodyOf<(typeof control)['createAccount']>,
  { shared }: Pick<ControlContext, 'shared'>,
): Terms | undefined {
  if (!shared && ttl_seconds === undefined && max_objects === undefined) return undefined
  const defaults = shared ? sharedTerms : unlimited
  return {
    ttl_seconds: ttl_seconds === undefined ? defaults.ttl_seconds : ttl_seconds,
    max_objects: max_objects === undefined ? defaults.max_objects : max_objects,
  }
}

function leaseOf(
  { ttl_seconds, max_objects }: Terms,
  token: string,
  { world }: Pick<ControlContext, 'world'>,
): AccountLease {
  const ends_at = ttl_seconds === null ? null : world.wallNow() + ttl_seconds * 1000
  return { token_digest: digestOfToken(token), ends_at, max_objects }
}

export const deleteAccount: AccountHandlers['deleteAccount'] = async ({ query }, context) => {
  const account = context.accounts.byId(query.account)
  if (account === undefined) return fail('unknown', `There is no account "${query.account}".`)
  const refused = await refusedBy(account.forget())
  if (refused !== undefined) return refused
  context.everyAccount.delete(account.id)
  return { result: { ok: true } }
}
