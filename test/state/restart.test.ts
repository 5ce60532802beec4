/** `--state DIR`: what survives a restart, over the API. */
import { cp, stat } from 'node:fs/promises'
import { afterEach, describe, expect, test } from 'vitest'
import { api as contract } from '../../contracts/api/operations.ts'
import { createEmulator, type Emulator, type EmulatorOptions } from '../../emulator/index.ts'
import { type Api, startApi } from '../support/api.ts'
import { linesOf, scratch } from './scratch.ts'

const open: Emulator[] = []
afterEach(async () => {
  await Promise.all(open.splice(0).map((emulator) => emulator.close()))
})

async function started(options: EmulatorOptions): Promise<Api> {
  const api = await startApi(options)
  open.push(api.emulator)
  return api
}

/** Ends it and starts another on the same folder. */
async function restarted(api: Api, options: EmulatorOptions): Promise<Api> {
  open.splice(open.indexOf(api.emulator), 1)
  await api.emulator.close()
  return started(options)
}

const wiki = {
  type: 'self_hosted',
  name: 'Wiki',
  domain: 'wiki.example.com',
} as const

async function furnished(api: Api) {
  const token = await api.ok(contract.serviceTokens.create, { body: { name: 'deploy' } })
  const application = await api.ok(contract.applications.create, {
    body: {
      ...wiki,
      policies: [
        {
          name: 'machines',
          decision: 'non_identity',
          include: [{ service_token: { token_id: token.id } }],
        },
      ],
    },
  })
  return { token, application }
}

describe('A state folder', () => {
  test('gives back applications, policies, tokens with their secrets, and signed-in people', async () => {
    const { state } = scratch()
    const before = await started({ state })
    const { token, application } = await furnished(before)
    await before.emulator.control.createSession({ body: { email: 'a@example.com' } })
    const stored = await before.emulator.control.getState()

    const after = await restarted(before, { state })
    expect(await after.emulator.control.getState()).toEqual(stored)
    const params = { app_id: application.id ?? '' }
    const read = await after.ok(contract.applications.get, { params })
    expect(read).toEqual(application)
    const answer = await after.emulator.fetch('https://wiki.example.com/', {
      headers: {
        'CF-Access-Client-Id': token.client_id,
        'CF-Access-Client-Secret': token.client_secret,
      },
    })
    expect(answer.status).toBe(200)
  })

  test('keeps API tokens, without their values', async () => {
    const { state, log } = scratch()
    const before = await started({ state })
    const { value } = await before.emulator.control.createToken({
      body: {
        name: 'read only',
        policies: [{ permission_groups: [{ name: 'Access: Service Tokens Read' }] }],
      },
    })
    const after = await restarted(before, { state })
    expect((await linesOf(log)).join('')).not.toContain(value)
    const { path } = contract.serviceTokens.list
    const call = (method: 'GET' | 'POST') =>
      after.send(method, `/accounts/${after.emulator.account.id}${path}`, { token: value })
    expect((await call('GET')).status).toBe(200)
    expect((await call('POST')).status).toBe(403)
  })

  test('keeps the source of ids, secrets and keys: old JWTs stay valid and ids do not repeat', async () => {
    const { state } = scratch()
    const before = await started({ state })
    const { token } = await furnished(before)
    const exchanged = await before.emulator.fetch(
      'https://wiki.example.com/cdn-cgi/access/service/auth',
      {
        method: 'POST',
        headers: {
          'CF-Access-Client-Id': token.client_id,
          'CF-Access-Client-Secret': token.client_secret,
        },
      },
    )
    const jwt = ((await exchanged.json()) as { token: string }).token

    const after = await restarted(before, { state })
    const answer = await after.emulator.fetch('https://wiki.example.com/', {
      headers: { 'Cf-Access-Jwt-Assertion': jwt },
    })
    expect(answer.status).toBe(200)
    const twin = await after.ok(contract.serviceTokens.create, { body: { name: 'deploy' } })
    expect(twin.id).not.toBe(token.id)
  })

  test('is planted once: a restart reads no seed, not even a wrong one', async () => {
    const { state } = scratch()
    const before = await started({ state })
    const ids = before.emulator.accounts().map(({ id }) => id)
    const after = await restarted(before, { state, seed: 'no such seed' })
    expect(after.emulator.accounts().map(({ id }) => id)).toEqual(ids)
    expect(await after.emulator.control.health()).toMatchObject({ seed: 'given' })
  })

  test('restores accounts created by the control API, with zone, team and token', async () => {
    const { state } = scratch()
    const before = await started({ state })
    const made = await before.emulator.control.createAccount({ body: { name: 'Worker 7' } })
    const as = { id: made.id, api_token: made.api_token }
    const body = { type: 'self_hosted', name: 'Its own', domain: 'app.worker-7.test' } as const
    await before.ok(contract.applications.create, { as, body })

    const after = await restarted(before, { state })
    const shown = after.emulator.accounts().find(({ id }) => id === made.id)
    expect(shown).toEqual(made)
    const listed = await after.ok(contract.applications.list, { as })
    expect(listed.map(({ domain }) => domain)).toEqual(['app.worker-7.test'])
    const answer = await after.emulator.fetch('https://app.worker-7.test/', { redirect: 'manual' })
    expect(answer.status).toBe(403)
  })

  test('forgets an account that was deleted', async () => {
    const { state } = scratch()
    const before = await started({ state })
    const made = await before.emulator.control.createAccount({ body: { name: 'Brief' } })
    await before.emulator.control.deleteAccount({ query: { account: made.id } })
    const after = await restarted(before, { state })
    expect(after.emulator.accounts().map(({ id }) => id)).not.toContain(made.id)
    expect(after.emulator.accounts()).toHaveLength(3)
  })

  test('is reset permanently, and after a restart a reset still returns to the seed', async () => {
    const { state } = scratch()
    const first = await started({ state })
    const seeded = await first.emulator.control.getState()
    await furnished(first)
    await first.emulator.reset()

    const second = await restarted(first, { state })
    expect(await second.emulator.control.getState()).toEqual(seeded)
    await furnished(second)

    const third = await restarted(second, { state })
    expect(await third.emulator.control.getState()).not.toEqual(seeded)
    await third.emulator.reset()
    expect(await third.emulator.control.getState()).toEqual(seeded)
  })

  test('keeps a snapshot that was put back', async () => {
    const { state } = scratch()
    const before = await started({ state })
    await furnished(before)
    const snapshot = await before.emulator.control.getState()
    await before.emulator.reset()
    await before.emulator.control.putState({ body: snapshot })
    const after = await restarted(before, { state })
    expect(await after.emulator.control.getState()).toEqual(snapshot)
  })

  test('has every acknowledged change at any moment: a copy of the running one is whole', async () => {
    const { state } = scratch()
    const running = await started({ state })
    const names = Array.from({ length: 20 }, (_, index) => `tag-${index}`)
    await Promise.all(names.map((name) => running.ok(contract.tags.create, { body: { name } })))
    const copy = scratch()
    await cp(state, copy.state, {
      recursive: true,
      filter: (path) => !path.endsWith('lock'),
    })
    const after = await started({ state: copy.state })
    const listed = await after.ok(contract.tags.list)
    expect(listed.map(({ name }) => name).sort()).toEqual([...names].sort())
  })

  test('is rewritten at start: one line for the world, one for each account', async () => {
    const { state, log } = scratch()
    const before = await started({ state })
    await furnished(before)
    expect((await linesOf(log)).length).toBeGreaterThan(4)
    await restarted(before, { state })
    expect((await linesOf(log)).map((line) => JSON.parse(line).kind)).toEqual([
      undefined,
      'account',
      'account',
      'account',
    ])
  })

  test('is readable by its owner alone, for it holds secrets', async () => {
    const { state, log, lock } = scratch()
    const api = await started({ state })
    await furnished(api)
    const modes = await Promise.all([state, log, lock].map((path) => stat(path)))
    expect(modes.map(({ mode }) => (mode & 0o777).toString(8))).toEqual(['700', '600', '600'])
    const after = await restarted(api, { state })
    expect(((await stat(log)).mode & 0o777).toString(8)).toBe('600')
    expect(after.emulator.accounts()).toHaveLength(3)
  })

  test('refuses different entropy, which could not have produced its ids', async () => {
    const { state } = scratch()
    const before = await createEmulator({ seed: 'example', state, entropy: 'one' })
    await before.close()
    await expect(createEmulator({ state, entropy: 'two' })).rejects.toThrow(/a different entropy/)
    const again = await createEmulator({ state, entropy: 'one' })
    open.push(again)
    expect(again.accounts()).toHaveLength(1)
  })
})
