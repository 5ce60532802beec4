/** The OAuth client of a mode, and what it got before the failure: an authorization code, or tokens. */
import { oidcApplication } from '../../../contracts/api/oidc-application.ts'
import { oauthTokenPrefix } from '../../../contracts/edge/oauth.ts'
import type { OauthClientRecipe, Placeholder } from '../../../contracts/modes/mode.ts'
import { admittedPerson } from '../../../contracts/modes/policy-words.ts'
import { managedOauthOf, oauthLifetimes } from '../../access/oauth.ts'
import { hasRefreshTokens, oidcLifetimes, scopesOf } from '../../access/oidc.ts'
import { beginGrant, nextTokens } from '../../account/oauth-grants.ts'
import { teamOf } from '../../account/organization.ts'
import { enrol, identityOf, judge } from '../../account/sign-in.ts'
import type { ApplicationRow } from '../../state/rows.ts'
import type { World } from '../../world/world.ts'
import { plainAsking } from '../sessions.ts'
import { Problem } from './ledger.ts'
import type { ModeContext } from './objects.ts'

type OauthPlaceholder = Extract<Placeholder, `oauth_${string}`>

export interface HeldByClient {
  readonly facts: Readonly<Record<OauthPlaceholder, string>>
  readonly access_token: string
}

export const noClient: HeldByClient = {
  facts: {
    oauth_client_id: '',
    oauth_client_secret: '',
    oauth_code: '',
    oauth_refresh_token: '',
  },
  access_token: '',
}

/** The application's settings for its clients. */
interface ClientSettings {
  readonly client_id: string
  readonly secret: string
  readonly hostname: string
  readonly prefix: string
  readonly resource: string
  readonly scope?: string
  /** Seconds. */
  readonly lifetimes: { readonly accessToken: number; readonly grant: number }
  readonly isRefreshed: boolean
}

/** @throws Problem if the application has no OAuth */
export async function prepareClient(
  context: ModeContext,
  recipe: OauthClientRecipe,
  application: ApplicationRow | undefined,
): Promise<HeldByClient> {
  if (application === undefined) throw new Problem(`${context.id}: nothing to sign in to.`)
  const settings = await settingsOf(context, recipe, application)
  const facts = {
    ...noClient.facts,
    oauth_client_id: settings.client_id,
    oauth_client_secret: settings.secret,
  }
  if (recipe.got === undefined) return { ...noClient, facts }
  const { account, ledger } = context
  const world = earlier(context.control.world, recipe.ago ?? 0)
  const begun = beginGrant(account, world, {
    ...(await signedIn(context, application, settings)),
    ...{ application, code_challenge: undefined, redirect_uri: recipe.redirect_uri },
    ...{ client_id: settings.client_id, resource: settings.resource },
    ...(settings.scope === undefined ? {} : { scope: settings.scope }),
    lifetime: settings.lifetimes.grant,
  })
  await ledger.commit(begun.changes)
  if (recipe.got === 'a code') return { ...noClient, facts: { ...facts, oauth_code: begun.code } }
  const user = account.state.tables.users.get(begun.grant.user_id)
  if (user === undefined) throw new Error('the person was enrolled just now')
  const { hostname, prefix, isRefreshed } = settings
  const tokens = nextTokens(account, world, begun.grant, {
    ...{ application, user, hostname, prefix, isRefreshed },
    lifetime: settings.lifetimes.accessToken,
  })
  await ledger.commit(tokens.changes)
  const { access_token, refresh_token: oauth_refresh_token = '' } = tokens
  return { access_token, facts: { ...facts, oauth_refresh_token } }
}

async function settingsOf(
  context: ModeContext,
  { redirect_uri }: OauthClientRecipe,
  application: ApplicationRow,
): Promise<ClientSettings> {
  const { account, control, host, id, ledger } = context
  const app = oidcApplication().safeParse(application.saas_app).data
  if (app !== undefined) {
    const { accessToken, refreshToken } = oidcLifetimes(app)
    return {
      client_id: app.client_id,
      secret: application.saas_secret ?? '',
      hostname: teamOf(account) ?? '',
      prefix: '',
      resource: '',
      scope: scopesOf(app).join(' '),
      lifetimes: { accessToken, grant: refreshToken },
      isRefreshed: hasRefreshTokens(app),
    }
  }
  const configuration = managedOauthOf(application)
  if (configuration === undefined) {
    throw new Problem(`${id}: the application has no OAuth.`)
  }
  const minted = account.mint('oauth_client', '')
  const put = {
    id: minted.id,
    name: `mode ${id}`,
    redirect_uris: [redirect_uri],
    grant_types: ['authorization_code', 'refresh_token'],
    token_endpoint_auth_method: 'none',
    issued_at: control.world.seconds(),
  } as const
  await ledger.commit([minted.change, { table: 'oauth_clients', put }])
  return {
    client_id: minted.id,
    secret: '',
    hostname: host,
    prefix: oauthTokenPrefix,
    resource: `https://${host}/`,
    lifetimes: oauthLifetimes(configuration),
    isRefreshed: true,
  }
}

/** The person whom `allowPeople` admits, as the policies see them. */
async function signedIn(
  { account, control, ledger, id }: ModeContext,
  application: ApplicationRow,
  { hostname }: ClientSettings,
) {
  const person = { email: admittedPerson }
  const { user, changes } = enrol(account, person, control.nowMs)
  const identity = { ...identityOf(account, person), id: user.id }
  const asking = { ...plainAsking(application, 'XX'), host: hostname }
  const { verdict } = judge(account, application, { asking, user, identity })
  if (verdict.kind !== 'pass') throw new Problem(`${id}: no policy admits ${admittedPerson}.`)
  await ledger.commit(changes)
  return { user, identity, country: asking.country, policy_id: verdict.policy.id }
}

/** The same world some seconds ago. */
function earlier(world: World, ago: number): World {
  return {
    ...world,
    now: () => world.now() - ago * 1000,
    seconds: () => world.seconds() - ago,
  }
}
