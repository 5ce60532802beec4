/** Modes for programs that sign in: what their client received is usable, and is removed with the mode. */
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { createEmulator, type Emulator } from '../../../emulator/index.ts'
import { send } from './send.ts'

let emulator: Emulator
beforeAll(async () => {
  emulator = await createEmulator({ profile: 'observed', seed: 'example' })
})
beforeEach(() => emulator.reset())
afterAll(() => emulator.close())

const setMode = (id: string, body?: { application: string }) =>
  emulator.control.setMode({ params: { id }, ...(body === undefined ? {} : { body }) })
const endMode = (id: string) => emulator.control.endMode({ params: { id } })

const oauthTables = async () => {
  const { oauth_clients, oauth_grants, oauth_tokens } = await emulator.control.getState()
  return { oauth_clients, oauth_grants, oauth_tokens }
}
const none = { oauth_clients: [], oauth_grants: [], oauth_tokens: [] }

test('after a revocation a refresh is answered, the edge refuses the new token, and all of it ends', async () => {
  const { request, tells } = await setMode('oauth-token-revoked')
  const refresh = tells[0]?.request ?? request
  const refreshed = await send(emulator, refresh)
  expect(refreshed.status).toBe(200)
  const { access_token } = JSON.parse(refreshed.body)
  expect(`Bearer ${access_token}`).not.toBe(request.headers.authorization)
  const headers = { ...request.headers, authorization: `Bearer ${access_token}` }
  expect((await send(emulator, { ...request, headers })).status).toBe(401)
  expect((await oauthTables()).oauth_tokens).toHaveLength(2)
  await endMode('oauth-token-revoked')
  expect(await oauthTables()).toEqual(none)
})

test('what a client got while a mode is set ends with the mode', async () => {
  const { request, tells } = await setMode('oauth-token-expired')
  const { body } = await send(emulator, tells[0]?.request ?? request)
  const headers = {
    ...request.headers,
    authorization: `Bearer ${JSON.parse(body).access_token}`,
  }
  expect((await send(emulator, { ...request, headers })).status).toBe(200)
  await endMode('oauth-token-expired')
  expect(await oauthTables()).toEqual(none)
})

test('registration is closed in every application, and open again afterwards', async () => {
  const open = await setMode('oauth-resource-missing')
  const team = new URL(open.request.url).origin
  const metadata = async () => {
    const url = `${team}/.well-known/oauth-authorization-server`
    return JSON.parse((await send(emulator, { method: 'GET', url, headers: {} })).body)
  }
  expect(await metadata()).toHaveProperty('registration_endpoint')
  const { request } = await setMode('oauth-registration-disabled')
  expect(await metadata()).not.toHaveProperty('registration_endpoint')
  expect((await send(emulator, request)).status).toBe(400)
  await endMode('oauth-registration-disabled')
  expect(await metadata()).toHaveProperty('registration_endpoint')
  expect((await send(emulator, request)).status).toBe(201)
})

test('a mode turns its target into an application with Managed OAuth, and back', async () => {
  const { request } = await setMode('oauth-token-expired', { application: 'wiki.example.com' })
  expect(request.url).toBe('https://wiki.example.com/')
  const refused = await send(emulator, request)
  expect(refused.status).toBe(401)
  expect(refused.header('www-authenticate')).toMatch(
    /^Bearer .*cloudflare-access-protected-resource/,
  )
  await endMode('oauth-token-expired')
  expect((await send(emulator, request)).status).toBe(302)
})

test('the metadata comes back when the mode ends', async () => {
  for (const id of ['metadata-missing', 'metadata-stale']) {
    const { request, expect: expected } = await setMode(id)
    const header = async () => (await send(emulator, request)).header('cf-access-metadata')
    expect(await header()).toEqual(id === 'metadata-missing' ? null : expect.any(String))
    expect(expected.status).toBe(302)
    await endMode(id)
  }
})

test('no poll gets tokens, even after an approval', async () => {
  const { request } = await setMode('transfer-unavailable')
  expect((await send(emulator, request)).status).toBe(503)
  await endMode('transfer-unavailable')
  await setMode('transfer-pending')
  const { result } = await emulator.control.listFaults()
  expect(result.map(({ fault }) => fault.at)).toEqual(['transfer.take'])
  const other = { ...request, url: request.url.replace(/[^/]+$/, `${'A'.repeat(43)}=`) }
  expect((await send(emulator, other)).status).toBe(404)
})
