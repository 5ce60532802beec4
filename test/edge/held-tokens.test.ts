/** A held token stands for its subject, evaluated at the current place and time, however it was sent. */
import { describe, expect, test } from 'vitest'
import { api } from '../../contracts/api/operations.ts'
import { createEmulator } from '../../emulator/index.ts'
import { scratch } from '../state/scratch.ts'
import {
  app,
  type EdgeFixture,
  edgeFixture,
  everyone,
  hosts,
  pairs,
  policy,
  theNamed,
} from './applications.ts'
import { browser } from './login/browser.ts'
import { addProvider, standIn, whoIsAt } from './login/person.ts'

const office = '192.0.2.7'
const elsewhere = '203.0.113.9'
const ada = 'ada@example.com'
const address = { ip: { ip: '192.0.2.0/24' } }
const only = (email: string) => ({ email: { email } })
const wiki = 'wiki.example.com'

/** The status that a token's holder gets from two places. */
async function statuses(
  edge: EdgeFixture,
  host: string,
  token: string,
): Promise<readonly number[]> {
  const from = async (ip: string) =>
    (await edge.send(host, { token, headers: { 'access-emulator-client-ip': ip } })).status
  return [await from(office), await from(elsewhere)]
}

describe.each(['expected', 'observed', 'strict'] as const)('in profile %s', (profile) => {
  test.each([
    [
      'allow [ip, email of another]',
      [policy('allow', [address, only('b@example.com')])],
      [200, 302],
    ],
    [
      'allow [ip] above allow [email]',
      [policy('allow', [address]), policy('allow', [only(ada)])],
      [200, 200],
    ],
    [
      'deny [email] require [ip] above allow',
      [
        policy('deny', [only(ada)], { require: [{ ip: { ip: '203.0.113.0/24' } }] }),
        policy('allow', everyone),
      ],
      [200, 302],
    ],
    [
      'allow everyone exclude [email] require [ip]',
      [policy('allow', everyone, { require: [address] })],
      [200, 403],
    ],
  ])('%s', async (_, policies, expected) => {
    const edge = await edgeFixture({ profile, applications: [app(wiki, policies)] })
    const { application_token } = await edge.emulator.control.createSession({
      body: { email: ada, application: wiki, ip: office },
    })
    expect(await statuses(edge, wiki, application_token ?? '')).toEqual(expected)
  })
})

describe('a person', () => {
  test('keeps the groups of the sign-in, whatever a later one says', async () => {
    const staff = policy('allow', [{ okta: { name: 'staff' } }])
    const edge = await edgeFixture({ applications: [app(wiki, [staff])] })
    const session = async (groups: string[]) =>
      edge.emulator.control.createSession({ body: { email: ada, application: wiki, groups } })
    const { application_token: token } = await session(['staff'])
    expect(await session([])).toMatchObject({
      application_token: null,
      verdict: 'identity_not_admitted',
    })
    expect((await edge.send(wiki, { token: token ?? '' })).status).toBe(200)
  })

  test('keeps the groups of each sign-in, even for two within a second', async () => {
    const policies = [policy('allow', [address, { okta: { name: 'staff' } }])]
    const edge = await edgeFixture({ applications: [app(wiki, policies)] })
    const session = async (groups: string[], ip: string) => {
      const body = { email: ada, application: wiki, groups, ip }
      return (await edge.emulator.control.createSession({ body })).application_token ?? ''
    }
    const [guest, staff] = [await session([], office), await session(['staff'], elsewhere)]
    expect(await statuses(edge, wiki, guest)).toEqual([200, 302])
    expect(await statuses(edge, wiki, staff)).toEqual([200, 200])
  })

  test('loses access that policies no longer grant', async () => {
    const edge = await edgeFixture({ applications: [app(wiki, [policy('allow', [only(ada)])])] })
    const token = await edge.signIn(ada, wiki)
    const [{ id = '' } = {}] = await edge.api(api.applicationPolicies.list, {
      params: { app_id: edge.id(wiki) },
    })
    await edge.api(api.applicationPolicies.replace, {
      params: { app_id: edge.id(wiki), policy_id: id },
      body: { name: 'x', decision: 'allow', include: [only('b@example.com')] },
    })
    expect((await edge.send(wiki, { token })).status).toBe(302)
  })

  test('is renewed for its own sign-in, not for a later one with the same address', async () => {
    const staff = policy('allow', [{ okta: { name: 'staff' } }])
    const edge = await edgeFixture({ applications: [app(wiki, [staff])] })
    await addProvider(edge, 'okta', 'Okta')
    const person = browser(edge.emulator)
    const page = await standIn(person, `https://${wiki}/`, 'Okta')
    const landed = await person.follow(await person.submit(page, { email: ada, groups: 'staff' }))
    expect(whoIsAt(landed.at(-1) ?? page)).toBe(ada)
    await edge.emulator.control.createSession({ body: { email: ada, groups: [] } })
    await edge.advance(86_400 - 60)
    await edge.api(api.applications.revokeTokens, { params: { app_id: edge.id(wiki) } })
    await edge.advance(2)
    const again = await person.follow(await person.get(`https://${wiki}/`))
    expect(whoIsAt(again.at(-1) ?? page)).toBe(ada)
  })

  test('of a token without a session in the state is only what the token says', async () => {
    const staff = policy('allow', [{ okta: { name: 'staff' } }])
    const edge = await edgeFixture({
      applications: [app(wiki, [staff]), app('mail.example.com', [policy('allow', [only(ada)])])],
    })
    const sessionAt = async (application: string) => {
      const body = { email: ada, application, groups: ['staff'] }
      return (await edge.emulator.control.createSession({ body })).application_token ?? ''
    }
    const [one, other] = [await sessionAt(wiki), await sessionAt('mail.example.com')]
    const state = await edge.emulator.control.getState()
    await edge.emulator.control.putState({ body: { ...state, sessions: [] } })
    expect((await edge.send(wiki, { token: one })).status).toBe(302)
    expect((await edge.send('mail.example.com', { token: other })).status).toBe(200)
  })

  test('is kept with the state, and forgotten once the token has ended', async () => {
    const { state } = scratch()
    const seed = 'example'
    const began = await createEmulator({ state, seed, at: '2026-01-02T03:04:05Z' })
    const body = { email: ada, application: wiki }
    await began.control.createSession({ body })
    const { sessions } = await began.control.getState()
    expect(sessions).toMatchObject([{ identity: { email: ada } }])
    await began.close()

    const after = await createEmulator({ state, seed, at: '2026-01-02T03:04:05Z' })
    expect((await after.control.getState()).sessions).toEqual(sessions)
    await after.control.setClock({ body: { advance: 40 * 86_400 } })
    await after.control.createSession({ body })
    expect((await after.control.getState()).sessions).toHaveLength(1)
    await after.close()
  })
})

describe('POST sessions decides as the browser login does', () => {
  test.each([
    ['Bypass', policy('bypass', everyone)],
    ['Service Auth', policy('non_identity', [address])],
  ])('%s admits no one', async (_, first) => {
    const applications = [app(wiki, [first, policy('allow', [only('b@example.com')])])]
    const edge = await edgeFixture({ applications })
    const body = { email: ada, application: wiki, ip: office }
    expect(await edge.emulator.control.createSession({ body })).toMatchObject({
      application_token: null,
      verdict: 'identity_not_admitted',
    })
  })

  test('from the address and country that it is given', async () => {
    const french = { require: [{ geo: { country_code: 'FR' } }, address] }
    const edge = await edgeFixture({
      applications: [app(wiki, [policy('allow', everyone, french)])],
    })
    const verdict = async (more: object) =>
      (
        await edge.emulator.control.createSession({
          body: { email: ada, application: wiki, ...more },
        })
      ).verdict
    expect(await verdict({})).toBe('identity_not_admitted')
    expect(await verdict({ country: 'FR' })).toBe('identity_not_admitted')
    expect(await verdict({ country: 'FR', ip: office })).toBe('pass')
    await expect(verdict({ ip: 'nowhere' })).rejects.toThrow('ip')
  })
})

describe('the JWT of a service token', () => {
  const anyToken = [
    policy('non_identity', [{ any_valid_service_token: {} }]),
    policy('allow', [only(ada)]),
  ]
  const ends = {
    async disabled(edge: EdgeFixture, id: string) {
      await edge.api(api.serviceTokens.replace, {
        params: { service_token_id: id },
        body: { enabled: false },
      })
    },
    async deleted(edge: EdgeFixture, id: string) {
      await edge.api(api.serviceTokens.delete, { params: { service_token_id: id } })
    },
    async expired(edge: EdgeFixture) {
      await edge.advance(3601)
    },
  }
  test.each(['disabled', 'deleted', 'expired'] as const)('of one that is %s since', async (end) => {
    const edge = await edgeFixture({ applications: [app(wiki, anyToken)] })
    const token = await edge.tokenFor(wiki, pairs.short)
    const { service_tokens } = edge.emulator.account
    const id = service_tokens.find(({ client_id }) => client_id === pairs.short.client_id)?.id ?? ''
    await ends[end](edge, id)
    expect((await edge.send(wiki, { token })).status).toBe(200)
    await edge.emulator.control.setBehaviours({
      body: { 'service_token_jwt.after_end': 'refused' },
    })
    expect((await edge.send(wiki, { token })).status).toBe(302)
    const { result } = await edge.emulator.control.readJournal({ query: { host: wiki } })
    expect(result.at(-1)?.trail.map(({ reason }) => reason)).toContain('jwt_of_ended_service_token')
  })

  test('is blocked, excluded and held to a place as the pair is', async () => {
    const edge = await edgeFixture({
      profile: 'observed',
      applications: [
        app(wiki, [policy('deny', theNamed), ...anyToken.slice(1)]),
        app('a.example.com', [
          policy('non_identity', theNamed, { require: [address] }),
          ...anyToken.slice(1),
        ]),
      ],
    })
    const tokens = await Promise.all([
      edge.send('a.example.com', {
        pair: pairs.named,
        headers: { 'access-emulator-client-ip': office },
      }),
    ])
    const token = tokens[0]?.echo.headers['cf-access-jwt-assertion'] ?? ''
    expect(await statuses(edge, 'a.example.com', token)).toEqual([200, 302])
  })

  test('does not admit to an application that refuses its pair', async () => {
    const edge = await edgeFixture({ profile: 'observed' })
    const params = { app_id: edge.id(hosts.T) }
    const body = { name: 'meanwhile', decision: 'non_identity', include: theNamedIn(edge) }
    const { id } = await edge.api(api.applicationPolicies.create, { params, body })
    const token = await edge.tokenFor(hosts.T)
    await edge.api(api.applicationPolicies.delete, { params: { ...params, policy_id: id } })
    expect((await edge.send(hosts.T, { token })).status).toBe(302)
  })
})

function theNamedIn({ emulator }: EdgeFixture) {
  const found = emulator.account.service_tokens.find(({ name }) => name === 'named')
  return [{ service_token: { token_id: found?.id ?? '' } }]
}

test('80 nested groups are refused with a reason, not a crash', async () => {
  const edge = await edgeFixture({ applications: [app(wiki, [policy('allow', [only(ada)])])] })
  let inner = (await edge.api(api.groups.create, { body: { name: 'g', include: everyone } })).id
  for (let depth = 1; depth < 80; depth += 1) {
    const body = { name: `g${depth}`, include: [{ group: { id: inner } }] }
    inner = (await edge.api(api.groups.create, { body })).id
  }
  const [{ id = '' } = {}] = await edge.api(api.applicationPolicies.list, {
    params: { app_id: edge.id(wiki) },
  })
  await edge.api(api.applicationPolicies.replace, {
    params: { app_id: edge.id(wiki), policy_id: id },
    body: { name: 'x', decision: 'allow', include: [{ group: { id: inner } }] },
  })
  expect((await edge.send(wiki)).status).toBe(403)
  const { result } = await edge.emulator.control.readJournal({ query: { host: wiki } })
  expect(result.at(-1)?.trail.map(({ reason }) => reason)).toContain('group_too_deep')
})
