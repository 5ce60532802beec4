/** Demonstrates the behaviours of `contracts/behaviours/oauth.ts`, each by a client that runs the protocol. */
import { api } from '../../../contracts/api/operations.ts'
import type { oauthBehaviours } from '../../../contracts/behaviours/oauth.ts'
import type { EdgeFixture } from '../../edge/applications.ts'
import { ada, stranger, team } from '../../edge/login/person.ts'
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
} from '../../edge/oauth/application.ts'
import * as saas from '../../edge/oauth/saas.ts'
import type { Demonstrations } from './demonstration.ts'

const options = { applications: oauthApplications }
const saasOnly = { applications: [saas.saasApplication()] }
const metadata = `${team}/.well-known/oauth-authorization-server`

async function client(fixture: EdgeFixture): Promise<string> {
  return String((await register(fixture)).body.client_id)
}

/** Status of a refresh, and what the edge says of the token that it gave. */
async function refreshed(fixture: EdgeFixture, held: Parameters<typeof refresh>[1]) {
  const answer = await refresh(fixture, held)
  if (answer.status !== 200) return [answer.status]
  return [answer.status, (await asBearer(fixture, tokenIn(answer, 'access'))).status]
}

export const oauthDemonstrations: Demonstrations<keyof typeof oauthBehaviours> = {
  'oauth.issuer': {
    options,
    observe: async (fixture) => String((await fetched(fixture, metadata)).body.issuer),
    answers: { url: team, team_domain: new URL(team).hostname },
  },
  'oauth.cross_origin': {
    options,
    observe: async (fixture) =>
      (await fetched(fixture, metadata)).headers.get('access-control-allow-origin') ?? 'none',
    answers: { true: '*', false: 'none' },
  },
  'oauth.registration_disabled': {
    observe: async (fixture) => (await register(fixture)).status,
    answers: { 400: 400, 403: 403, 404: 404 },
  },
  'oauth.resource_missing': {
    options,
    async observe(fixture) {
      const url = authorizationUrl(await client(fixture), { resource: undefined })
      const back = await consented(fixture, url)
      return [back.origin + back.pathname, back.searchParams.get('error') ?? 'no error']
    },
    answers: {
      invalid_target: [callback, 'invalid_target'],
      application_root: [`https://${mcp}/`, 'no error'],
    },
  },
  'oauth.challenge_dash': {
    options,
    async observe(fixture) {
      const code_challenge = `-${'A'.repeat(42)}`
      const url = authorizationUrl(await client(fixture), { code_challenge })
      const { searchParams } = await consented(fixture, url)
      return searchParams.get('error_description') ?? searchParams.has('code')
    },
    answers: {
      accepted: true,
      refused: 'code_challenge_method must be S256 for public clients',
    },
  },
  'oauth.code_lifetime': {
    options,
    async observe(fixture) {
      const id = await client(fixture)
      const statuses: number[] = []
      for (const seconds of [59, 599, 86_399]) {
        const code = await codeFor(fixture, id)
        await fixture.advance(seconds)
        statuses.push((await exchange(fixture, id, code)).status)
      }
      return statuses
    },
    answers: { 86400: [200, 200, 200], 600: [200, 200, 400], 60: [200, 400, 400] },
  },
  'oauth.code_reuse': {
    options,
    async observe(fixture) {
      const id = await client(fixture)
      const code = await codeFor(fixture, id)
      const first = await exchange(fixture, id, code)
      const again = await exchange(fixture, id, code)
      return [again.status, (await asBearer(fixture, tokenIn(first, 'access'))).status]
    },
    answers: { ends_grant: [400, 401], grant_stays: [400, 200] },
  },
  'oauth.refresh_reuse': {
    options,
    async observe(fixture) {
      const held = await connected(fixture)
      const next = tokenIn(await refresh(fixture, held), 'refresh')
      const again = await refresh(fixture, held)
      return [again.status, (await refresh(fixture, { id: held.id, refresh: next })).status]
    },
    answers: { ends_grant: [400, 400], refused: [400, 200], good_until_next: [200, 400] },
  },
  'oauth.revoke_tokens': {
    options,
    async observe(fixture) {
      const held = await connected(fixture)
      await fixture.advance(60)
      await fixture.api(api.applications.revokeTokens, { params: { app_id: fixture.id(mcp) } })
      return refreshed(fixture, held)
    },
    answers: { edge_refuses: [200, 401], ends_grant: [400] },
  },
  'oauth.revoke_user': {
    options,
    async observe(fixture) {
      const held = await connected(fixture)
      await fixture.advance(60)
      await fixture.api(api.organizations.revokeUser, { body: { email: ada } })
      return refreshed(fixture, held)
    },
    answers: { grant_stays: [200, 200], ends_grant: [400] },
  },
  'oidc.access_token': {
    options: saasOnly,
    async observe(fixture) {
      const { body } = await saas.exchange(fixture, await saas.codeFor(fixture))
      const dots = String(body.access_token).split('.').length - 1
      return [dots, (await saas.userinfo(fixture, String(body.access_token))).status]
    },
    answers: { opaque: [0, 200], jwt: [2, 200] },
  },
  'oidc.denied': {
    options: saasOnly,
    async observe(fixture) {
      const url = saas.authorizationUrl()
      const { status, location } = await saas.consentedBy(fixture, url, { email: stranger })
      return [status, location?.searchParams.get('error') ?? 'no error']
    },
    answers: { page: [403, 'no error'], access_denied: [302, 'access_denied'] },
  },
  'oidc.userinfo_profile': {
    options: saasOnly,
    async observe(fixture) {
      const person = { email: ada, name: 'Ada Lovelace' }
      const { location } = await saas.consentedBy(fixture, saas.authorizationUrl(), person)
      const code = location?.searchParams.get('code') ?? ''
      const { body } = await saas.exchange(fixture, code)
      return 'name' in (await saas.userinfo(fixture, String(body.access_token))).body
    },
    answers: { true: true, false: false },
  },
}
