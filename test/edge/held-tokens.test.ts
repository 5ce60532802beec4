/** A held token stands for its subject, evaluated at the current place and time, however it was sent. */
import { describe, expect, test } from 'vitest'
import { api } from '../../contracts/api/operations.ts'
import { createEmulator } from '../../emulator/index.ts'
import { scratch } from '../state/scratch.ts'
import { app, type EdgeFixture, edgeFixture, everyone, pairs, policy } from './applications.ts'
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

test('POST sessions takes an address and a country, and refuses what is no address', async () => {
  const french = { require: [{ geo: { country_code: 'FR' } }, address] }
  const edge = await edgeFixture({ applications: [app(wiki, [policy('allow', everyone, french)])] })
  const verdict = async (more: object) => {
    const body = { email: ada, application: wiki, ...more }
    return (await edge.emulator.control.createSession({ body })).verdict
  }
  expect(await verdict({ country: 'FR' })).toBe('identity_not_admitted')
  expect(await verdict({ country: 'FR', ip: office })).toBe('pass')
  await expect(verdict({ ip: 'nowhere' })).rejects.toThrow('ip')
})

describe('the JWT of a service token', () => {
  const anyToken = [
    policy('non_identity', [{ any_valid_service_token: {} }]),
    policy('allow', [only(ada)]),
  ]
  test.each<[string, (edge: EdgeFixture, service_token_id: string) => Promise<unknown>]>([
    [
      'disabled',
      (edge, service_token_id) =>
        edge.api(api.serviceTokens.replace, {
          params: { service_token_id },
          body: { enabled: false },
        }),
    ],
    [
      'deleted',
      (edge, service_token_id) =>
        edge.api(api.serviceTokens.delete, { params: { service_token_id } }),
    ],
    ['expired', (edge) => edge.advance(3601)],
  ])('of one that is %s since', async (_, end) => {
    const edge = await edgeFixture({ applications: [app(wiki, anyToken)] })
    const token = await edge.tokenFor(wiki, pairs.short)
    const { service_tokens } = edge.emulator.account
    const id = service_tokens.find(({ client_id }) => client_id === pairs.short.client_id)?.id ?? ''
    await end(edge, id)
    expect((await edge.send(wiki, { token })).status).toBe(200)
    await edge.emulator.control.setBehaviours({
      body: { 'service_token_jwt.after_end': 'refused' },
    })
    expect((await edge.send(wiki, { token })).status).toBe(302)
    expect(await edge.lastReasons({ host: wiki })).toContain('jwt_of_ended_service_token')
  })
})
