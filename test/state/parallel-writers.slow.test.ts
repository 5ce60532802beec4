/** 200 writers at once on every resource: nothing is lost, ids are distinct, and the folder replays to the same state. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { inOrderOfMaking } from '../../contracts/api/making-order.ts'
import { creatable, creatables, newBody } from '../../contracts/api/new-body.ts'
import type { Creatable } from '../../contracts/declaration/resource.ts'
import { createEmulator, type Emulator } from '../../emulator/index.ts'

const writers = 200

const root = mkdtempSync(join(tmpdir(), 'access-emulator-test-'))
const options = { seed: 'example', state: join(root, 'state') } as const
let emulator: Emulator
beforeAll(async () => {
  emulator = await createEmulator(options)
})
afterAll(async () => {
  await emulator.close()
  rmSync(root, { recursive: true, force: true })
})

interface Answer {
  readonly status: number
  readonly result: Readonly<Record<string, unknown>>
}

async function send(method: string, path: string, body?: unknown): Promise<Answer> {
  const answer = await fetch(`${emulator.url}/client/v4${path}`, {
    method,
    headers: {
      authorization: `Bearer ${emulator.account.api_token}`,
      'content-type': 'application/json',
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  const { result } = JSON.parse(await answer.text())
  return { status: answer.status, result }
}

let names = 0
/** A name that no other call of this gave. */
function unique(what: string): string {
  names += 1
  return `${what} ${names}`
}
const fresh = {
  name: unique,
  host: () => `${unique('host').replace(' ', '-')}.${emulator.account.zones[0]?.name}`,
}

/** The path of the list, below a parent that is created first. */
async function listOf({ scope, below, path }: Creatable): Promise<string> {
  const { id, zones } = emulator.account
  const root = scope === 'zone' ? `/zones/${zones[0]?.id}` : `/accounts/${id}`
  if (below === undefined) return root + path
  const parent = creatable(below)
  const key = keyIn(parent, await create(parent, await listOf(parent)))
  return root + path.replace(/\{\w+\}/, key)
}

async function create(resource: Creatable, list: string): Promise<Answer> {
  return send('POST', list, await bodyOf(resource))
}

function bodyOf(resource: Creatable) {
  return newBody(resource, fresh, async (named) => {
    return keyIn(named, await create(named, await listOf(named)))
  })
}

function keyIn({ key = 'id' }: Creatable, { result }: Answer): string {
  return String(result[key])
}

/** Sends all at once: bodies are ready before the first is sent. */
function atOnce<T>(items: readonly T[], use: (item: T) => Promise<Answer>): Promise<Answer[]> {
  return Promise.all(items.map(use))
}

function bodiesOf(resource: Creatable, count: number) {
  return Promise.all(Array.from({ length: count }, () => bodyOf(resource)))
}

async function keysIn(resource: Creatable, list: string): Promise<Set<string>> {
  const keys = new Set<string>()
  for (let page = 1; ; page += 1) {
    const { result } = await send('GET', `${list}?page=${page}&per_page=1000`)
    const rows = result as unknown as readonly Readonly<Record<string, unknown>>[]
    const before = keys.size
    for (const row of rows) keys.add(String(row[resource.key ?? 'id']))
    // A list without pages is the same on each.
    if (keys.size === before) return keys
  }
}

function count(answers: readonly Answer[]): Readonly<Record<number, number>> {
  const counts: Record<number, number> = {}
  for (const { status } of answers) counts[status] = (counts[status] ?? 0) + 1
  return counts
}

const inOrder = inOrderOfMaking().flatMap(
  ({ name }) => creatables.find((each) => each.name === name) ?? [],
)
const tried = [...inOrder, ...creatables.filter((each) => !inOrder.includes(each))]

/** Creates at once are all there, and none twice. */
async function created(resource: Creatable, list: string): Promise<readonly string[]> {
  const { operations, unique: once } = resource
  const isOnlyOne = once?.by.length === 0
  const bodies = await bodiesOf(resource, writers)
  const answers = await atOnce(bodies, (body) => send('POST', list, body))
  const { status } = operations.create
  expect(count(answers)).toEqual(
    isOnlyOne ? { [status]: 1, 409: writers - 1 } : { [status]: writers },
  )
  const made = answers.filter((one) => one.status === status).map((one) => keyIn(resource, one))
  expect(new Set(made).size).toBe(made.length)
  const found = await keysIn(resource, list)
  expect(made.filter((key) => !found.has(key))).toEqual([])
  return made
}

/** Replacements of one at once leave what one of them wrote. */
async function replaced(resource: Creatable, item: string): Promise<void> {
  // What cannot change, such as the address of a user, stays as it is.
  const own = await bodyOf(resource)
  const { result: before } = await send('GET', item)
  const kept = Object.fromEntries(
    Object.keys(own).flatMap((name) => (name in before ? [[name, before[name]]] : [])),
  )
  const bodies = Array.from({ length: writers }, () => ({
    ...own,
    ...kept,
    ...resource.lifeCycle.change?.(fresh),
  }))
  const answers = await atOnce(bodies, (body) => send('PUT', item, body))
  expect(count(answers)).toEqual({ 200: writers })
  const { result } = await send('GET', item)
  const { onlyGet = [] } = resource
  const shown = Object.fromEntries(
    Object.entries(result).filter(([name]) => !onlyGet.includes(name)),
  )
  expect(answers.map((one) => one.result)).toContainEqual(shown)
}

test.each(tried)(
  `$many: ${writers} creates and replacements at once lose nothing, and of several deletes one succeeds`,
  async (resource) => {
    const { operations } = resource
    const list = await listOf(resource)
    const made = await created(resource, list)
    const itemOf = (key = '') => `${list}/${encodeURIComponent(key)}`
    if (operations.replace !== undefined) await replaced(resource, itemOf(made[0]))
    const last = itemOf(made.at(-1))
    const answers = await atOnce(Array.from({ length: 20 }), () => send('DELETE', last))
    expect(count(answers)).toEqual({ [operations.delete.status]: 1, 404: 19 })
  },
)

test('bookmarks, whose ids the client chooses', async () => {
  const list = `/accounts/${emulator.account.id}/access/bookmarks`
  const ids = Array.from(
    { length: writers },
    (_, index) => `00000000-0000-4000-8000-${String(index).padStart(12, '0')}`,
  )
  const body = (name: string) => ({ name, domain: 'bookmark.example.com' })
  const post = (id: string) => send('POST', `${list}/${id}`, body(id))
  expect(count(await atOnce(ids, post))).toEqual({ 200: writers })
  const { result } = await send('GET', list)
  expect((result as unknown as { id: string }[]).map(({ id }) => id).toSorted()).toEqual(ids)
  const [first = ''] = ids
  const answers = await atOnce(ids, (id) => send('PUT', `${list}/${first}`, body(`by ${id}`)))
  expect(count(answers)).toEqual({ 200: writers })
  const { result: found } = await send('GET', `${list}/${first}`)
  expect(answers.map((one) => one.result)).toContainEqual(found)
})

test('the SAML certificate set of an identity provider is one, whoever asks first', async () => {
  const { id } = emulator.account
  const config = { sso_target_url: 'https://idp.example/sso' }
  const provider = { type: 'saml', name: 'SAML', config }
  const { result } = await send('POST', `/accounts/${id}/access/identity_providers`, provider)
  const path = `/accounts/${id}/access/identity_providers/${result.id}/saml_certificate`
  const answers = await atOnce(Array.from({ length: writers }), () => send('POST', path))
  expect(count(answers)).toEqual({ 200: writers - 1, 201: 1 })
  expect(new Set(answers.map((one) => one.result.uid)).size).toBe(1)
  const rotate = `/accounts/${id}/access/saml_certificates/${answers[0]?.result.uid}/rotate`
  const rotations = await atOnce(Array.from({ length: 20 }), () => send('POST', rotate))
  expect(count(rotations)).toEqual({ 200: 20 })
})

test('SaaS applications, whose handlers wait for a certificate', async () => {
  const list = `/accounts/${emulator.account.id}/access/apps`
  const bodies = Array.from({ length: writers }, () => ({
    type: 'saas',
    name: 'The same name',
    saas_app: { auth_type: 'oidc', redirect_uris: ['https://app.example/callback'] },
  }))
  const answers = await atOnce(bodies, (body) => send('POST', list, body))
  expect(count(answers)).toEqual({ 201: writers })
  expect(new Set(answers.map((one) => one.result.id)).size).toBe(writers)
  expect(new Set(answers.map((one) => one.result.aud)).size).toBe(writers)
})

test('the folder replays to the same state', async () => {
  const before = await emulator.control.getState()
  await emulator.close()
  emulator = await createEmulator(options)
  expect(await emulator.control.getState()).toEqual(before)
})
