/** Why an application token is refused: the response never says, the journal does. */
import { SignJWT } from 'jose'
import { describe, expect, test } from 'vitest'
import { api } from '../../contracts/api/operations.ts'
import type { ModeId } from '../../contracts/modes/catalogue.ts'
import { causesOf } from '../../emulator/instance/refusal-causes.ts'
import { spellings } from '../contracts/odd-encodings.ts'
import {
  app,
  type EdgeFixture,
  edgeFixture,
  hosts,
  pairs,
  people,
  type Sending,
  sharedEdge,
  startSeconds,
} from './applications.ts'

const wiki = 'wiki.example.com'
const email = 'ada@example.com'

type Case = readonly [
  reason: string,
  helps: string | undefined,
  proves: ModeId | undefined,
  happens: (edge: EdgeFixture, token: string) => Promise<Sending | undefined>,
]

const unsigned = () =>
  new SignJWT({ type: 'app', exp: startSeconds + 60 })
    .setProtectedHeader({ alg: 'HS256' })
    .sign(new Uint8Array(32))

const cases: readonly Case[] = [
  [
    'jwt_expired',
    'send an application token that has not expired',
    'jwt-expired',
    async ({ advance }) => {
      await advance(86_400)
      return undefined
    },
  ],
  [
    'jwt_revoked',
    'send an application token issued after the revocation',
    'jwt-revoked',
    async (edge) => {
      await edge.api(api.applications.revokeTokens, { params: { app_id: edge.id(hosts.P) } })
      return undefined
    },
  ],
  [
    'jwt_not_yet_valid',
    'send an application token whose nbf has come',
    undefined,
    async ({ emulator }) => {
      await emulator.control.setClock({ body: { at: '2026-11-24T09:59:59Z' } })
      return undefined
    },
  ],
  [
    'jwt_of_other_issuer',
    'send an application token issued under the present name of the team',
    'organization-renamed',
    async (edge) => {
      const body = { auth_domain: 'renamed.cloudflareaccess.com' }
      await edge.api(api.organizations.patch, { body })
      return undefined
    },
  ],
  [
    'jwt_of_other_application',
    'send an application token of this application',
    'jwt-other-application',
    async (edge) => ({ token: await edge.signIn(email, wiki) }),
  ],
  [
    'jwt_of_unknown_application',
    'send an application token of this application',
    undefined,
    async (edge) => {
      const token = await edge.signIn(email, wiki)
      await edge.api(api.applications.delete, { params: { app_id: edge.id(wiki) } })
      return { token }
    },
  ],
  [
    'jwt_sent_as_bearer',
    'send the application token as the cookie CF_Authorization',
    'jwt-as-bearer',
    async (_, token) => ({ headers: { authorization: `Bearer ${token}` } }),
  ],
  ['jwt_unverified', undefined, undefined, async () => ({ token: await unsigned() })],
]

test.each(cases)('%s', async (reason, helps, proves, happens) => {
  const edge = await edgeFixture({ profile: 'observed', applications: [app(wiki, [people])] })
  const token = await edge.signIn(email, hosts.P)
  expect((await edge.send(hosts.P, { token })).status).toBe(200)
  const sending = (await happens(edge, token)) ?? { token }
  expect((await edge.send(hosts.P, sending)).status).toBe(302)
  const { emulator } = edge
  const entry = await edge.lastEntry()
  expect(entry.trail).toContainEqual({ stage: 'application_token', outcome: 'no_match', reason })
  const explanation = await emulator.control.explain({ body: { ray: entry.ray } })
  const { trail, would_pass_if } = explanation
  expect(trail).toContainEqual({ stage: 'application_token', outcome: 'no_match', reason })
  expect(would_pass_if.filter((way) => way.includes('application token'))).toEqual(
    helps === undefined ? [] : [helps],
  )
  expect(causesOf({ entry, explanation })).toEqual(proves === undefined ? [] : [proves])
})

test('of several, the first that Access signed is blamed, unless one is valid', async () => {
  const edge = await edgeFixture({ applications: [app(wiki, [people])] })
  const [good, others] = [await edge.signIn(email, hosts.P), await edge.signIn(email, wiki)]
  const ownReasons = async (...tokens: string[]) => {
    const cookie = tokens.map((token) => `CF_Authorization=${token}`).join('; ')
    const { status } = await edge.send(hosts.P, { headers: { cookie } })
    const own = (await edge.lastEntry()).trail.filter(({ policy }) => policy === undefined)
    return { status, reasons: own.map(({ reason }) => reason) }
  }
  expect(await ownReasons(await unsigned(), others)).toEqual({
    status: 302,
    reasons: ['jwt_of_other_application'],
  })
  expect(await ownReasons(others, good)).toEqual({ status: 200, reasons: [] })
})

test('next to a pair, Authorization belongs to the origin and is not read', async () => {
  const edge = await edgeFixture()
  const token = await edge.tokenFor(hosts.P)
  const headers = { authorization: `Bearer ${token}` }
  const wrong = { ...pairs.named, client_secret: pairs.unnamed.client_secret }
  await edge.send(hosts.P, { headers, pair: wrong })
  expect(await edge.lastReasons()).not.toContain('jwt_sent_as_bearer')
})

test('a cached decision for a pair is not reused next to a refused token', async () => {
  const edge = await edgeFixture({ profile: 'observed' })
  const pair = pairs.unnamed
  const reasons = async (sending: Sending) => {
    expect((await edge.send(hosts.P, sending)).status).toBe(302)
    return edge.lastReasons()
  }
  expect(await reasons({ pair })).not.toContain('jwt_unverified')
  expect(await reasons({ pair, token: await unsigned() })).toContain('jwt_unverified')
  expect(await reasons({ pair })).not.toContain('jwt_unverified')
})

describe('a token in another spelling', () => {
  const edge = sharedEdge()
  test.each(spellings)('a token with %s is invalid', async (_, change) => {
    const token = await edge().tokenFor(hosts.M)
    expect((await edge().send(hosts.M, { token })).status).toBe(200)
    for (const sending of [
      { token: change(token) },
      { headers: { 'cf-access-token': change(token) } },
    ]) {
      expect((await edge().send(hosts.M, sending)).status).toBe(403)
      expect(await edge().lastReasons()).toContain('jwt_unverified')
    }
  })
})
