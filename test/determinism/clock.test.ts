/** Everything the clock drives: dates, cookies, tokens, keys, the grace period of an old secret. No test waits. */
import { decodeJwt, decodeProtectedHeader } from 'jose'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createEmulator, type Emulator } from '../../emulator/index.ts'

const at = '2026-11-24T12:00:00Z'
const minute = 60
const hour = 60 * minute
const day = 24 * hour

let emulator: Emulator
beforeEach(async () => {
  emulator = await createEmulator({ seed: 'example', at, entropy: 'demo' })
})
afterEach(() => emulator.close())

const machines = 'https://machines.example.com/'
const machinesApp = { type: 'self_hosted', name: 'Machines only', domain: 'machines.example.com' }

function pairOf(index = 0): Record<string, string> {
  const token = emulator.account.service_tokens[index]
  return {
    'CF-Access-Client-Id': token?.client_id ?? '',
    'CF-Access-Client-Secret': token?.client_secret ?? '',
  }
}

function get(headers: Record<string, string> = {}, url = machines): Promise<Response> {
  return emulator.fetch(url, { headers, redirect: 'manual' })
}

async function exchanged(): Promise<string> {
  const url = `${machines}cdn-cgi/access/service/auth`
  const answer = await emulator.fetch(url, { method: 'POST', headers: pairOf() })
  return ((await answer.json()) as { token: string }).token
}

async function api<T>(method: string, path: string, body?: object): Promise<T> {
  const { id, api_token } = emulator.account
  const answer = await emulator.fetch(
    `https://api.cloudflare.com/client/v4/accounts/${id}/access${path}`,
    {
      method,
      headers: { authorization: `Bearer ${api_token}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    },
  )
  return ((await answer.json()) as { result: T }).result
}

const advance = (seconds: number) => emulator.control.setClock({ body: { advance: seconds } })

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
    await advance(90)
    expect((await get()).headers.get('date')).toBe('Tue, 24 Nov 2026 12:01:30 GMT')
    expect((await get(pairOf())).headers.get('date')).toBe('Tue, 24 Nov 2026 12:01:30 GMT')
  })

  test('dates rows of the API and of the journal', async () => {
    await advance(hour)
    const tag = await api<{ created_at: string }>('POST', '/tags', { name: 'late' })
    expect(tag.created_at).toBe('2026-11-24T13:00:00Z')
    const { result } = await emulator.control.readJournal()
    expect(result.at(-1)?.at).toBe('2026-11-24T13:00:00.000Z')
  })

  test('dates the cookie of a service token, and ends it', async () => {
    const { headers } = await get(pairOf())
    const [cookie = ''] = headers.getSetCookie()
    expect(cookie).toMatch(/^CF_Authorization=\S+; .*Expires=Wed, 25 Nov 2026 12:00:00 GMT/)
    const sent = { cookie: cookie.split(';')[0] ?? '' }
    await advance(day - 1)
    expect((await get(sent)).status).toBe(200)
    await advance(1)
    expect((await get(sent)).status).toBe(403)
  })

  test('ends a JWT at the second that its exp says', async () => {
    const token = await exchanged()
    const { iat = 0, exp = 0 } = decodeJwt(token)
    expect(iat).toBe(Date.parse(at) / 1000)
    const sent = { 'cf-access-token': token }
    await emulator.control.setClock({ body: { at: new Date((exp - 1) * 1000).toISOString() } })
    expect((await get(sent)).status).toBe(200)
    await advance(1)
    expect((await get(sent)).status).toBe(403)
  })

  test('ends a service token when its duration is over', async () => {
    expect((await get(pairOf())).status).toBe(200)
    await advance(366 * day)
    expect((await get(pairOf())).status).toBe(403)
  })

  test('ends the grace of an old secret', async () => {
    const [token] = await api<{ id: string }[]>('GET', '/service_tokens')
    const rotated = await api<{ client_id: string; client_secret: string }>(
      'POST',
      `/service_tokens/${token?.id}/rotate`,
      { previous_client_secret_expires_at: '2026-11-24T13:00:00Z' },
    )
    const fresh = { ...pairOf(), 'CF-Access-Client-Secret': rotated.client_secret }
    const statuses = async () => [(await get(pairOf())).status, (await get(fresh)).status]
    expect(rotated.client_secret).not.toBe(pairOf()['CF-Access-Client-Secret'])
    await advance(hour - 1)
    expect(await statuses()).toEqual([200, 200])
    await advance(1)
    expect(await statuses()).toEqual([403, 200])
  })

  test('rotates the keys: the old one is published for seven days more', async () => {
    // A week after the start, which counts as a rotation: now the other key is the next one.
    await advance(7 * day)
    const [old, next] = await signing()
    await advance(35 * day - 1)
    expect(await signing()).toEqual([old, next])
    await advance(1)
    expect(await signing()).toEqual([next, old])
    await advance(7 * day - 1)
    expect(await signing()).toEqual([next, old])
    await advance(1)
    const [current, other] = await signing()
    expect(current).toBe(next)
    expect([old, next]).not.toContain(other)
  })

  test('admits a JWT signed by the old key as long as certs has that key', async () => {
    await advance(7 * day)
    const [old, next] = await signing()
    await api('PUT', `/apps/${emulator.account.applications[0]?.id}`, {
      ...machinesApp,
      session_duration: '720h',
    })
    const token = await exchanged()
    await api('POST', '/keys/rotate')
    expect(await signing()).toEqual([next, old])
    await advance(7 * day - 1)
    expect((await get({ 'cf-access-token': token })).status).toBe(200)
    await advance(1)
    expect((await get({ 'cf-access-token': token })).status).toBe(403)
  })

  test('is where it was at start after a reset', async () => {
    await advance(day)
    await emulator.reset()
    expect(await emulator.control.getClock()).toEqual({
      now: '2026-11-24T12:00:00.000Z',
      mode: 'frozen',
    })
  })
})

describe('A clock that runs from a moment', () => {
  test('starts there, advances, and starts there again after a reset', async () => {
    await emulator.close()
    emulator = await createEmulator({ seed: 'example', at: `${at}+` })
    const shown = async () => {
      const { now, mode } = await emulator.control.getClock()
      return { mode, ms: Date.parse(now) - Date.parse(at) }
    }
    const started = await shown()
    expect(started.mode).toBe('running')
    expect(started.ms).toBeGreaterThanOrEqual(0)
    await expect.poll(async () => (await shown()).ms).toBeGreaterThan(started.ms)
    await advance(day)
    expect((await shown()).ms).toBeGreaterThan(day * 1000)
    await emulator.reset()
    expect((await shown()).ms).toBeLessThan(hour * 1000)
    expect((await get()).headers.get('date')).toMatch(/^Tue, 24 Nov 2026 12:/)
  })
})
