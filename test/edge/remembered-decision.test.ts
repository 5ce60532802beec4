/** A cached decision for a token is invalidated by any change it depends on. */
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { createEmulator, type Emulator } from '../../emulator/index.ts'

const host = 'machines.example.com'
const pair = {
  'cf-access-client-id': 'e0a1e0a1e0a1e0a1e0a1e0a1e0a1e0a1.access',
  'cf-access-client-secret': 'cfast_exampleSecretOfCiDeployNotARealOne00000000000000',
}

let emulator: Emulator
let cookie: string
beforeAll(async () => {
  emulator = await createEmulator({ seed: 'example' })
})
beforeEach(async () => {
  await emulator.reset()
  const url = `https://${host}/cdn-cgi/access/service/auth`
  const answer = await emulator.fetch(url, { method: 'POST', headers: pair })
  const { token } = (await answer.json()) as { token: string }
  cookie = `CF_Authorization=${token}`
  // Twice: the second response comes from the cache.
  expect([await status(), await status()]).toEqual([200, 200])
})
afterAll(() => emulator.close())

async function status(headers: Readonly<Record<string, string>> = {}) {
  return (await emulator.fetch(`https://${host}/`, { headers: { cookie, ...headers } })).status
}

async function api(method: string, path: string, body?: object) {
  const { id, api_token } = emulator.account
  const answer = await fetch(`${emulator.url}/client/v4/accounts/${id}/access${path}`, {
    method,
    headers: { authorization: `Bearer ${api_token}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  expect(answer.ok).toBe(true)
}

function application() {
  const found = emulator.account.applications.find(({ domain }) => domain === host)
  if (found === undefined) throw new Error(`the seed has no ${host}`)
  return found.id
}

const policy = (require: readonly object[]) => ({
  name: 'Service Auth',
  decision: 'non_identity',
  include: [{ any_valid_service_token: {} }],
  require,
})

test('a replaced policy refuses the token that it admitted before', async () => {
  const { id } = emulator.account
  const path = `${emulator.url}/client/v4/accounts/${id}/access/apps/${application()}`
  const headers = { authorization: `Bearer ${emulator.account.api_token}` }
  const { result } = (await (await fetch(path, { headers })).json()) as {
    result: { policies: { id: string }[] }
  }
  const own = `/apps/${application()}/policies/${result.policies[0]?.id}`
  await api('PUT', own, policy([{ ip: { ip: '192.0.2.0/24' } }]))
  expect(await status()).toBe(403)
})

test('a group that changes ends what was decided by it', async () => {
  const group = (ip: string) => ({ name: 'Office', include: [{ ip: { ip } }] })
  await api('POST', '/groups', group('127.0.0.0/8'))
  const { state } = await snapshot()
  const [office] = state.groups
  await api('PUT', `/apps/${application()}`, {
    type: 'self_hosted',
    name: 'Machines only',
    domain: host,
    policies: [policy([{ group: { id: office?.id } }])],
  })
  expect([await status(), await status()]).toEqual([200, 200])
  await api('PUT', `/groups/${office?.id}`, group('192.0.2.0/24'))
  expect(await status()).toBe(403)
})

test('a behaviour that is overridden counts at once', async () => {
  await control('PUT', 'behaviours', { 'application_token.replay': 'with_allow_policy' })
  expect(await status()).toBe(403)
  await control('PUT', 'behaviours', { 'application_token.replay': null })
  expect(await status()).toBe(200)
})

test('another address gets a new decision', async () => {
  await api('PUT', `/apps/${application()}`, {
    type: 'self_hosted',
    name: 'Machines only',
    domain: host,
    policies: [policy([{ ip: { ip: '127.0.0.0/8' } }])],
  })
  expect([await status(), await status()]).toEqual([200, 200])
  expect(await status({ 'access-emulator-client-ip': '192.0.2.7' })).toBe(403)
})

test('what is remembered for clients without credentials ends with the policy, and is of one address', async () => {
  const anonymous = async (headers: Readonly<Record<string, string>> = {}) =>
    (await emulator.fetch(`https://${host}/`, { headers })).status
  const everyoneHere = { decision: 'bypass', include: [{ ip: { ip: '127.0.0.0/8' } }] }
  expect([await anonymous(), await anonymous()]).toEqual([403, 403])
  await api('PUT', `/apps/${application()}`, {
    type: 'self_hosted',
    name: 'Machines only',
    domain: host,
    policies: [{ name: 'Here', ...everyoneHere }],
  })
  expect([await anonymous(), await anonymous()]).toEqual([200, 200])
  expect(await anonymous({ 'access-emulator-client-ip': '192.0.2.7' })).toBe(403)
  expect(await anonymous()).toBe(200)
  await api('PUT', `/apps/${application()}`, {
    type: 'self_hosted',
    name: 'Machines only',
    domain: host,
    policies: [policy([])],
  })
  expect(await anonymous()).toBe(403)
  expect(await status()).toBe(200)
})

test('one credential is remembered by each application for itself', async () => {
  await api('POST', '/apps', {
    type: 'self_hosted',
    name: 'Nobody',
    domain: `${host}/nobody`,
    policies: [policy([{ ip: { ip: '192.0.2.0/24' } }])],
  })
  const withPair = async (path: string) =>
    (await emulator.fetch(`https://${host}${path}`, { headers: pair })).status
  const twice = [await withPair('/'), await withPair('/nobody')]
  expect([...twice, await withPair('/'), await withPair('/nobody')]).toEqual([200, 403, 200, 403])
})

async function control(method: string, path: string, body?: object) {
  const answer = await fetch(`${emulator.url}/__access/${path}`, {
    method,
    headers: { 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  expect(answer.ok).toBe(true)
  return answer.json()
}

async function snapshot() {
  return { state: (await control('GET', 'state')) as { groups: { id: string }[] } }
}
