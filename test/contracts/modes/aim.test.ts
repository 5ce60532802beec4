/** A mode of the API aimed at any operation, or at those that one permission group alone permits. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { operations } from '../../../contracts/api/operations.ts'
import { differences } from '../../../contracts/control/expected-answer.ts'
import type { ModeTarget } from '../../../contracts/control/shapes.ts'
import { createEmulator, type Emulator } from '../../../emulator/index.ts'
import { send } from './send.ts'

let emulator: Emulator
beforeAll(async () => {
  emulator = await createEmulator({ profile: 'observed', seed: 'example' })
})
beforeEach(() => emulator.reset())
afterAll(() => emulator.close())

const id = 'api-permission-missing'
const set = (body: ModeTarget, mode: string = id) =>
  emulator.control.setMode({ params: { id: mode }, body })

async function status(method: string, path: string): Promise<number> {
  const { account } = emulator
  const url = `https://api.cloudflare.com/client/v4/accounts/${account.id}/access${path}`
  const headers = {
    authorization: `Bearer ${account.api_token}`,
    'content-type': 'application/json',
  }
  const body = method === 'GET' ? {} : { body: '{"name":"x"}' }
  return (await send(emulator, { url, method, headers, ...body })).status ?? 0
}

test('it holds for every operation', async () => {
  for (const operation of operations) {
    const { request, expect: expected } = await set({ operation: operation.id })
    expect(request.method).toBe(operation.method)
    const got = await send(emulator, request)
    expect({ id: operation.id, differs: differences(expected, got) }).toEqual({
      id: operation.id,
      differs: [],
    })
    await emulator.control.endMode({ params: { id } })
  }
})

test('other operations go on working, and the journal names the mode', async () => {
  const { request } = await set({ operation: 'tags.create' })
  expect([await status('GET', '/tags'), await status('POST', '/tags')]).toEqual([200, 403])
  const { ray } = await send(emulator, request)
  const [entry] = (await emulator.control.readJournal({ query: { ray } })).result
  expect(entry).toMatchObject({ mode: id, operation: 'tags.create', code: 10000 })
  await emulator.control.endMode({ params: { id } })
  expect(await status('POST', '/tags')).toBe(201)
})

test('without a group that writes, everything is read and nothing written', async () => {
  await set({ permission: 'Access: Apps and Policies Write' })
  expect(await status('GET', '/tags')).toBe(200)
  expect(await status('GET', '/apps')).toBe(200)
  for (const path of ['/tags', '/apps', '/policies']) expect(await status('POST', path)).toBe(403)
  expect(await status('POST', '/service_tokens')).toBe(201)
})

test('another mode of the API takes an operation too', async () => {
  const { request, expect: expected } = await set({ operation: 'groups.get' }, 'api-rate-limited')
  expect(differences(expected, await send(emulator, request))).toEqual([])
  expect(request.url).toMatch(/\/access\/groups\/[0-9a-f-]{36}$/)
})

describe('is refused', () => {
  test.each([
    [{ operation: 'nothing.done' }, id, 'There is no operation "nothing.done".'],
    [{ permission: 'Nothing Read' }, id, 'No operation needs the permission group "Nothing Read"'],
    [
      { operation: 'tags.list', permission: 'DNS Write' },
      id,
      'Name an operation or a permission, not both.',
    ],
    [{ operation: 'tags.list' }, 'token-expired', 'concerns no operation of the API'],
    [{ permission: 'DNS Write' }, 'api-rate-limited', 'concerns no permission'],
  ])('%j of %s', async (body, mode, says) => {
    await expect(set(body, mode)).rejects.toThrow(says)
    expect((await emulator.control.listModes()).result.filter((each) => each.set)).toEqual([])
  })
})
