/** The control API of a shared emulator: every operation, with every kind of token, for the own account and another's. */
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { control } from '../../../contracts/control/endpoints.ts'
import { reach } from '../../../contracts/control/reach.ts'
import { createEmulator, type Emulator } from '../../../emulator/index.ts'
import '../../support/built.ts'
import { adminToken } from './calls.ts'

let emulator: Emulator
beforeAll(async () => {
  emulator = await createEmulator({ shared: true, adminToken })
})
afterAll(() => emulator.close())

type Operation = keyof typeof control
const operations = Object.keys(control) as Operation[]
const allowed = (wanted: string) => operations.filter((name) => reach[name] === wanted)

interface Input {
  readonly path?: string
  readonly query?: Readonly<Record<string, string>>
  readonly body?: unknown
}

/** What each call needs to be understood; a new operation needs a row. */
const inputs: Record<Operation, Input> = {
  health: {},
  ready: {},
  metrics: {},
  reset: {},
  getClock: {},
  setClock: { body: { advance: 60 } },
  getBehaviours: {},
  setBehaviours: { body: { 'block.explanation_link': false } },
  listModes: {},
  setMode: { path: '/modes/token-expired' },
  endMode: { path: '/modes/token-expired' },
  listFaults: {},
  setFaults: { body: [] },
  clearFaults: {},
  readJournal: {},
  clearJournal: {},
  explain: { body: { request: { url: 'https://app.nobody.test/' } } },
  journalPage: {},
  requestPage: { path: '/requests/0000000000000000' },
  flowsPage: {},
  flowPage: { path: '/flows/none' },
  applicationsPage: {},
  tryPage: {},
  failureModesPage: {},
  failureModePage: { path: '/failure-modes/token-expired' },
  inboxPage: {},
  credentialsPage: {},
  settingsPage: {},
  dashboardScript: {},
  applyChanges: { body: { changes: [{ change: 'exempt_zone', zone: 'a.test' }] } },
  undoChanges: { path: '/changes/1' },
  getState: {},
  putState: { body: {} },
  createSession: { body: { email: 'ada@example.com' } },
  listPins: {},
  listTokens: {},
  createToken: {
    body: {
      name: 'one',
      policies: [
        { effect: 'allow', permission_groups: [{ name: 'Access: Apps and Policies Read' }] },
      ],
    },
  },
  deleteToken: { query: { token: 'none' } },
  getSeed: {},
  createAccount: { body: { name: 'third' } },
  deleteAccount: {},
  openapi: {},
}

/** What else the account itself is answered: there is nothing of that id yet, or already something. */
const unfit: Partial<Record<Operation, readonly number[]>> = {
  setMode: [409],
  endMode: [404],
  requestPage: [404],
  flowPage: [404],
  undoChanges: [404],
  deleteToken: [404],
  createToken: [409],
  putState: [400],
  deleteAccount: [403],
}

type Taken = Awaited<ReturnType<typeof take>>
let count = 0

/** An account as a stranger gets it. */
async function take(more: object = {}) {
  count += 1
  const answer = await ask('createAccount', adminToken, {
    body: { name: `mine ${count}`, ...more },
  })
  expect(answer.status).toBe(200)
  return JSON.parse(answer.text) as {
    readonly id: string
    readonly admin_token: string
    readonly api_token: string
    readonly expires_at: string
    readonly zones: readonly { readonly name: string }[]
  }
}

async function ask(name: Operation, token: string | undefined, given: Input = {}) {
  const { method, path } = control[name]
  const { path: filled, body, query } = { ...inputs[name], ...given }
  const place = filled === undefined ? path : `/__access${filled}`
  const search = new URLSearchParams(query)
  const answer = await fetch(`${emulator.url}${place}?${search}`, {
    method,
    headers: {
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  return { status: answer.status, text: await answer.text() }
}

const of = (account: Taken, name: Operation) => ({
  query: { ...inputs[name].query, account: account.id },
})

/** Everything of an account that another must neither see nor change. */
async function trace({ id, admin_token }: Taken) {
  const parts: Operation[] = [
    'getState',
    'readJournal',
    'listFaults',
    'getBehaviours',
    'listTokens',
    'getSeed',
  ]
  return Promise.all(parts.map(async (name) => (await ask(name, admin_token)).text + id))
}

test('each kind of token is told apart', () => {
  expect(allowed('open').sort()).toEqual(['health', 'ready'])
  expect(allowed('emulator').sort()).toEqual(['createAccount', 'metrics', 'setClock'])
})

test('the page says which calls an account’s token does not reach', () => {
  const page = readFileSync(new URL('../../../docs/shared-emulator.md', import.meta.url), 'utf8')
  for (const name of [...allowed('open'), ...allowed('emulator')]) {
    const { method, path } = control[name as Operation]
    expect(page).toContain(`\`${method} ${path}\``)
  }
})

describe.each(operations)('%s', (name) => {
  test('is refused without a token, and with a wrong one, from this machine too', async () => {
    for (const token of [undefined, 'wrong', `aeat_${'0'.repeat(64)}`]) {
      const { status, text } = await ask(name, token)
      if (reach[name] === 'open') expect(status).toBe(200)
      else {
        expect(status).toBe(403)
        expect(JSON.parse(text).error.message).toContain('This emulator is shared')
      }
    }
  })

  test('with the token of an account', async () => {
    const [mine, other] = [await take(), await take()]
    const before = await trace(other)
    const foreign = await ask(name, mine.admin_token, of(other, name))
    expect(foreign.status).toBe(reach[name] === 'open' ? 200 : 403)
    expect(await ask(name, mine.admin_token, { query: { account: 'f'.repeat(32) } })).toMatchObject(
      {
        status: foreign.status,
      },
    )
    const secrets = [other.id, other.api_token, other.admin_token, other.zones[0]?.name ?? '?']
    const own = [
      ...(name === 'deleteAccount' ? [] : [await ask(name, mine.admin_token)]),
      ...('query' in control[name] ? [await ask(name, mine.admin_token, of(mine, name))] : []),
    ]
    for (const { status, text } of own) {
      if (reach[name] === 'emulator') {
        expect(status).toBe(403)
        expect(JSON.parse(text).error.message).toMatch(/own admin token/)
      } else expect([200, ...(unfit[name] ?? [])]).toContain(status)
      for (const secret of secrets) expect(text).not.toContain(secret)
    }
    expect(await trace(other)).toEqual(before)
  })

  test('with the token of the emulator', async () => {
    const account = await take()
    const input = 'query' in control[name] ? of(account, name) : {}
    const body = name === 'createAccount' ? { body: { name: `made ${account.id}` } } : {}
    expect([200, 400, 404]).toContain((await ask(name, adminToken, { ...input, ...body })).status)
  })
})

describe('what is an account’s own', () => {
  test('the seed, the journal and the dashboard show nothing else', async () => {
    const [mine, other] = [await take(), await take()]
    for (const { zones } of [mine, other]) await emulator.fetch(`https://app.${zones[0]?.name}/x`)
    const seed = JSON.parse((await ask('getSeed', mine.admin_token)).text)
    expect(seed.accounts.map(({ id }: Taken) => id)).toEqual([mine.id])
    const all = JSON.parse((await ask('getSeed', adminToken)).text)
    expect(all.accounts.map(({ id }: Taken) => id)).toEqual(
      expect.arrayContaining([mine.id, other.id]),
    )
    const journal = JSON.parse((await ask('readJournal', mine.admin_token)).text)
    expect(journal.result.length).toBeGreaterThan(0)
    expect(journal.result.every(({ account }: { account: string }) => account === mine.id)).toBe(
      true,
    )
    const page = await ask('journalPage', mine.admin_token)
    expect(page.text).toContain(`app.${mine.zones[0]?.name}`)
    expect(page.text).not.toContain(other.zones[0]?.name)
  })

  test('of another’s request, there is no page and no explanation', async () => {
    const [mine, other] = [await take(), await take()]
    const answer = await emulator.fetch(`https://app.${other.zones[0]?.name}/x`)
    const ray = `${answer.headers.get('cf-ray')}`
    expect(await ask('explain', other.admin_token, { body: { ray } })).toMatchObject({
      status: 200,
    })
    expect(await ask('explain', mine.admin_token, { body: { ray } })).toMatchObject({ status: 404 })
    const path = `/requests/${ray}`
    expect(await ask('requestPage', other.admin_token, { path })).toMatchObject({ status: 200 })
    expect(await ask('requestPage', mine.admin_token, { path })).toMatchObject({ status: 404 })
  })

  test('reset and a cleared journal touch nothing that others see', async () => {
    const [mine, other] = [await take(), await take()]
    await ask('setClock', adminToken, { body: { at: '2031-01-01T00:00:00Z' } })
    const people = async ({ admin_token }: Taken) =>
      JSON.parse((await ask('getState', admin_token)).text).users.length
    for (const { admin_token } of [mine, other]) await ask('createSession', admin_token)
    await fetch(`${emulator.url}/nowhere`)
    expect([await people(mine), await people(other)]).toEqual([1, 1])
    expect(await ask('reset', mine.admin_token)).toMatchObject({ status: 200 })
    expect(await ask('clearJournal', mine.admin_token)).toMatchObject({ status: 200 })
    expect([await people(mine), await people(other)]).toEqual([0, 1])
    const { result } = JSON.parse((await ask('readJournal', adminToken)).text)
    expect(result.some(({ account }: { account: string | null }) => account === null)).toBe(true)
    expect((await ask('getClock', mine.admin_token)).text).toContain('"mode":"frozen"')
    await ask('setClock', adminToken, { body: { real: true } })
  })

  test('a snapshot cannot take the team domain of another account', async () => {
    const [mine, other] = [await take(), await take()]
    const state = JSON.parse((await ask('getState', mine.admin_token)).text)
    const { organization } = JSON.parse((await ask('getState', other.admin_token)).text)
    const body = { ...state, organization }
    const { status, text } = await ask('putState', mine.admin_token, { body })
    expect(status).toBe(400)
    expect(text).toContain('another account has this team domain')
    const worker_hosts = [{ id: `w.${other.zones[0]?.name}`, worker: 'w', preview: false }]
    const taken = await ask('putState', mine.admin_token, { body: { ...state, worker_hosts } })
    expect(taken.status).toBe(400)
    expect(taken.text).toContain('another account has this host')
  })

  test('it may delete itself, and is then unknown', async () => {
    const mine = await take()
    expect(await ask('deleteAccount', mine.admin_token, of(mine, 'deleteAccount'))).toMatchObject({
      status: 200,
    })
    expect(await ask('getSeed', mine.admin_token)).toMatchObject({ status: 403 })
    expect((await ask('getSeed', adminToken)).text).not.toContain(mine.id)
  })

  test('an account of the same name later has other ids and secrets', async () => {
    const body = { body: { name: 'again' } }
    const first = JSON.parse((await ask('createAccount', adminToken, body)).text)
    await ask('deleteAccount', first.admin_token, of(first, 'deleteAccount'))
    const second = JSON.parse((await ask('createAccount', adminToken, body)).text)
    for (const secret of [first.id, first.api_token, first.admin_token]) {
      expect(JSON.stringify(second)).not.toContain(secret)
    }
  })

  test('a browser signs in with the token of an account', async () => {
    const [mine, other] = [await take(), await take()]
    const answer = await fetch(`${emulator.url}/__access/sign-in`, {
      method: 'POST',
      body: new URLSearchParams({ token: mine.admin_token, to: '/__access' }),
      redirect: 'manual',
    })
    expect(answer.status).toBe(303)
    const [cookie = ''] = answer.headers.getSetCookie()
    expect(cookie).not.toContain(mine.admin_token)
    const headers = { cookie: cookie.split(';')[0] ?? '' }
    const seed = await fetch(`${emulator.url}/__access/seed`, { headers })
    expect(await seed.json()).toMatchObject({ accounts: [{ id: mine.id }] })
    const forged = { cookie: headers.cookie.replace(mine.id, other.id) }
    expect((await fetch(`${emulator.url}/__access/seed`, { headers: forged })).status).toBe(403)
  })
})

describe('the terms of an account', () => {
  test('it ends after a day unless its creator says otherwise', async () => {
    const { expires_at } = await take()
    const seconds = (Date.parse(expires_at) - Date.now()) / 1000
    expect(seconds).toBeGreaterThan(86_000)
    expect(seconds).toBeLessThanOrEqual(86_400)
    expect((await take({ ttl_seconds: null })).expires_at).toBeUndefined()
    const short = await take({ ttl_seconds: 60 })
    expect(Date.parse(short.expires_at) - Date.now()).toBeLessThanOrEqual(60_000)
    const refused = await ask('createAccount', adminToken, { body: { name: 'x', ttl_seconds: 0 } })
    expect(refused.status).toBe(400)
  })

  test('the API refuses objects beyond the limit, and says that Cloudflare would not', async () => {
    const { id, api_token, admin_token } = await take({ max_objects: 3 })
    const tags = `${emulator.url}/client/v4/accounts/${id}/access/tags`
    const headers = { authorization: `Bearer ${api_token}`, 'content-type': 'application/json' }
    const tag = (name: string) =>
      fetch(tags, { method: 'POST', headers, body: JSON.stringify({ name }) })
    // The organization and the One-time PIN provider are two.
    expect((await tag('one')).status).toBe(201)
    const refused = await tag('two')
    expect(refused.status).toBe(403)
    expect(await refused.json()).toEqual({
      result: null,
      success: false,
      errors: [{ code: 19403, message: expect.stringContaining('Cloudflare has no such limit') }],
      messages: [],
    })
    expect((await ask('createSession', admin_token)).status).toBe(403)
    expect((await ask('createToken', admin_token)).status).toBe(403)
    expect((await ask('setMode', admin_token)).status).toBe(403)
    const faults = Array.from({ length: 4 }, () => ({
      at: 'gate',
      effect: { kind: 'delay', ms: 1 },
    }))
    expect((await ask('setFaults', admin_token, { body: faults })).status).toBe(403)
    const snapshot = JSON.parse((await ask('getState', admin_token)).text)
    const more = { ...snapshot, tags: [...snapshot.tags, { ...snapshot.tags[0], name: 'two' }] }
    expect((await ask('putState', admin_token, { body: more })).status).toBe(403)
    expect((await fetch(`${tags}/one`, { method: 'DELETE', headers })).status).toBe(202)
    expect((await tag('two')).status).toBe(201)
  })
})
