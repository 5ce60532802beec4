/** The behaviours of `contracts/behaviours/oauth.ts`, each shown by a client that goes through the protocol. */
import { api } from '../../contracts/api/operations.ts'
import type { oauthBehaviours } from '../../contracts/behaviours/oauth.ts'
import type { World } from '../edge/applications.ts'
import { ada, stranger, team } from '../login/person.ts'
import {
  asBearer,
  authorizationUrl,
  callback,
  codeFor,
  connected,
  consented,
  exchange,
  fetched,
  mcp,
  oauthApplications,
  refresh,
  register,
  tokenIn,
} from '../oauth/application.ts'
import * as saas from '../oauth/saas.ts'
import type { Demonstrations } from './demonstration.ts'

const world = { applications: oauthApplications }
const saasOnly = { applications: [saas.saasApplication()] }
const metadata = `${team}/.well-known/oauth-authorization-server`

async function client(inWorld: World): Promise<string> {
  return String((await register(inWorld)).body.client_id)
}

/** Status of a refresh, and what the edge says of the token that it gave. */
async function refreshed(inWorld: World, held: Parameters<typeof refresh>[1]) {
  const answer = await refresh(inWorld, held)
  if (answer.status !== 200) return [answer.status]
  return [answer.status, (await asBearer(inWorld, tokenIn(answer, 'access'))).status]
}

export const oauthDemonstrations: Demonstrations<keyof typeof oauthBehaviours> = {
  'oauth.issuer': {
    world,
    observe: async (inWorld) => String((await fetched(inWorld, metadata)).body.issuer),
    answers: { url: team, team_domain: new URL(team).hostname },
  },
  'oauth.cross_origin': {
    world,
    observe: async (inWorld) =>
      (await fetched(inWorld, metadata)).headers.get('access-control-allow-origin') ?? 'none',
    answers: { true: '*', false: 'none' },
  },
  'oauth.registration_disabled': {
    observe: async (inWorld) => (await register(inWorld)).status,
    answers: { 400: 400, 403: 403, 404: 404 },
  },
  'oauth.resource_missing': {
    world,
    async observe(inWorld) {
      const url = authorizationUrl(await client(inWorld), { resource: undefined })
      const back = await consented(inWorld, url)
      return [back.origin + back.pathname, back.searchParams.get('error') ?? 'no error']
    },
    answers: {
      invalid_target: [callback, 'invalid_target'],
      application_root: [`https://${mcp}/`, 'no error'],
    },
  },
  'oauth.challenge_dash': {
    world,
    async observe(inWorld) {
      const code_challenge = `-${'A'.repeat(42)}`
      const url = authorizationUrl(await client(inWorld), { code_challenge })
      const { searchParams } = await consented(inWorld, url)
      return searchParams.get('error_description') ?? searchParams.has('code')
    },
    answers: {
      accepted: true,
      refused: 'code_challenge_method must be S256 for public clients',
    },
  },
  'oauth.code_lifetime': {
    world,
    async observe(inWorld) {
      const id = await client(inWorld)
      const statuses: number[] = []
      for (const seconds of [59, 599, 86_399]) {
        const code = await codeFor(inWorld, id)
        await inWorld.advance(seconds)
        statuses.push((await exchange(inWorld, id, code)).status)
      }
      return statuses
    },
    answers: { 86400: [200, 200, 200], 600: [200, 200, 400], 60: [200, 400, 400] },
  },
  'oauth.code_reuse': {
    world,
    async observe(inWorld) {
      const id = await client(inWorld)
      const code = await codeFor(inWorld, id)
      const first = await exchange(inWorld, id, code)
      const again = await exchange(inWorld, id, code)
      return [again.status, (await asBearer(inWorld, tokenIn(first, 'access'))).status]
    },
    answers: { ends_grant: [400, 401], grant_stays: [400, 200] },
  },
  'oauth.refresh_reuse': {
    world,
    async observe(inWorld) {
      const held = await connected(inWorld)
      const next = tokenIn(await refresh(inWorld, held), 'refresh')
      const again = await refresh(inWorld, held)
      return [again.status, (await refresh(inWorld, { id: held.id, refresh: next })).status]
    },
    answers: { ends_grant: [400, 400], refused: [400, 200], good_until_next: [200, 400] },
  },
  'oauth.revoke_tokens': {
    world,
    async observe(inWorld) {
      const held = await connected(inWorld)
      await inWorld.advance(60)
      await inWorld.api(api.applications.revokeTokens, { params: { app_id: inWorld.id(mcp) } })
      return refreshed(inWorld, held)
    },
    answers: { edge_refuses: [200, 401], ends_grant: [400] },
  },
  'oauth.revoke_user': {
    world,
    async observe(inWorld) {
      const held = await connected(inWorld)
      await inWorld.advance(60)
      await inWorld.api(api.organizations.revokeUser, { body: { email: ada } })
      return refreshed(inWorld, held)
    },
    answers: { grant_stays: [200, 200], ends_grant: [400] },
  },
  'oidc.access_token': {
    world: saasOnly,
    async observe(inWorld) {
      const { body } = await saas.exchange(inWorld, await saas.codeFor(inWorld))
      const dots = String(body.access_token).split('.').length - 1
      return [dots, (await saas.userinfo(inWorld, String(body.access_token))).status]
    },
    answers: { opaque: [0, 200], jwt: [2, 200] },
  },
  'oidc.denied': {
    world: saasOnly,
    async observe(inWorld) {
      const url = saas.authorizationUrl()
      const { status, location } = await saas.consentedBy(inWorld, url, { email: stranger })
      return [status, location?.searchParams.get('error') ?? 'no error']
    },
    answers: { page: [403, 'no error'], access_denied: [302, 'access_denied'] },
  },
  'oidc.userinfo_profile': {
    world: saasOnly,
    async observe(inWorld) {
      const person = { email: ada, name: 'Ada Lovelace' }
      const { location } = await saas.consentedBy(inWorld, saas.authorizationUrl(), person)
      const code = location?.searchParams.get('code') ?? ''
      const { body } = await saas.exchange(inWorld, code)
      return 'name' in (await saas.userinfo(inWorld, String(body.access_token))).body
    },
    answers: { true: true, false: false },
  },
}
