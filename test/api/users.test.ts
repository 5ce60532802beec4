/** Users created by logins: their sessions, seats and failed logins, and users from seeds and older releases. */
import { decodeJwt } from 'jose'
import { expect, test } from 'vitest'
import { api } from '../../contracts/api/operations.ts'
import { createEmulator } from '../../emulator/index.ts'
import { type EdgeFixture, edgeFixture, hosts, start, startSeconds } from '../edge/applications.ts'
import { browser } from '../edge/login/browser.ts'
import { ada, askedForPin, opened, signIn, stranger, whoIsAt } from '../edge/login/person.ts'

const wiki = `https://${hosts.P}/`

async function userOf(edge: EdgeFixture, email: string) {
  const found = (await edge.api(api.users.list)).find((user) => user.email === email)
  if (found === undefined) throw new Error(`${email} is no user`)
  return found
}

test('a login in a browser makes a user: their id is the sub of the token, and both sessions are listed', async () => {
  const edge = await edgeFixture()
  expect(await edge.api(api.users.list)).toEqual([])
  const person = browser(edge.emulator)
  await signIn(person, wiki)
  const user = await userOf(edge, ada)
  const { id } = user
  expect(user).toEqual({
    id,
    uid: id,
    email: ada,
    access_seat: true,
    gateway_seat: false,
    seat_uid: expect.stringMatching(/^[0-9a-f-]{36}$/),
    active_device_count: 0,
    last_successful_login: '2026-11-24T10:00:00Z',
    created_at: '2026-11-24T10:00:00Z',
    updated_at: '2026-11-24T10:00:00Z',
  })
  const token = person.cookie(hosts.P, 'CF_Authorization')?.value ?? ''
  expect(decodeJwt(token)).toMatchObject({ sub: id })

  const params = { user_id: id }
  const sessions = await edge.api(api.users.activeSessions, { params })
  const nonces = sessions.map(({ metadata }) => metadata.nonce)
  expect(nonces).toContain(decodeJwt(token).identity_nonce)
  const aud = edge.aud(hosts.P)
  const apps = {
    [aud]: { hostname: hosts.P, name: hosts.P, type: 'self_hosted', uid: edge.id(hosts.P) },
  }
  expect(sessions.map(({ metadata }) => metadata.apps)).toEqual([apps, {}])
  expect(sessions[0]).toMatchObject({
    expiration: startSeconds + 24 * 3600,
    metadata: { iat: startSeconds, ttl: 24 * 3600 },
  })
  const session = { ...params, nonce: String(decodeJwt(token).identity_nonce) }
  expect(await edge.api(api.users.activeSession, { params: session })).toMatchObject({
    isActive: true,
    ip: '127.0.0.1',
    idp: { type: 'onetimepin' },
    user_uuid: id,
  })

  await edge.advance(24 * 3600)
  expect(await edge.api(api.users.activeSessions, { params })).toEqual([])
  expect(await edge.api(api.users.lastSeenIdentity, { params })).toMatchObject({ email: ada })
})

test('no operation ends one session, and asking for one ends none', async () => {
  const edge = await edgeFixture()
  await edge.signIn(ada, hosts.P)
  const [{ id = '' } = {}] = await edge.api(api.users.list)
  const sessions = await edge.api(api.users.activeSessions, { params: { user_id: id } })
  const { account } = edge.emulator
  const path = `/client/v4/accounts/${account.id}/access/users/${id}/active_sessions/${sessions[0]?.name}`
  const headers = { authorization: `Bearer ${account.api_token}` }
  const answer = await edge.send('api.cloudflare.com', { method: 'DELETE', path, headers })
  expect([answer.status, JSON.parse(answer.text).errors[0].code]).toEqual([404, 7003])
  expect(await edge.api(api.users.activeSessions, { params: { user_id: id } })).toEqual(sessions)
})

test('a refused login is a failed one of the user with that address', async () => {
  const edge = await edgeFixture()
  const { id } = await edge.api(api.users.create, { body: { email: stranger } })
  const person = browser(edge.emulator)
  const refused = await person.submit(await askedForPin(person, wiki, stranger), { code: '000000' })
  expect(refused.status).toBe(403)
  const failed = await edge.api(api.users.failedLogins, { params: { user_id: id } })
  expect(failed[0]?.metadata).toEqual({
    app_name: hosts.P,
    aud: edge.aud(hosts.P),
    datetime: '2026-11-24T10:00:00Z',
    ray_id: expect.stringMatching(/^[0-9a-f]{16}$/),
    user_email: stranger,
    user_uuid: id,
  })
  expect(refused.text).toContain(failed[0]?.metadata.ray_id)
})

test('removing a seat keeps the session, and the next login takes a seat again', async () => {
  const edge = await edgeFixture()
  const person = browser(edge.emulator)
  await signIn(person, wiki)
  const { id, seat_uid } = await userOf(edge, ada)
  const params = { user_id: id }
  const edit = (access_seat: boolean) =>
    edge.api(api.seats.edit, { body: [{ seat_uid, access_seat, gateway_seat: false }] })
  const seat = { seat_uid, gateway_seat: false, created_at: start }
  expect(await edit(true)).toMatchObject([{ ...seat, access_seat: true }])
  await edge.advance(60)
  const updated_at = '2026-11-24T10:01:00Z'
  expect(await edit(false)).toEqual([{ ...seat, access_seat: false, updated_at }])
  expect(await edge.api(api.users.get, { params })).toMatchObject({ access_seat: false, seat_uid })
  expect(whoIsAt(await opened(person, wiki))).toBe(ada)
  expect(await edit(true)).toMatchObject([{ access_seat: false }])
  await signIn(browser(edge.emulator), wiki)
  expect(await edge.api(api.users.get, { params })).toMatchObject({ access_seat: true, seat_uid })

  const none = await edge.call(api.seats.edit, {
    body: [{ seat_uid: id, access_seat: false, gateway_seat: false }],
  })
  expect(none.status).toBe(404)
  expect((await edge.call(api.seats.edit, { body: {} })).status).toBe(400)
})

test('a deleted user is gone with sessions, and what identity providers say is never shown', async () => {
  const edge = await edgeFixture()
  await edge.emulator.control.createSession({
    body: { email: ada, application: edge.id(hosts.P), groups: ['staff'], claims: { a: 1 } },
  })
  const { id, ...user } = await userOf(edge, ada)
  expect(Object.keys(user)).not.toContain('groups')
  expect(Object.keys(user)).not.toContain('claims')
  await edge.api(api.users.delete, { params: { user_id: id } })
  expect(await edge.api(api.users.list)).toEqual([])
  const { sessions, deleted_users } = await edge.emulator.control.getState()
  expect([sessions, deleted_users]).toEqual([[], [{ id, revoked_at: startSeconds }]])
})

test('a seed says of a user what the API answers, and their login keeps the id', async () => {
  const user = {
    id: 'f174e90a-fafe-4643-bbbc-4a0ed4fc8415',
    email: ada,
    name: 'Ada',
    access_seat: true,
    gateway_seat: true,
    seat_uid: 'a seat of an import',
    active_device_count: 2,
    last_successful_login: '2026-01-01T00:00:00Z',
    created_at: '2025-01-01T00:00:00Z',
    updated_at: '2025-01-02T00:00:00Z',
  }
  const organization = { name: 'Team', auth_domain: 'seeded.cloudflareaccess.com' }
  const emulator = await createEmulator({
    seed: { accounts: [{ name: 'Seeded', organization, users: [user] }] },
    at: start,
  })
  try {
    const list = async () => {
      const url = `${emulator.url}/client/v4/accounts/${emulator.account.id}/access/users`
      const headers = { authorization: `Bearer ${emulator.account.api_token}` }
      return ((await (await fetch(url, { headers })).json()) as { result: unknown[] }).result
    }
    expect(await list()).toEqual([{ ...user, uid: user.id }])
    const { user_uuid } = await emulator.control.createSession({ body: { email: ada } })
    expect(user_uuid).toBe(user.id)
    const last_successful_login = start
    expect(await list()).toEqual([
      { ...user, uid: user.id, last_successful_login, updated_at: start },
    ])
  } finally {
    await emulator.close()
  }
})
