/** Carries out the recipe of a mode in the order that a client would see: all is well, a token is issued, the failure. */
import { api } from '../../../contracts/api/operations.ts'
import type { Fault } from '../../../contracts/control/faults.ts'
import type { ModeTarget } from '../../../contracts/control/shapes.ts'
import { transferKeyText } from '../../../contracts/edge/cloudflared.ts'
import type { LaterEvent, Mode, Recipe, TokenState } from '../../../contracts/modes/mode.ts'
import { letsClientsRegister, managedOauthOf } from '../../access/oauth.ts'
import { bindingOf } from '../../account/binding.ts'
import { deletionOf } from '../../account/holder.ts'
import { teamOf } from '../../account/organization.ts'
import type { ApplicationRow, ServiceTokenRow } from '../../state/rows.ts'
import { timestampAt } from '../../state/timestamps.ts'
import { clientSecret, hex, uuidFrom } from '../../world/ids.ts'
import { issueHeldToken, sendsToken } from './held.ts'
import { call } from './ledger.ts'
import { beginLogin, loginNonceOf, loginSessionOf } from './login.ts'
import { noClient, prepareClient } from './oauth.ts'
import {
  applicationRow,
  bodyOf,
  changedApplication,
  type ModeContext,
  nameHosts,
  newApplication,
  requireOrganization,
  targetApplication,
  tokenOf,
  tokenRow,
  unusableApiToken,
} from './objects.ts'
import {
  faultOf,
  filled,
  type HeldCredentials,
  namesTeam,
  type PlaceholderValues,
} from './words.ts'

export interface ModeInPlace {
  readonly facts: PlaceholderValues
  readonly held: HeldCredentials
  readonly faults: readonly Fault[]
}

/** @throws Problem if the API or the target does not allow it */
export async function setUp(
  given: ModeContext,
  mode: Mode,
  target: ModeTarget,
): Promise<ModeInPlace> {
  const { setup } = mode
  if (setup.organization !== undefined || namesTeam(mode, given.control.profile)) {
    requireOrganization(given)
  }
  const context = { ...given, host: targetHost(given, target) ?? given.host }
  if (target.application === undefined) await nameHosts(context)
  if (setup.worker !== undefined) {
    const put = { id: context.host, worker: setup.worker, preview: false }
    await context.ledger.commit([{ table: 'worker_hosts', put }])
  }
  const token = await tokenOf(context, target)
  const application = await setUpApplication(context, setup, target, token)
  const known = factsOf(context, application, token)
  if (setup.login !== undefined) await beginLogin(context, setup.login.email, application)
  const heldToken = sendsToken(mode) ? await issueHeldToken(context, setup, application, token) : ''
  const client =
    setup.client === undefined ? noClient : await prepareClient(context, setup.client, application)
  await tokenEvents[setup.token ?? 'good'](context, token)
  const later =
    setup.later === undefined ? application : await applyEvent(context, setup.later, application)
  await setUpOrganization(context, setup, known)
  const facts: PlaceholderValues = {
    ...known,
    ...client.facts,
    aud: later?.aud ?? known.aud,
    application_id: later?.id ?? known.application_id,
    team: teamOf(context.account) ?? known.first_team,
  }
  return {
    facts,
    held: {
      ...pairOf(context, token),
      token: heldToken,
      binding: bindingOf(context.control.world, heldToken),
      login_session: loginSessionOf(context),
      api_token: context.account.api_token,
      unusable_api_token: await unusableApiToken(context, setup),
      access_token: client.access_token,
    },
    faults: (setup.faults ?? []).map((recipe) =>
      faultOf(filled(recipe, facts), context.id, context.control.nowMs),
    ),
  }
}

async function setUpApplication(
  context: ModeContext,
  setup: Recipe,
  target: ModeTarget,
  token: ServiceTokenRow,
): Promise<ApplicationRow | undefined> {
  const existing =
    target.application === undefined
      ? undefined
      : targetApplication(context.account, target.application)
  if (setup.application === 'none') {
    if (existing !== undefined) {
      await call(context, api.applications.delete, { params: { app_id: existing.id } })
    }
    return existing
  }
  const fields = filled(setup.application ?? {}, factsOf(context, existing, token))
  const recipe = { fields, ...(setup.policies === undefined ? {} : { policies: setup.policies }) }
  if (existing !== undefined) return changedApplication(context, existing, recipe, token)
  const place = { name: `mode ${context.id}`, domain: context.host }
  return newApplication(context, recipe, place, token)
}

function factsOf(
  context: ModeContext,
  application: ApplicationRow | undefined,
  token: ServiceTokenRow,
): PlaceholderValues {
  const { account, control, host, id } = context
  const { world } = control
  const made = (n: number, what: string) => world.bytes(n, account.id, 'mode', id, what)
  const zone = account.zones[0] ?? { id: '', name: '' }
  const team = teamOf(account) ?? ''
  const aud = application?.aud ?? ''
  return {
    host,
    aud,
    first_aud: aud,
    application_id: application?.id ?? '',
    service_token_id: token.id,
    client_id: token.client_id,
    team,
    first_team: team,
    unknown_team: `${id}-nobody.cloudflareaccess.com`,
    unknown_aud: hex(made(32, 'unknown aud')),
    unknown_id: uuidFrom(made(16, 'unknown id')),
    unknown_account_id: hex(made(16, 'unknown account')),
    account_id: account.id,
    zone_id: zone.id,
    zone: zone.name,
    login_nonce: loginNonceOf(context),
    ...noClient.facts,
    transfer_key: transferKeyText(made(32, 'transfer key')),
  }
}

/** The target's host; undefined without a target, or if its domain has a wildcard. */
function targetHost({ account }: ModeContext, { application }: ModeTarget): string | undefined {
  if (application === undefined) return undefined
  const host = targetApplication(account, application).domain?.split('/')[0] ?? ''
  return /^[a-z0-9.-]+$/i.test(host) ? host : undefined
}

/** The client id and secret that the client holds, which a later rotation does not change. */
function pairOf({ account, control: { world }, id }: ModeContext, token: ServiceTokenRow) {
  const made = (n: number, what: string) => world.bytes(n, account.id, 'mode', id, what)
  return {
    client_id: token.client_id,
    client_secret: token.client_secret,
    wrong_secret: clientSecret(made(64, 'wrong secret')),
    unknown_client_id: `${hex(made(16, 'unknown client id'))}.access`,
  }
}

/** Uses the API where it can; but no call makes a token expire, and the API refuses to delete one in use. */
const tokenEvents: Readonly<
  Record<TokenState, (context: ModeContext, token: ServiceTokenRow) => Promise<unknown>>
> = {
  good: async () => {},
  async expired(context, { id }) {
    const expires_at = timestampAt(context.control.nowMs - 1000)
    await context.ledger.commit([
      { table: 'service_tokens', put: { ...tokenRow(context, id), expires_at } },
    ])
  },
  disabled: (context, { id }) =>
    call(context, api.serviceTokens.replace, {
      params: { service_token_id: id },
      body: { enabled: false },
    }),
  deleted: (context, { id }) => context.ledger.commit(deletionOf(tokenRow(context, id))),
  rotated: (context, { id }) =>
    call(context, api.serviceTokens.rotate, { params: { service_token_id: id }, body: undefined }),
}

/** Returns the application as it is after the event. */
async function applyEvent(
  context: ModeContext,
  event: LaterEvent,
  application: ApplicationRow | undefined,
): Promise<ApplicationRow | undefined> {
  if (application === undefined) return undefined
  const params = { app_id: application.id }
  if (event === 'close registration') {
    await closeRegistration(context)
    return applicationRow(context, application.id)
  }
  if (event === 'revoke its tokens') {
    await call(context, api.applications.revokeTokens, { params })
    return application
  }
  await call(context, api.applications.delete, { params })
  if (event === 'delete the application') return application
  const body = { ...bodyOf(application, {}), policies: [] }
  const { id } = await call(context, api.applications.create, { body })
  return applicationRow(context, id)
}

/** Any application that lets clients register opens the endpoint of the team to all of them. */
async function closeRegistration(context: ModeContext): Promise<void> {
  for (const row of context.account.state.tables.applications.all()) {
    const oauth_configuration = managedOauthOf(row)
    if (oauth_configuration === undefined || !letsClientsRegister(oauth_configuration)) continue
    const dynamic_client_registration = {
      ...oauth_configuration.dynamic_client_registration,
      enabled: false,
    }
    const fields = { oauth_configuration: { ...oauth_configuration, dynamic_client_registration } }
    const params = { app_id: row.id }
    await call(context, api.applications.replace, { params, body: bodyOf(row, fields) })
  }
}

async function setUpOrganization(
  context: ModeContext,
  { organization }: Recipe,
  facts: PlaceholderValues,
) {
  if (organization === undefined) return
  if (organization === 'none') {
    await context.ledger.commit([{ table: 'organization', delete: 'organization' }])
  } else {
    await call(context, api.organizations.patch, { body: filled(organization, facts) })
  }
}
