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
  type Sending,
  startSeconds,
  theNamed,
} from './applications.ts'

const host = 'any.example.com'
const pair = pairs.unnamed
const anyToken = { any_valid_service_token: {} }
const elsewhere = [{ ip: { ip: '192.0.2.0/24' } }]
const fromElsewhere = { 'access-emulator-client-ip': '192.0.2.7' }

const openEdge = () =>
  edgeFixture({ applications: [app(host, [policy('non_identity', [anyToken])])] })

/** What the pair gets from the exchange and from the application itself. */
async function asked(edge: EdgeFixture) {
  const path = '/cdn-cgi/access/service/auth'
  const exchanged = await edge.send(host, { method: 'POST', path, pair })
  const passed = await edge.send(host, { pair })
  return { exchange: exchanged.status, edge: passed.status, exchanged, passed }
}

/** The same answers three times, so that whatever can be remembered is. Returns the token. */
async function answeredBefore(edge: EdgeFixture): Promise<string> {
  const [first, second, third] = [await asked(edge), await asked(edge), await asked(edge)]
  expect([first.exchange, first.edge]).toEqual([200, 200])
  for (const again of [second, third]) {
    expect(again.exchanged.text).toBe(first.exchanged.text)
    expect(again.exchanged.cookies).toEqual(first.exchanged.cookies)
    expect(again.passed.cookies).toEqual(first.passed.cookies)
  }
  return tokenIn(first.exchanged)
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
const policies = (include: object, require: readonly object[] = []) => ({
  policies: [{ name: 'own', decision: 'non_identity', include: [include], require }],
})
/** Has each token name another issuer. */
const foreign = {
  at: 'token.issue',
  effect: { kind: 'claims', set: { iss: 'https://x' } },
} as const

describe('a service token is let in no longer after', () => {
  test.each<[string, Change]>([
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
        return edge.change(host, policies({ service_token: { token_id: other?.id } }))
      },
    ],
    ['policies for another place', (edge) => edge.change(host, policies(anyToken, elsewhere))],
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
  ])('%s', async (_, change) => {
    const edge = await openEdge()
    await answeredBefore(edge)
    await change(edge)
    const after = await asked(edge)
    expect([after.exchange, after.edge]).not.toContain(200)
  })
})

describe('the token is another one after', () => {
  const iat = (token: string) => decodeJwt(token).iat
  const iss = (token: string) => decodeJwt(token).iss
  test.each<[string, Change, (token: string) => unknown, unknown]>([
    ['a second', (edge) => edge.advance(1), iat, startSeconds + 1],
    [
      'a revocation of the application',
      (edge) => edge.api(api.applications.revokeTokens, { params: { app_id: edge.id(host) } }),
      iat,
      startSeconds + 1,
    ],
    [
      'another name of the team',
      (edge) =>
        edge.api(api.organizations.replace, {
          body: { name: 'Other', auth_domain: 'other.cloudflareaccess.com' },
        }),
      iss,
      'https://other.cloudflareaccess.com',
    ],
    [
      'another session duration',
      (edge) => edge.change(host, { session_duration: '30m', ...policies(anyToken) }),
      (token) => Math.round((Number(decodeJwt(token).exp) - startSeconds) / 60),
      30,
    ],
    [
      'a fault in its claims',
      (edge) => edge.emulator.control.setFaults({ body: [foreign] }),
      iss,
      'https://x',
    ],
    [
      'a behaviour that changes its claims',
      (edge) => edge.emulator.control.setBehaviours({ body: { 'service_token_jwt.aud': 'array' } }),
      (token) => Array.isArray(decodeJwt(token).aud),
      true,
    ],
  ])('%s', async (_, change, read, expected) => {
    const edge = await openEdge()
    expect(read(await answeredBefore(edge))).not.toBe(expected)
    await change(edge)
    const { exchanged, passed } = await asked(edge)
    expect(read(tokenIn(exchanged))).toBe(expected)
    expect(read(passed.echo.headers['cf-access-jwt-assertion'] ?? '')).toBe(expected)
  })

  test('a rotation of the keys', async () => {
    const edge = await openEdge()
    const before = decodeProtectedHeader(await answeredBefore(edge)).kid
    await edge.api(api.keys.rotate)
    const { exchanged, passed } = await asked(edge)
    const jwt = passed.echo.headers['cf-access-jwt-assertion'] ?? ''
    expect(decodeProtectedHeader(tokenIn(exchanged)).kid).not.toBe(before)
    expect(decodeProtectedHeader(jwt).kid).not.toBe(before)
  })
})

test('the cookie follows a behaviour at once, and a fault ends after as many times as it says', async () => {
  const edge = await openEdge()
  const honest = await answeredBefore(edge)
  const body = { 'cookie.service_token_http_only': true } as const
  await edge.emulator.control.setBehaviours({ body })
  expect((await asked(edge)).passed.cookies[0]).toContain('HttpOnly')
  await edge.emulator.control.setFaults({
    body: [{ ...foreign, times: 1 }],
  })
  expect(decodeJwt(await edge.tokenFor(host, pair)).iss).toBe('https://x')
  expect(await edge.tokenFor(host, pair)).toBe(honest)
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

describe('the decision on what a client sends', () => {
  /** The status of a request that was sent twice: the second answer may be a remembered one. */
  async function twice(edge: EdgeFixture, sending: Sending, path = '/'): Promise<number> {
    const statuses = [1, 2].map(async () => (await edge.send(host, { ...sending, path })).status)
    const [first = 0, second] = await Promise.all(statuses)
    expect(second).toBe(first)
    return first
  }
  const bypass = (ip: string) => ({
    policies: [{ name: 'Here', decision: 'bypass', include: [{ ip: { ip } }] }],
  })

  test.each<[string, (token: string) => Sending, number, Change, number]>([
    [
      'for a token ends with the policy',
      (token) => ({ token }),
      200,
      (edge) => edge.change(host, policies(anyToken, elsewhere)),
      403,
    ],
    [
      'for a token ends with a behaviour',
      (token) => ({ token }),
      200,
      (edge) =>
        edge.emulator.control.setBehaviours({
          body: { 'application_token.replay': 'with_allow_policy' },
        }),
      403,
    ],
    [
      'for no credentials ends with a bypass',
      () => ({}),
      403,
      (edge) => edge.change(host, bypass('127.0.0.0/8')),
      200,
    ],
  ])('%s', async (_, sending, before, change, after) => {
    const edge = await openEdge()
    const sent = sending(await edge.tokenFor(host, pair))
    expect(await twice(edge, sent)).toBe(before)
    await change(edge)
    expect(await twice(edge, sent)).toBe(after)
  })

  test('ends with a group that it was made by', async () => {
    const edge = await openEdge()
    const token = await edge.tokenFor(host, pair)
    const office = (ip: string) => ({ name: 'Office', include: [{ ip: { ip } }] })
    const { id } = await edge.api(api.groups.create, { body: office('127.0.0.0/8') })
    await edge.change(host, policies(anyToken, [{ group: { id } }]))
    expect(await twice(edge, { token })).toBe(200)
    await edge.api(api.groups.replace, { params: { group_id: id }, body: office('192.0.2.0/24') })
    expect(await twice(edge, { token })).toBe(403)
  })

  test.each(['a token', 'no credentials'])('holds for one address only: %s', async (who) => {
    const edge = await openEdge()
    const sent = who === 'no credentials' ? {} : { token: await edge.tokenFor(host, pair) }
    const here = [{ ip: { ip: '127.0.0.0/8' } }]
    await edge.change(
      host,
      who === 'no credentials' ? bypass('127.0.0.0/8') : policies(anyToken, here),
    )
    expect(await twice(edge, sent)).toBe(200)
    expect(await twice(edge, { ...sent, headers: fromElsewhere })).toBe(403)
    expect(await twice(edge, sent)).toBe(200)
  })

  test('holds for one application only', async () => {
    const closed = app(`${host}/nobody`, [
      policy('non_identity', [anyToken], { require: elsewhere }),
    ])
    const edge = await edgeFixture({
      applications: [app(host, [policy('non_identity', [anyToken])]), closed],
    })
    for (const _ of [1, 2]) {
      expect([await twice(edge, { pair }), await twice(edge, { pair }, '/nobody')]).toEqual([
        200, 403,
      ])
    }
  })
})
