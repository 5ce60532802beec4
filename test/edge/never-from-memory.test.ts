/** What ends or changes access counts for the very next request, however often an equal one was answered before. */
import { decodeJwt, decodeProtectedHeader } from 'jose'
import { describe, expect, test } from 'vitest'
import { api } from '../../contracts/api/operations.ts'
import type { ServiceToken } from '../../contracts/api/service-tokens.ts'
import { edge as endpoints } from '../../contracts/edge/endpoints.ts'
import {
  app,
  type EdgeFixture,
  edgeFixture,
  pairs,
  policy,
  startSeconds,
  theNamed,
} from './applications.ts'

const host = 'any.example.com'
const pair = pairs.unnamed
const anyToken = { any_valid_service_token: {} }

const openEdge = () =>
  edgeFixture({ applications: [app(host, [policy('non_identity', [anyToken])])] })

/** What the pair gets from the exchange and from the application itself. */
async function asked(edge: EdgeFixture) {
  const path = '/cdn-cgi/access/service/auth'
  const exchanged = await edge.send(host, { method: 'POST', path, pair })
  const passed = await edge.send(host, { pair })
  return { exchange: exchanged.status, edge: passed.status, exchanged, passed }
}

/** The same answers three times, so that whatever can be remembered is. */
async function answeredBefore(edge: EdgeFixture) {
  const [first, second, third] = [await asked(edge), await asked(edge), await asked(edge)]
  expect([first.exchange, first.edge]).toEqual([200, 200])
  for (const again of [second, third]) {
    expect(again.exchanged.text).toBe(first.exchanged.text)
    expect(again.exchanged.cookies).toEqual(first.exchanged.cookies)
    expect(again.passed.cookies).toEqual(first.passed.cookies)
  }
}

async function tokenOf(edge: EdgeFixture): Promise<ServiceToken> {
  const all = await edge.api(api.serviceTokens.list)
  const found = all.find(({ client_id }) => client_id === pair.client_id)
  if (found === undefined) throw new Error('there is no such service token')
  return found
}

const tokenIn = ({ text }: { readonly text: string }) =>
  String((JSON.parse(text) as { token: unknown }).token)

type Change = (edge: EdgeFixture) => Promise<unknown>

const ofToken = async (edge: EdgeFixture) => ({
  params: { service_token_id: (await tokenOf(edge)).id },
})
const ofApplication = (edge: EdgeFixture) => ({ params: { app_id: edge.id(host) } })

const ends: readonly (readonly [string, Change])[] = [
  ['its deletion', async (edge) => edge.api(api.serviceTokens.delete, await ofToken(edge))],
  ['another secret', async (edge) => edge.api(api.serviceTokens.rotate, await ofToken(edge))],
  [
    'its being disabled',
    async (edge) =>
      edge.api(api.serviceTokens.replace, { ...(await ofToken(edge)), body: { enabled: false } }),
  ],
  ['its end', (edge) => edge.advance(366 * 86_400)],
  [
    'policies that do not name it',
    async (edge) => {
      const all = await edge.api(api.serviceTokens.list)
      const other = all.find(({ name }) => name === 'named')
      const include = [{ service_token: { token_id: other?.id } }]
      const policies = [{ name: 'others', decision: 'non_identity', include }]
      const body = { type: 'self_hosted', name: host, domain: host, policies }
      return edge.api(api.applications.replace, { ...ofApplication(edge), body })
    },
  ],
  [
    'a fault that answers in their place',
    (edge) =>
      edge.emulator.control.setFaults({
        body: [
          { at: 'gate', effect: { kind: 'status', status: 503 } },
          { at: endpoints.serviceAuth.id, effect: { kind: 'status', status: 503 } },
        ],
      }),
  ],
]

describe('a service token is let in no longer after', () => {
  test.each(ends)('%s', async (_, change) => {
    const edge = await openEdge()
    await answeredBefore(edge)
    await change(edge)
    const after = await asked(edge)
    expect([after.exchange, after.edge]).not.toContain(200)
  })
})

describe('the token is another one after', () => {
  const others: readonly (readonly [string, Change, (token: string) => unknown, unknown])[] = [
    ['a second', (edge) => edge.advance(1), (token) => decodeJwt(token).iat, startSeconds + 1],
    [
      'a revocation of the application',
      (edge) => edge.api(api.applications.revokeTokens, ofApplication(edge)),
      (token) => decodeJwt(token).iat,
      startSeconds + 1,
    ],
    [
      'another name of the team',
      (edge) =>
        edge.api(api.organizations.replace, {
          body: { name: 'Other', auth_domain: 'other.cloudflareaccess.com' },
        }),
      (token) => decodeJwt(token).iss,
      'https://other.cloudflareaccess.com',
    ],
    [
      'another session duration',
      (edge) =>
        edge.api(api.applications.replace, {
          ...ofApplication(edge),
          body: {
            ...{ type: 'self_hosted', name: host, domain: host, session_duration: '30m' },
            policies: [{ name: 'named', decision: 'non_identity', include: [anyToken] }],
          },
        }),
      (token) => Math.round((Number(decodeJwt(token).exp) - startSeconds) / 60),
      30,
    ],
    [
      'a fault in its claims',
      (edge) =>
        edge.emulator.control.setFaults({
          body: [{ at: 'token.issue', effect: { kind: 'claims', set: { iss: 'https://x' } } }],
        }),
      (token) => decodeJwt(token).iss,
      'https://x',
    ],
  ]
  test.each(others)('%s', async (_, change, read, expected) => {
    const edge = await openEdge()
    await answeredBefore(edge)
    await change(edge)
    const { exchanged, passed } = await asked(edge)
    expect(read(tokenIn(exchanged))).toBe(expected)
    expect(read(passed.echo.headers['cf-access-jwt-assertion'] ?? '')).toBe(expected)
  })

  test('a rotation of the keys', async () => {
    const edge = await openEdge()
    await answeredBefore(edge)
    const before = decodeProtectedHeader(tokenIn((await asked(edge)).exchanged)).kid
    await edge.api(api.keys.rotate)
    const { exchanged, passed } = await asked(edge)
    const jwt = passed.echo.headers['cf-access-jwt-assertion'] ?? ''
    expect(decodeProtectedHeader(tokenIn(exchanged)).kid).not.toBe(before)
    expect(decodeProtectedHeader(jwt).kid).not.toBe(before)
  })
})

test('each host, client id and application has a token of its own, in the same second', async () => {
  const one = app('one.example.com', [policy('non_identity', [anyToken])])
  const two = app('two.example.com', [policy('non_identity', theNamed)])
  const edge = await edgeFixture({ applications: [one, two] })
  const seen = new Map<string, string>()
  for (let round = 0; round < 3; round++) {
    for (const [at, sent] of [
      ['one.example.com', pairs.named],
      ['one.example.com', pairs.unnamed],
      ['two.example.com', pairs.named],
    ] as const) {
      const token = await edge.tokenFor(at, sent)
      const claims = decodeJwt(token)
      expect(claims).toMatchObject({ common_name: sent.client_id })
      expect([claims.aud].flat()).toEqual([edge.aud(at)])
      const name = `${at} ${sent.client_id}`
      expect(seen.get(name) ?? token).toBe(token)
      seen.set(name, token)
    }
  }
  expect(new Set(seen.values()).size).toBe(3)
})
