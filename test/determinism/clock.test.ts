/** Everything the clock drives: dates, cookies, tokens, keys, the grace period of an old secret. No test waits. */
import { decodeJwt, decodeProtectedHeader } from 'jose'
import { describe, expect, onTestFinished, test } from 'vitest'
import { api as contract } from '../../contracts/api/operations.ts'
import { createEmulator } from '../../emulator/index.ts'
import { useApi } from '../support/api.ts'

const at = '2026-11-24T12:00:00Z'
const minute = 60
const hour = 60 * minute
const day = 24 * hour

const api = useApi({ seed: 'example', at, entropy: 'demo' })

const machines = 'https://machines.example.com/'
const machinesApp = { type: 'self_hosted', name: 'Machines only', domain: 'machines.example.com' }

function pairOf(index = 0): Record<string, string> {
  const token = api.emulator.account.service_tokens[index]
  return {
    'CF-Access-Client-Id': token?.client_id ?? '',
    'CF-Access-Client-Secret': token?.client_secret ?? '',
  }
}

function get(headers: Record<string, string> = {}, url = machines): Promise<Response> {
  return api.emulator.fetch(url, { headers, redirect: 'manual' })
}

async function exchanged(): Promise<string> {
  const url = `${machines}cdn-cgi/access/service/auth`
  const answer = await api.emulator.fetch(url, { method: 'POST', headers: pairOf() })
  return ((await answer.json()) as { token: string }).token
}

/** The key that signs now, and the other one that certs publishes. */
async function signing(): Promise<[string, string]> {
  const answer = await get({}, `${machines}cdn-cgi/access/certs`)
  const { keys } = (await answer.json()) as { keys: { kid: string }[] }
  const current = decodeProtectedHeader(await exchanged()).kid ?? ''
  const [other = '', ...more] = keys.map(({ kid }) => kid).filter((kid) => kid !== current)
  expect({ published: keys.length, more }).toEqual({ published: 2, more: [] })
  return [current, other]
}

describe('A frozen clock', () => {
  test('gives every answer one date, until it is moved', async () => {
    const { headers } = await get()
    expect(headers.get('date')).toBe('Tue, 24 Nov 2026 12:00:00 GMT')
    await api.advance(90)
    expect((await get()).headers.get('date')).toBe('Tue, 24 Nov 2026 12:01:30 GMT')
    expect((await get(pairOf())).headers.get('date')).toBe('Tue, 24 Nov 2026 12:01:30 GMT')
  })

  test('dates rows of the API and of the journal', async () => {
    await api.advance(hour)
    const tag = await api.ok(contract.tags.create, { body: { name: 'late' } })
    expect(tag.created_at).toBe('2026-11-24T13:00:00Z')
    const { result } = await api.emulator.control.readJournal()
    expect(result.at(-1)?.at).toBe('2026-11-24T13:00:00.000Z')
  })

  test('dates the cookie of a service token, and ends it', async () => {
    const { headers } = await get(pairOf())
    const [cookie = ''] = headers.getSetCookie()
    expect(cookie).toMatch(/^CF_Authorization=\S+; .*Expires=Wed, 25 Nov 2026 12:00:00 GMT/)
    const sent = { cookie: cookie.split(';')[0] ?? '' }
    await api.advance(day - 1)
    expect((await get(sent)).status).toBe(200)
    await api.advance(1)
    expect((await get(sent)).status).toBe(403)
  })

  test('ends a JWT at the second that its exp says', async () => {
    const token = await exchanged()
    const { iat = 0, exp = 0 } = decodeJwt(token)
    expect(iat).toBe(Date.parse(at) / 1000)
    const sent = { 'cf-access-token': token }
    await api.emulator.control.setClock({ body: { at: new Date((exp - 1) * 1000).toISOString() } })
    expect((await get(sent)).status).toBe(200)
    await api.advance(1)
    expect((await get(sent)).status).toBe(403)
  })

  test('ends a service token when its duration is over', async () => {
    expect((await get(pairOf())).status).toBe(200)
    await api.advance(366 * day)
    expect((await get(pairOf())).status).toBe(403)
  })

  test('ends the grace of an old secret', async () => {
    const [token] = await api.ok(contract.serviceTokens.list)
    const rotated = await api.ok(contract.serviceTokens.rotate, {
      params: { service_token_id: token?.id ?? '' },
      body: { previous_client_secret_expires_at: '2026-11-24T13:00:00Z' },
    })
    const fresh = { ...pairOf(), 'CF-Access-Client-Secret': rotated.client_secret }
    const statuses = async () => [(await get(pairOf())).status, (await get(fresh)).status]
    expect(rotated.client_secret).not.toBe(pairOf()['CF-Access-Client-Secret'])
    await api.advance(hour - 1)
    expect(await statuses()).toEqual([200, 200])
    await api.advance(1)
    expect(await statuses()).toEqual([403, 200])
  })

  test('rotates the keys: the old one is published for seven days more', async () => {
    // A week after the start, which counts as a rotation: now the other key is the next one.
    await api.advance(7 * day)
    const [old, next] = await signing()
    await api.advance(35 * day - 1)
    expect(await signing()).toEqual([old, next])
    await api.advance(1)
    expect(await signing()).toEqual([next, old])
    await api.advance(7 * day - 1)
    expect(await signing()).toEqual([next, old])
    await api.advance(1)
    const [current, other] = await signing()
    expect(current).toBe(next)
    expect([old, next]).not.toContain(other)
  })

  test('admits a JWT signed by the old key as long as certs has that key', async () => {
    await api.advance(7 * day)
    const [old, next] = await signing()
    await api.ok(contract.applications.replace, {
      params: { app_id: api.emulator.account.applications[0]?.id ?? '' },
      body: { ...machinesApp, session_duration: '720h' },
    })
    const token = await exchanged()
    await api.ok(contract.keys.rotate)
    expect(await signing()).toEqual([next, old])
    await api.advance(7 * day - 1)
    expect((await get({ 'cf-access-token': token })).status).toBe(200)
    await api.advance(1)
    expect((await get({ 'cf-access-token': token })).status).toBe(403)
  })

  test('is where it was at start after a reset', async () => {
    await api.advance(day)
    await api.emulator.reset()
    expect(await api.emulator.control.getClock()).toEqual({
      now: '2026-11-24T12:00:00.000Z',
      mode: 'frozen',
    })
  })
})

describe('A clock that runs from a moment', () => {
  test('starts there, advances, and starts there again after a reset', async () => {
    const emulator = await createEmulator({ seed: 'example', at: `${at}+` })
    onTestFinished(() => emulator.close())
    const shown = async () => {
      const { now, mode } = await emulator.control.getClock()
      return { mode, ms: Date.parse(now) - Date.parse(at) }
    }
    const started = await shown()
    expect(started.mode).toBe('running')
    expect(started.ms).toBeGreaterThanOrEqual(0)
    await expect.poll(async () => (await shown()).ms).toBeGreaterThan(started.ms)
    await emulator.control.setClock({ body: { advance: day } })
    expect((await shown()).ms).toBeGreaterThan(day * 1000)
    await emulator.reset()
    expect((await shown()).ms).toBeLessThan(hour * 1000)
    expect((await emulator.fetch(machines)).headers.get('date')).toMatch(/^Tue, 24 Nov 2026 12:/)
  })
})
