import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { differences } from '../../../contracts/control/expected-answer.ts'
import { createEmulator, type Emulator } from '../../../emulator/index.ts'
import { send } from './send.ts'

let emulator: Emulator
beforeAll(async () => {
  emulator = await createEmulator({ profile: 'observed', seed: 'example' })
})
beforeEach(() => emulator.reset())
afterAll(() => emulator.close())

const ciDeploy = {
  'CF-Access-Client-Id': 'e0a1e0a1e0a1e0a1e0a1e0a1e0a1e0a1.access',
  'CF-Access-Client-Secret': 'cfast_exampleSecretOfCiDeployNotARealOne00000000000000',
}

const visit = (host: string) =>
  send(emulator, { url: `https://${host}/`, method: 'GET', headers: ciDeploy })

function setMode(id: string, body?: { application?: string; service_token?: string }) {
  return emulator.control.setMode({ params: { id }, ...(body === undefined ? {} : { body }) })
}
const endMode = (id: string) => emulator.control.endMode({ params: { id } })

const application = async (domain: string) => {
  const { applications } = await emulator.control.getState()
  return (applications as { domain: string; id: string; aud: string; name: string }[]).find(
    (row) => row.domain === domain,
  )
}

describe('a target is named', () => {
  test.each([
    ['its domain', async () => 'machines.example.com'],
    ['its name', async () => 'Machines only'],
    ['its id', async () => (await application('machines.example.com'))?.id ?? ''],
    ['its AUD tag', async () => (await application('machines.example.com'))?.aud ?? ''],
    ['its host, where it has a path', async () => 'shop.example.com'],
  ])('by %s', async (_, name) => {
    const target = await name()
    const host = target.includes('shop') ? 'shop.example.com' : 'machines.example.com'
    const { request } = await setMode('policy-missing', { application: target })
    expect(new URL(request.url).hostname).toBe(host)
  })

  test.each(['ci deploy', ciDeploy['CF-Access-Client-Id']])(
    'by %s, where it is a service token',
    async (service_token) => {
      const { request } = await setMode('token-disabled', { service_token })
      expect(request.headers).toEqual(ciDeploy)
      expect((await visit('machines.example.com')).status).toBe(403)
    },
  )
})

test('a target that does not exist is refused', async () => {
  await expect(setMode('token-disabled', { service_token: 'nobody' })).rejects.toThrow(
    'There is no service token "nobody" in this account.',
  )
  await expect(setMode('policy-missing', { application: 'nowhere' })).rejects.toThrow(
    'There is no application "nowhere" in this account.',
  )
})

/** Deleted and recreated rows are listed last. */
const rows = async () => {
  const tables = Object.entries(await emulator.control.getState())
  const sorted = tables.map(([name, all]) => [name, all.map((row) => JSON.stringify(row)).sort()])
  return Object.fromEntries(sorted)
}

test('a mode changes the application it is given, and ending it brings the application back', async () => {
  expect((await visit('machines.example.com')).status).toBe(200)
  const before = await rows()
  const { request, expect: expected } = await setMode('token-under-allow', {
    application: 'machines.example.com',
  })
  expect(request).toMatchObject({ url: 'https://machines.example.com/', headers: ciDeploy })
  expect(differences(expected, await send(emulator, request))).toEqual([])
  await endMode('token-under-allow')
  expect((await visit('machines.example.com')).status).toBe(200)
  expect(await rows()).toEqual(before)
})

test('a mode of the service token alone leaves the policies of its target as they are', async () => {
  const { expect: expected } = await setMode('certs-stale', { application: 'wiki.example.com' })
  expect(expected).toHaveProperty('note')
  await setMode('token-expired', { service_token: 'ci deploy' })
  // Each application answers in its own way: by the login, or by the block page.
  expect((await visit('wiki.example.com')).status).toBe(302)
  expect((await visit('machines.example.com')).status).toBe(403)
  await endMode('token-expired')
  expect((await visit('machines.example.com')).status).toBe(200)
})

test('a mode of the domain moves its target there, with all its destinations', async () => {
  const { request } = await setMode('path-not-covered', { application: 'machines.example.com' })
  expect(request.url).toBe('https://machines.example.com/alpha')
  const status = async (path: string) =>
    (
      await send(emulator, {
        url: `https://machines.example.com${path}`,
        method: 'GET',
        headers: {},
      })
    ).status
  expect([await status('/alpha'), await status('/'), await status('/alpha/beta')]).toEqual([
    200, 200, 403,
  ])
  await endMode('path-not-covered')
  expect(await status('/')).toBe(403)
})

test('a mode without an application takes its target away until it ends', async () => {
  await setMode('host-not-protected', { application: 'machines.example.com' })
  const got = await visit('machines.example.com')
  expect(got.header('cf-access-aud')).toBe(null)
  expect(JSON.parse(got.body).headers).toHaveProperty('cf-access-client-secret')
  await endMode('host-not-protected')
  expect(JSON.parse((await visit('machines.example.com')).body).headers).not.toHaveProperty(
    'cf-access-client-secret',
  )
})

test('what was changed since cannot be taken back alone', async () => {
  await setMode('token-disabled', { service_token: 'ci deploy' })
  const { account } = emulator
  const id = account.service_tokens.find(({ name }) => name === 'ci deploy')?.id
  const { status } = await send(emulator, {
    url: `https://api.cloudflare.com/client/v4/accounts/${account.id}/access/service_tokens/${id}`,
    method: 'PUT',
    headers: {
      authorization: `Bearer ${account.api_token}`,
      'content-type': 'application/json',
    },
    body: JSON.stringify({ enabled: true }),
  })
  expect(status).toBe(200)
  const ended = await fetch(`${emulator.url}/__access/modes/token-disabled`, { method: 'DELETE' })
  expect(ended.status).toBe(409)
  expect(await ended.json()).toMatchObject({ error: { code: 'changed_since' } })
  const { result } = await emulator.control.listModes()
  expect(result.find((mode) => mode.id === 'token-disabled')?.set).toBe(true)
  expect((await visit('machines.example.com')).status).toBe(200)
})

test('the later of two modes of one object is ended first', async () => {
  await setMode('token-disabled', { service_token: 'ci deploy' })
  await setMode('token-expired', { service_token: 'ci deploy' })
  await expect(endMode('token-disabled')).rejects.toThrow('changed since')
  await endMode('token-expired')
  await endMode('token-disabled')
  expect((await visit('machines.example.com')).status).toBe(200)
})

test('a service token that was used since is not a changed one', async () => {
  const { tells } = await setMode('jwt-replay-refused', { service_token: 'ci deploy' })
  await setMode('token-rotated', { service_token: 'ci deploy' })
  await endMode('token-rotated')
  for (const { request } of tells) expect((await send(emulator, request)).status).toBe(200)
  await setMode('token-disabled', { service_token: 'ci deploy' })
  await endMode('token-disabled')
  await endMode('jwt-replay-refused')
})
