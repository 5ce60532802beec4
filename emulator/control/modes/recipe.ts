/** Carries out the recipe of a mode, in the order in which it happens to a client: good world, token held, failure. */
import { api } from '../../../contracts/api/operations.ts'
import type { ModeTarget } from '../../../contracts/control/shapes.ts'
import type { Fault } from '../../../contracts/faults.ts'
import type { LaterEvent, Mode, Recipe, TokenState } from '../../../contracts/modes/mode.ts'
import { bindingOf } from '../../account/binding.ts'
import { deletionOf } from '../../account/holder.ts'
import { organizationOf, teamOf } from '../../account/organization.ts'
import { clientSecret, hex, uuidFrom } from '../../ids.ts'
import type { ApplicationRow, ServiceTokenRow } from '../../state/rows.ts'
import { timestampAt } from '../../state/timestamps.ts'
import { hold, sendsToken } from './held.ts'
import { beginLogin, loginNonceOf, loginSessionOf } from './login.ts'
import {
  applicationRow,
  bodyOf,
  call,
  changedApplication,
  ModeProblem,
  nameHosts,
  newApplication,
  type Scene,
  targetApplication,
  tokenOf,
  tokenRow,
} from './objects.ts'
import { type Facts, faultOf, filled, type Held } from './words.ts'

export interface Staged {
  readonly facts: Facts
  readonly held: Held
  readonly faults: readonly Fault[]
}

/** @throws ModeProblem where the API or the target does not allow it */
export async function stage(given: Scene, mode: Mode, target: ModeTarget): Promise<Staged> {
  const { setup } = mode
  const scene = { ...given, host: targetHost(given, target) ?? given.host }
  if (target.application === undefined) await nameHosts(scene)
  if (setup.worker !== undefined) {
    const put = { id: scene.host, worker: setup.worker, preview: false }
    await scene.ledger.commit([{ table: 'worker_hosts', put }])
  }
  const token = await tokenOf(scene, target)
  const application = await stageApplication(scene, setup, target, token)
  const known = factsOf(scene, application, token)
  if (setup.login !== undefined) await beginLogin(scene, setup.login.email, application)
  const heldToken = sendsToken(mode) ? await hold(scene, setup, application, token) : ''
  await tokenEvents[setup.token ?? 'good'](scene, token)
  const later =
    setup.later === undefined ? application : await happen(scene, setup.later, application)
  await stageOrganization(scene, setup, known)
  const facts: Facts = {
    ...known,
    aud: later?.aud ?? known.aud,
    application_id: later?.id ?? known.application_id,
    team: teamOf(scene.account) ?? known.first_team,
  }
  return {
    facts,
    held: {
      ...pairOf(scene, token),
      token: heldToken,
      binding: bindingOf(scene.context.world, heldToken),
      login_session: loginSessionOf(scene),
      api_token: scene.account.api_token,
    },
    faults: (setup.faults ?? []).map((recipe) =>
      faultOf(filled(recipe, facts), scene.id, scene.context.nowMs),
    ),
  }
}

async function stageApplication(
  scene: Scene,
  setup: Recipe,
  target: ModeTarget,
  token: ServiceTokenRow,
): Promise<ApplicationRow | undefined> {
  const asked =
    target.application === undefined
      ? undefined
      : targetApplication(scene.account, target.application)
  if (setup.application === 'none') {
    if (asked !== undefined) {
      await call(scene, api.applications.delete, { params: { app_id: asked.id } })
    }
    return asked
  }
  const fields = filled(setup.application ?? {}, factsOf(scene, asked, token))
  const recipe = { fields, ...(setup.policies === undefined ? {} : { policies: setup.policies }) }
  if (asked !== undefined) return changedApplication(scene, asked, recipe, token)
  const place = { name: `mode ${scene.id}`, domain: scene.host }
  return newApplication(scene, recipe, place, token)
}

function factsOf(
  scene: Scene,
  application: ApplicationRow | undefined,
  token: ServiceTokenRow,
): Facts {
  const { account, context, host, id } = scene
  const { world } = context
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
    login_nonce: loginNonceOf(scene),
  }
}

/** Undefined without a target, and where its domain is no plain host. */
function targetHost({ account }: Scene, { application }: ModeTarget): string | undefined {
  if (application === undefined) return undefined
  const host = targetApplication(account, application).domain?.split('/')[0] ?? ''
  return /^[a-z0-9.-]+$/i.test(host) ? host : undefined
}

/** The pair as clients know it, which a rotation since then does not change. */
function pairOf({ account, context: { world }, id }: Scene, token: ServiceTokenRow) {
  const made = (n: number, what: string) => world.bytes(n, account.id, 'mode', id, what)
  return {
    client_id: token.client_id,
    client_secret: token.client_secret,
    wrong_secret: clientSecret(made(64, 'wrong secret')),
    unknown_client_id: `${hex(made(16, 'unknown client id'))}.access`,
  }
}

/** What the API can do, it does; no call lets a token expire, and it keeps one that is used. */
const tokenEvents: Readonly<
  Record<TokenState, (scene: Scene, token: ServiceTokenRow) => Promise<unknown>>
> = {
  good: async () => {},
  async expired(scene, { id }) {
    const expires_at = timestampAt(scene.context.nowMs - 1000)
    await scene.ledger.commit([
      { table: 'service_tokens', put: { ...tokenRow(scene, id), expires_at } },
    ])
  },
  disabled: (scene, { id }) =>
    call(scene, api.serviceTokens.replace, {
      params: { service_token_id: id },
      body: { enabled: false },
    }),
  deleted: (scene, { id }) => scene.ledger.commit(deletionOf(tokenRow(scene, id))),
  rotated: (scene, { id }) =>
    call(scene, api.serviceTokens.rotate, { params: { service_token_id: id }, body: undefined }),
}

/** The application afterwards. */
async function happen(
  scene: Scene,
  event: LaterEvent,
  application: ApplicationRow | undefined,
): Promise<ApplicationRow | undefined> {
  if (application === undefined) return undefined
  const params = { app_id: application.id }
  if (event === 'revoke its tokens') {
    await call(scene, api.applications.revokeTokens, { params })
    return application
  }
  await call(scene, api.applications.delete, { params })
  if (event === 'delete the application') return application
  const body = { ...bodyOf(application, {}), policies: [] }
  const { id } = await call(scene, api.applications.create, { body })
  return applicationRow(scene, id)
}

async function stageOrganization(scene: Scene, { organization }: Recipe, facts: Facts) {
  if (organization === undefined) return
  if (organizationOf(scene.account) === undefined) {
    throw new ModeProblem(`${scene.id}: the account has no organization.`)
  }
  if (organization === 'none') {
    await scene.ledger.commit([{ table: 'organization', delete: 'organization' }])
  } else {
    await call(scene, api.organizations.patch, { body: filled(organization, facts) })
  }
}
