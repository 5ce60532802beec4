import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { modes } from '../../../contracts/modes/catalogue.ts'
import { appearances } from '../../../contracts/modes/mode.ts'
import { createEmulator, type Emulator } from '../../../emulator/index.ts'
import { send } from './send.ts'

const at = '2026-01-02T03:04:05Z'
let emulator: Emulator
beforeAll(async () => {
  emulator = await createEmulator({ profile: 'expected', seed: 'example', at })
})
beforeEach(() => emulator.reset())
afterAll(() => emulator.close())

const call = async (method: string, path: string, body?: unknown) => {
  const answer = await fetch(`${emulator.url}/__access/${path}`, {
    method,
    ...(body === undefined
      ? {}
      : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
  })
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> }
}
const setOnes = async () => {
  const { result } = await emulator.control.listModes()
  return result.filter((mode) => mode.set).map(({ id }) => id)
}
const endpoint = async () => {
  const { result } = await emulator.control.getBehaviours()
  return result.find(({ name }) => name === 'service_auth.endpoint')?.value
}

describe('the control API', () => {
  test('lists every mode, and which are set', async () => {
    const { result } = await emulator.control.listModes()
    expect(result.map(({ id }) => id)).toEqual(Object.keys(modes))
    expect(await setOnes()).toEqual([])
    await emulator.control.setMode({ params: { id: 'token-expired' } })
    expect(await setOnes()).toEqual(['token-expired'])
  })

  test('says what to send, what to expect and how to end it', async () => {
    const { status, body } = await call('PUT', 'modes/token-under-allow')
    expect(status).toBe(200)
    expect(body).toMatchObject({
      id: 'token-under-allow',
      request: { method: 'GET', url: 'https://token-under-allow.modes.example.com/' },
      expect: { status: 200, absent: 'an Allow policy admits service tokens in this profile' },
      undo: 'DELETE /__access/modes/token-under-allow',
    })
    expect(await call('DELETE', 'modes/token-under-allow')).toEqual({
      status: 200,
      body: { ok: true },
    })
  })

  test('refuses a mode that is set already', async () => {
    await call('PUT', 'modes/token-expired')
    const { status, body } = await call('PUT', 'modes/token-expired')
    expect({ status, body }).toMatchObject({ status: 409, body: { error: { code: 'exists' } } })
  })

  test('sets one mode once, though two ask at the same time', async () => {
    const answers = await Promise.all([1, 2].map(() => call('PUT', 'modes/jwt-expired')))
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409])
  })

  test.each(['PUT', 'DELETE'])('does not know every id: %s', async (method) => {
    const { status, body } = await call(method, 'modes/no-such-mode')
    expect({ status, body }).toMatchObject({ status: 404, body: { error: { code: 'unknown' } } })
  })

  test('reuses no id, even if an object of the same name was created since', async () => {
    const { account } = emulator
    const make = async () => {
      const { status } = await send(emulator, {
        url: `https://api.cloudflare.com/client/v4/accounts/${account.id}/access/service_tokens`,
        method: 'POST',
        headers: {
          authorization: `Bearer ${account.api_token}`,
          'content-type': 'application/json',
        },
        body: JSON.stringify({ name: 'mode token-expired' }),
      })
      expect(status).toBe(201)
    }
    await call('PUT', 'modes/token-expired')
    await make()
    expect((await call('DELETE', 'modes/token-expired')).status).toBe(200)
    await make()
    await make()
    const { service_tokens } = await emulator.control.getState()
    const all = service_tokens as { name: string }[]
    expect(all.filter(({ name }) => name === 'mode token-expired')).toHaveLength(3)
  })

  test('notes in the journal when a mode began and ended', async () => {
    await call('PUT', 'modes/token-expired')
    await call('DELETE', 'modes/token-expired')
    const { result } = await emulator.control.readJournal()
    expect(result.map(({ operation, mode }) => ({ operation, mode }))).toEqual([
      { operation: 'control.modes.set', mode: 'token-expired' },
      { operation: 'control.modes.end', mode: 'token-expired' },
    ])
  })

  test('does not end what is not set', async () => {
    expect((await call('DELETE', 'modes/token-expired')).status).toBe(404)
  })

  test('leaves nothing of a mode that cannot be set', async () => {
    const { account } = emulator
    const taken = await send(emulator, {
      url: `https://api.cloudflare.com/client/v4/accounts/${account.id}/access/apps`,
      method: 'POST',
      headers: {
        authorization: `Bearer ${account.api_token}`,
        'content-type': 'application/json',
      },
      body: JSON.stringify({ type: 'self_hosted', domain: 'policy-missing.modes.example.com' }),
    })
    expect(taken.status).toBe(201)
    const before = await emulator.control.getState()
    const { status, body } = await call('PUT', 'modes/policy-missing')
    expect(status).toBe(400)
    expect(JSON.stringify(body)).toContain('application_already_exists')
    expect(await emulator.control.getState()).toEqual(before)
    expect(await setOnes()).toEqual([])
  })

  test('sets a mode in the requested account, and names it in how to end it', async () => {
    const made = await emulator.control.createAccount({ body: { name: 'second' } })
    const { body } = await call('PUT', `modes/policy-missing?account=${made.id}`)
    expect(body).toMatchObject({
      request: { url: 'https://policy-missing.modes.second.test/' },
      undo: `DELETE /__access/modes/policy-missing?account=${made.id}`,
    })
    expect(await setOnes()).toEqual([])
    await emulator.control.deleteAccount({ query: { account: made.id } })
  })

  test('refuses an account that has no zone for the application', async () => {
    const bare = await createEmulator({ seed: { accounts: [{ name: 'bare' }] } })
    await expect(bare.control.setMode({ params: { id: 'policy-missing' } })).rejects.toThrow('zone')
    await bare.close()
  })
})

test('reset ends every mode', async () => {
  const before = await emulator.control.getState()
  for (const id of ['token-expired', 'service-auth-absent', 'waf-block', 'organization-renamed']) {
    await emulator.control.setMode({ params: { id } })
  }
  await emulator.reset()
  expect(await setOnes()).toEqual([])
  expect(await endpoint()).toBe('exchange')
  expect((await emulator.control.listFaults()).result).toEqual([])
  expect(await emulator.control.getState()).toEqual(before)
})

test('two modes of one behaviour end in any order', async () => {
  const ids = ['service-auth-absent', 'service-auth-absent-team']
  for (const order of [ids, ids.toReversed()]) {
    for (const id of ids) await emulator.control.setMode({ params: { id } })
    const [first = '', second = ''] = order
    await emulator.control.endMode({ params: { id: first } })
    expect(await endpoint()).toBe('absent')
    await emulator.control.endMode({ params: { id: second } })
    expect(await endpoint()).toBe('exchange')
  }
})

test('two modes of one behaviour give back what was set before them', async () => {
  const observed = await createEmulator({ profile: 'observed', seed: 'example' })
  const { setBehaviours, setMode, endMode, getBehaviours } = observed.control
  await setBehaviours({ body: { 'service_auth.endpoint': 'exchange' } })
  const ids = ['service-auth-absent', 'service-auth-absent-team']
  for (const id of ids) await setMode({ params: { id } })
  for (const id of ids) await endMode({ params: { id } })
  const { result } = await getBehaviours()
  expect(result.find(({ name }) => name === 'service_auth.endpoint')?.value).toBe('exchange')
  await observed.close()
})

test('a behaviour set in the meantime stays', async () => {
  const observed = await createEmulator({ profile: 'observed', seed: 'example' })
  const { setBehaviours, setMode, endMode, getBehaviours } = observed.control
  await setMode({ params: { id: 'service-auth-absent' } })
  await setBehaviours({ body: { 'service_auth.endpoint': 'exchange' } })
  await endMode({ params: { id: 'service-auth-absent' } })
  const { result } = await getBehaviours()
  expect(result.find(({ name }) => name === 'service_auth.endpoint')?.value).toBe('exchange')
  await observed.close()
})

describe('an account without an organization', () => {
  const problem = 'the account has no organization, so there is no team domain.'

  test.each(['organization-renamed', 'certs-stale', 'token-expired'])('has no %s', async (id) => {
    await emulator.control.setMode({ params: { id: 'organization-not-enabled' } })
    const message = `${id}: ${problem} End the mode organization-not-enabled first.`
    const { status, body } = await call('PUT', `modes/${id}`)
    expect({ status, body }).toMatchObject({ status: 400, body: { error: { message } } })
    expect(await setOnes()).toEqual(['organization-not-enabled'])
  })

  test('has the modes that do not name the team domain, and is told how to get the others', async () => {
    const accounts = [{ name: 'No team', zones: [{ name: 'example.com' }] }]
    const { control, close } = await createEmulator({ seed: { accounts } })
    const set: string[] = []
    for (const id of Object.keys(modes)) {
      try {
        const shown = await control.setMode({ params: { id } })
        expect(JSON.stringify(shown)).not.toMatch(/https:\/\/[/"]/)
        set.push(id)
      } catch (error) {
        expect(String(error)).toContain(
          `${id}: ${problem} Give it one: \`organization\` in the seed`,
        )
      }
    }
    expect(set).toContain('waf-block')
    expect(set).not.toContain('oauth-token-expired')
    expect(set.length).toBeGreaterThan(Object.keys(modes).length / 3)
    await close()
  })
})

test('every mode can be set beside all the others', async () => {
  const before = await emulator.control.getState()
  const last = 'organization-not-enabled'
  const ids = [...Object.keys(modes).filter((id) => id !== last), last]
  for (const id of ids) await emulator.control.setMode({ params: { id } })
  expect((await setOnes()).sort()).toEqual([...ids].sort())
  for (const id of ids.toReversed()) await emulator.control.endMode({ params: { id } })
  expect(await emulator.control.getState()).toEqual(before)
})

describe('a mode that goes away by itself', () => {
  test.each([
    ['propagation-application', 14, 200, 403],
    ['propagation-login', 9, 404, 200],
  ])('%s does so by the emulator’s clock', async (id, seconds, during, after) => {
    const { request } = await emulator.control.setMode({ params: { id } })
    const { headers: _, ...anonymous } = request
    const asked = { ...anonymous, headers: {} }
    await emulator.control.setClock({ body: { advance: seconds } })
    expect((await send(emulator, asked)).status).toBe(during)
    await emulator.control.setClock({ body: { advance: 1 } })
    expect((await send(emulator, asked)).status).toBe(after)
  })
})

test('two emulators of one entropy set a mode up to the same bytes', async () => {
  const twin = await createEmulator({ profile: 'expected', seed: 'example', at })
  for (const id of ['token-rotated', 'jwt-expired', 'application-recreated']) {
    const [one, other] = await Promise.all(
      [emulator, twin].map(({ control }) => control.setMode({ params: { id } })),
    )
    expect(other).toEqual(one)
  }
  await twin.close()
})

describe('the catalogue', () => {
  test('says of every mode what it is, whence, and how to mend it', () => {
    for (const [id, mode] of Object.entries(modes)) {
      const texts = [mode.title, mode.cause, mode.tell, mode.fix]
      expect({ id, empty: texts.filter((text) => text.trim() === '') }).toEqual({ id, empty: [] })
      expect(mode.observable_with.length).toBeGreaterThan(0)
      expect(Object.keys(appearances)).toContain(mode.alike)
      expect(id).toMatch(/^[a-z0-9-]{1,40}$/)
    }
  })
})
