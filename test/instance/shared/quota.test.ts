/** What an account may hold in bytes, and what counts: on a shared emulator, and on one that is not, where a limit is given. */
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { createEmulator, type Emulator, type EmulatorOptions } from '../../../emulator/index.ts'
import { adminToken, callsOf, group } from './calls.ts'

const kinds: Readonly<Record<string, EmulatorOptions>> = {
  'a shared emulator': { shared: true, adminToken },
  'an emulator in memory': { adminToken },
}

const words = (text: RegExp) => ({
  error: { code: 'quota_exceeded', message: expect.stringMatching(text) },
})

describe.each(Object.entries(kinds))('on %s', (_kind, options) => {
  let emulator: Emulator
  let calls: ReturnType<typeof callsOf>
  beforeAll(async () => {
    emulator = await createEmulator(options)
    calls = callsOf(emulator)
  })
  afterAll(() => emulator.close())

  test('an object beyond it is refused in words of bytes, and the account can shrink', async () => {
    const mine = await calls.take({ max_bytes: 50_000 })
    const made = await calls.api(mine, 'POST', 'groups', group(30_000))
    expect(made.status).toBe(201)
    const { bytes, objects } = await calls.quotaOf(mine)
    expect(bytes).toBeGreaterThan(30_000)
    expect(bytes).toBeLessThan(40_000)
    const refused = await calls.api(mine, 'POST', 'groups', group(20_000))
    expect(refused.status).toBe(403)
    const [error] = refused.body.errors
    expect(error.code).toBe(19403)
    const [, held, most, added] =
      /Cloudflare has no such limit.*holds (\d+) of at most (\d+) bytes, and this adds (\d+)\..*larger max_bytes\.$/.exec(
        error.message,
      ) ?? []
    expect([Number(held), Number(most)]).toEqual([bytes, 50_000])
    expect(Number(added)).toBeGreaterThan(50_000 - bytes)
    expect(await calls.quotaOf(mine)).toMatchObject({ bytes, objects })
    const path = `groups/${made.body.result.id}`
    expect((await calls.api(mine, 'PUT', path, group(60_000))).status).toBe(403)
    expect((await calls.api(mine, 'PUT', path, group(10_000))).status).toBe(200)
    expect((await calls.api(mine, 'POST', 'groups', group(20_000))).status).toBe(201)
    expect((await calls.api(mine, 'DELETE', path)).status).toBe(202)
    expect((await calls.quotaOf(mine)).bytes).toBeLessThan(bytes)
    expect((await calls.control(mine, 'POST', 'reset')).status).toBe(200)
    expect(await calls.quotaOf(mine)).toEqual(mine.quota)
  })

  test('the dashboard shows what is held', async () => {
    const mine = await calls.take({ max_bytes: 50_000, max_objects: null })
    const { bytes, objects } = await calls.quotaOf(mine)
    const headers = { authorization: `Bearer ${mine.admin_token}` }
    const page = await (await fetch(`${emulator.url}/__access/settings`, { headers })).text()
    expect(page).toContain(
      `This account holds <b>${objects}</b> objects and <b>${bytes}</b> of at most 50000 bytes.`,
    )
  })

  test('what is held is what a snapshot has', async () => {
    const mine = await calls.take({ max_bytes: 100_000 })
    await calls.api(mine, 'POST', 'groups', { ...group(5_000), name: 'Größe 大' })
    const { body } = await calls.control(mine, 'GET', 'state')
    const bytes = Object.values<object[]>(body)
      .flat()
      .reduce((sum, row) => sum + Buffer.byteLength(JSON.stringify(row)) + 1, 0)
    expect(await calls.quotaOf(mine)).toEqual({
      ...mine.quota,
      objects: mine.quota.objects + 1,
      bytes,
    })
  })

  test('a snapshot: one that is larger is refused before it is read', async () => {
    const mine = await calls.take({ max_bytes: 20_000 })
    const { body } = await calls.control(mine, 'GET', 'state')
    expect((await calls.control(mine, 'PUT', 'state', body)).status).toBe(200)
    const other = await calls.take({ max_bytes: null })
    await calls.api(other, 'POST', 'groups', group(30_000))
    const { groups } = (await calls.control(other, 'GET', 'state')).body
    const larger = { ...body, groups }
    expect(await calls.control(mine, 'PUT', 'state', larger)).toEqual({
      status: 403,
      body: words(/^The account may hold at most 20000 bytes, and would have \d+\. .*max_bytes/),
    })
    // No JSON: it would be a 400 if it were read.
    const raw = '{'.padEnd(100_000, ' ')
    for (const [token, query] of [
      [mine.admin_token, ''],
      [adminToken, `?account=${mine.id}`],
    ] as const) {
      expect(await calls.send('PUT', `/__access/state${query}`, token, undefined, raw)).toEqual({
        status: 403,
        body: words(/^The account may hold at most 20000 bytes, and the body has 100000 bytes/),
      })
    }
    const own = await calls.send('PUT', '/__access/faults', mine.admin_token, undefined, raw)
    expect(own.status).toBe(403)
    expect((await calls.control(mine, 'GET', 'state')).body).toEqual(body)
    const read = await calls.send('PUT', '/__access/state', other.admin_token, undefined, raw)
    expect(read.status).toBe(400)
  })

  test('a snapshot of what has grown by itself can be put back', async () => {
    const mine = await calls.take({ max_bytes: 20_000 })
    const token = (await calls.api(mine, 'POST', 'service_tokens', { name: 'ci' })).body.result
    const domain = `app.${mine.zones[0]?.name}`
    const include = [{ any_valid_service_token: {} }]
    const policies = [{ name: 'ci', decision: 'non_identity', include }]
    const app = { type: 'self_hosted', name: 'app', domain, policies }
    expect((await calls.api(mine, 'POST', 'apps', app)).status).toBe(201)
    const made = await calls.api(mine, 'POST', 'groups', group(13_000))
    const { bytes } = await calls.quotaOf(mine)
    const rest = 'n'.repeat(20_000 - bytes)
    const { include: people, name } = group(13_000)
    const full = { include: people, name: `${name}${rest}` }
    const path = `groups/${made.body.result.id}`
    expect((await calls.api(mine, 'PUT', path, full)).status).toBe(200)
    const headers = {
      'cf-access-client-id': token.client_id,
      'cf-access-client-secret': token.client_secret,
    }
    await emulator.fetch(`https://${domain}/`, { headers, redirect: 'manual' })
    expect((await calls.quotaOf(mine)).bytes).toBeGreaterThan(20_000)
    const { body } = await calls.control(mine, 'GET', 'state')
    expect((await calls.control(mine, 'PUT', 'state', body)).status).toBe(200)
    const [first] = body.groups
    const larger = { ...body, groups: [{ ...first, name: `${first.name}n` }] }
    expect((await calls.control(mine, 'PUT', 'state', larger)).status).toBe(403)
  })

  test('faults count, all kinds of them', async () => {
    const mine = await calls.take({ max_bytes: 20_000 })
    const fault = (length: number) => [
      { at: 'gate', effect: { kind: 'status', status: 500, body: 'x'.repeat(length) } },
    ]
    expect((await calls.control(mine, 'PUT', 'faults', fault(10_000))).status).toBe(200)
    const { bytes } = await calls.quotaOf(mine)
    expect(bytes - mine.quota.bytes).toBeGreaterThan(10_000)
    expect(await calls.control(mine, 'PUT', 'faults', fault(20_000))).toMatchObject({
      status: 403,
      body: words(/ bytes, and this adds 10000\. /),
    })
    expect((await calls.api(mine, 'POST', 'groups', group(10_000))).status).toBe(403)
    expect((await calls.control(mine, 'DELETE', 'faults')).status).toBe(200)
    expect((await calls.api(mine, 'POST', 'groups', group(10_000))).status).toBe(201)
  })

  test('modes count as long as they are set', async () => {
    const mine = await calls.take({ max_bytes: 200_000 })
    expect((await calls.control(mine, 'PUT', 'modes/token-expired')).status).toBe(200)
    const { bytes: set } = await calls.quotaOf(mine)
    const state = JSON.stringify((await calls.control(mine, 'GET', 'state')).body)
    // What undoes it is kept beside the rows.
    expect(set).toBeGreaterThan(Buffer.byteLength(state) + 500)
    expect((await calls.control(mine, 'DELETE', 'modes/token-expired')).status).toBe(200)
    const { bytes: ended } = await calls.quotaOf(mine)
    expect(ended).toBeLessThan(set - 500)
    const narrow = await calls.take({ max_bytes: ended + 100 })
    const before = await calls.control(narrow, 'GET', 'state')
    expect((await calls.control(narrow, 'PUT', 'modes/token-expired')).status).toBe(403)
    const { body } = await calls.control(narrow, 'GET', 'modes')
    expect(body.result.some(({ set: isSet }: { set: boolean }) => isSet)).toBe(false)
    const { body: after } = await calls.control(narrow, 'GET', 'state')
    expect({ ...after, counters: [] }).toEqual({ ...before.body, counters: [] })
  })

  test('advice that was taken back leaves no rows behind', async () => {
    const mine = await calls.take({ max_bytes: 200_000 })
    const change = {
      change: 'add_application',
      domain: `app.${mine.zones[0]?.name}`,
      decision: 'allow',
      include: group(20_000).include,
    }
    const { bytes } = await calls.quotaOf(mine)
    const applied = await calls.control(mine, 'POST', 'changes', { changes: [change] })
    expect(applied.status).toBe(200)
    expect((await calls.quotaOf(mine)).bytes).toBeGreaterThan(bytes + 40_000)
    const undone = await calls.control(mine, 'DELETE', `changes/${applied.body.id}`)
    expect(undone.status).toBe(200)
    expect((await calls.quotaOf(mine)).bytes).toBeLessThan(bytes + 1_000)
    expect((await calls.control(mine, 'DELETE', `changes/${applied.body.id}`)).status).toBe(404)
    const twice = { ...change, include: group(110_000).include }
    expect((await calls.control(mine, 'POST', 'changes', { changes: [twice] })).status).toBe(403)
    expect((await calls.quotaOf(mine)).bytes).toBeLessThan(bytes + 1_000)
  })

  test('names that were used once count, although they are no objects', async () => {
    const mine = await calls.take({ max_bytes: 20_000 })
    const name = (index: number) => `${index}${'n'.repeat(1_000)}`
    const statuses: number[] = []
    for (let index = 0; index < 30 && statuses.at(-1) !== 403; index += 1) {
      const { status, body } = await calls.api(mine, 'POST', 'groups', {
        ...group(0),
        name: name(index),
        include: [{ everyone: {} }],
      })
      statuses.push(status)
      if (status === 201) await calls.api(mine, 'DELETE', `groups/${body.result.id}`)
    }
    expect(statuses.at(-1)).toBe(403)
    expect(statuses.length).toBeGreaterThan(10)
    expect((await calls.quotaOf(mine)).objects).toBe(mine.quota.objects)
  })

  test('clients that register themselves, without any token, count', async () => {
    const mine = await calls.take({ max_bytes: 20_000 })
    const domain = `mcp.${mine.zones[0]?.name}`
    const oauth_configuration = {
      enabled: true,
      dynamic_client_registration: { enabled: true, allow_any_on_loopback: true },
    }
    const app = { type: 'self_hosted', name: 'mcp', domain, oauth_configuration }
    expect((await calls.api(mine, 'POST', 'apps', app)).status).toBe(201)
    const register = async () => {
      const answer = await emulator.fetch(
        `https://${mine.auth_domain}/cdn-cgi/access/oauth/registration`,
        {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({
            redirect_uris: Array.from(
              { length: 5 },
              (_, index) => `http://127.0.0.1:33418/${index}${'n'.repeat(1_000)}`,
            ),
          }),
        },
      )
      return { status: answer.status, body: await answer.json() }
    }
    const statuses = [await register(), await register(), await register()]
    expect(statuses.map(({ status }) => status)).toEqual([201, 201, 201])
    const { bytes, objects } = await calls.quotaOf(mine)
    expect([bytes > 15_000, objects - mine.quota.objects]).toEqual([true, 4])
    expect(await register()).toEqual({
      status: 503,
      body: {
        error: 'server_error',
        error_description: expect.stringMatching(/ of at most 20000 bytes, and this adds \d+\./),
      },
    })
    expect(await calls.quotaOf(mine)).toMatchObject({ bytes, objects })
  })

  test('an account whose seed is larger is never there', async () => {
    const before = emulator.accounts().map(({ id }) => id)
    const body = { name: 'too large', seed: 'example', prefix: 'large', max_bytes: 2_000 }
    expect(await calls.send('POST', '/__access/accounts', adminToken, body)).toEqual({
      status: 403,
      body: words(/^Its seed is larger than the account may be\. .* at most 2000 bytes/),
    })
    expect(emulator.accounts().map(({ id }) => id)).toEqual(before)
    const { max_bytes: _, ...fits } = body
    expect((await calls.send('POST', '/__access/accounts', adminToken, fits)).status).toBe(200)
  })
})

test('the limits that an account has, unless its creator says otherwise', async () => {
  const [shared, own] = await Promise.all([
    createEmulator({ shared: true, adminToken }),
    createEmulator({ adminToken, seed: 'example' }),
  ])
  onTestFinished(async () => void (await Promise.all([shared.close(), own.close()])))
  const limits = { max_objects: 10_000, max_bytes: 32 * 1024 * 1024 }
  expect((await callsOf(shared).take()).quota).toMatchObject(limits)
  const lifted = await callsOf(shared).take({ max_objects: null, max_bytes: null })
  expect(lifted.quota).toMatchObject({ max_objects: null, max_bytes: null })
  expect(lifted.quota.bytes).toBeGreaterThan(100)
  const unlimited = { max_objects: null, max_bytes: null }
  expect((await callsOf(own).take()).quota).toMatchObject(unlimited)
  expect(own.account).not.toHaveProperty('quota')
  const { send } = callsOf(shared)
  const wrong = { name: 'x', max_bytes: 0 }
  expect((await send('POST', '/__access/accounts', adminToken, wrong)).status).toBe(400)
})

test('nothing of an account that is refused is written, and the limit outlives a restart', async () => {
  const state = await mkdtemp(join(tmpdir(), 'quota-'))
  onTestFinished(() => rm(state, { recursive: true, force: true }))
  const options = { shared: true, adminToken, state }
  const first = await createEmulator(options)
  const mine = await callsOf(first).take({ max_bytes: 20_000 })
  await callsOf(first).api(mine, 'POST', 'groups', group(10_000))
  const held = await callsOf(first).quotaOf(mine)
  const written = async () => {
    const files = (await readdir(state)).sort()
    return Promise.all(files.map((file) => readFile(join(state, file), 'utf8')))
  }
  const before = await written()
  expect(before.join('')).toContain(mine.id)
  const body = { name: 'too large', seed: 'example', prefix: 'large', max_bytes: 2_000 }
  const answer = await callsOf(first).send('POST', '/__access/accounts', adminToken, body)
  expect(answer.status).toBe(403)
  expect(await written()).toEqual(before)
  await first.close()
  const second = await createEmulator(options)
  onTestFinished(() => second.close())
  expect(await callsOf(second).quotaOf(mine)).toEqual(held)
  expect((await callsOf(second).api(mine, 'POST', 'groups', group(9_999))).status).toBe(403)
})
