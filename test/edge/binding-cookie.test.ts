/** enable_binding_cookie: a user's CF_Authorization counts only together with its CF_Binding. */
import { describe, expect, test } from 'vitest'
import { profiles } from '../../contracts/behaviours/table.ts'
import {
  app,
  type EdgeFixture,
  edgeFixture,
  loginOf,
  people,
  policy,
  theNamed,
} from './applications.ts'

const bound = 'bound.example.com'
const plain = 'plain.example.com'
const policies = [policy('non_identity', theNamed), people]
const applications = [app(bound, policies, { enable_binding_cookie: true }), app(plain, policies)]

async function session({ emulator, id }: EdgeFixture, domain = bound, email = 'ada@example.com') {
  const body = { email, application: id(domain) }
  const { cookie, application_token } = await emulator.control.createSession({ body })
  return { cookie: cookie ?? '', token: application_token ?? '' }
}

const sent = (cookie: string) => ({ headers: { cookie } })

async function reasonsOf({ emulator, lastEntry }: EdgeFixture) {
  const { trail, ray } = await lastEntry({ operation: 'gate' })
  const { would_pass_if } = await emulator.control.explain({ body: { ray } })
  const own = trail.filter(({ stage, policy: of }) => stage === 'application_token' && !of)
  return { reasons: own.map(({ reason }) => reason), would_pass_if }
}

describe.each(profiles)('in profile %s', (profile) => {
  test('a person’s session is two cookies, and opens the application as it is', async () => {
    const edge = await edgeFixture({ profile, applications })
    const { cookie, token } = await session(edge)
    expect(cookie).toMatch(new RegExp(`^CF_Authorization=${token}; CF_Binding=[0-9a-f]{64}$`))
    const { status, echo } = await edge.send(bound, sent(cookie))
    expect(status).toBe(200)
    expect(echo.headers.cookie).toBe(`CF_Authorization=${token}`)
    expect((await session(edge, plain)).cookie).not.toContain('CF_Binding')
  })

  test('the token alone does not count, however it is sent', async () => {
    const edge = await edgeFixture({ profile, applications })
    const { token } = await session(edge)
    for (const headers of [
      { cookie: `CF_Authorization=${token}` },
      { 'cf-access-token': token },
      { 'cf-access-jwt-assertion': token },
    ]) {
      const answer = await edge.send(bound, { headers })
      expect(answer.status).toBe(302)
      expect(loginOf(answer)).toMatchObject({ kid: edge.aud(bound) })
    }
    const { reasons, would_pass_if } = await reasonsOf(edge)
    expect(reasons).toEqual(['jwt_not_bound'])
    expect(would_pass_if).toContain(
      'send the application token with the CF_Binding that was set beside it',
    )
  })
})

test('a binding is that of one token', async () => {
  const edge = await edgeFixture({ applications })
  const ada = await session(edge)
  const bob = await session(edge, bound, 'bob@example.com')
  const bindingOf = ({ cookie }: { cookie: string }) => cookie.split('; ')[1] ?? ''
  expect(bindingOf(ada)).not.toBe(bindingOf(bob))
  const authorization = `CF_Authorization=${ada.token}`
  for (const other of [bindingOf(bob), 'CF_Binding=', bindingOf(ada).slice(0, -1)]) {
    expect((await edge.send(bound, sent(`${authorization}; ${other}`))).status).toBe(302)
  }
  // A browser may still send an old one as well.
  const both = `${bindingOf(bob)}; ${authorization}; ${bindingOf(ada)}`
  expect((await edge.send(bound, sent(both))).status).toBe(200)
})

test('a binding cannot be known without the entropy, and is the same with it', async () => {
  const cookieIn = async (entropy: string) =>
    (await session(await edgeFixture({ applications, entropy }))).cookie.split('; ')[1]
  const first = await cookieIn('one')
  expect(first).toBeDefined()
  expect(await cookieIn('one')).toBe(first)
  expect(await cookieIn('other')).not.toBe(first)
})

test('a service token’s JWT needs none unless the behaviour says so; its pair never does', async () => {
  const edge = await edgeFixture({ applications })
  const token = await edge.tokenFor(bound)
  expect((await edge.send(bound, { token })).status).toBe(200)
  await edge.emulator.control.setBehaviours({
    body: { 'binding_cookie.needed_by': 'every_token' },
  })
  expect((await edge.send(bound, { token })).status).toBe(302)
  expect((await reasonsOf(edge)).reasons).toEqual(['jwt_not_bound'])
  expect(await edge.tokenFor(bound)).toBe(token)
})
