/** `--state DIR`: behaviours, faults and failure modes set through the control API survive a restart. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { api as contract } from '../../contracts/api/operations.ts'
import type { BehaviourName } from '../../contracts/behaviours/table.ts'
import { createEmulator, type Emulator, type EmulatorOptions } from '../../emulator/index.ts'
import { send } from '../contracts/modes/send.ts'
import { linesOf, scratch } from './scratch.ts'

const open: Emulator[] = []
afterEach(async () => {
  await Promise.all(open.splice(0).map((emulator) => emulator.close()))
})

async function started(options: EmulatorOptions): Promise<Emulator> {
  await Promise.all(open.splice(0).map((emulator) => emulator.close()))
  const emulator = await createEmulator({ seed: 'example', ...options })
  open.push(emulator)
  return emulator
}

async function valueIn({ control }: Emulator, name: BehaviourName) {
  const { result } = await control.getBehaviours()
  return result.find((row) => row.name === name)?.value
}

const bearing = 'cookie.service_token_http_only'
const endpoint = 'service_auth.endpoint'

describe('behaviours', () => {
  test('that were set are set again', async () => {
    const { state } = scratch()
    const before = await started({ state })
    await before.control.setBehaviours({ body: { [endpoint]: 'absent' } })
    expect(await valueIn(await started({ state }), endpoint)).toBe('absent')
    // That start rewrote the folder.
    expect(await valueIn(await started({ state }), endpoint)).toBe('absent')
  })

  test('follow the start options unless set, and stay unset once unset', async () => {
    const { state } = scratch()
    const given = { [endpoint]: 'absent', [bearing]: true } as const
    const before = await started({ state, behaviours: given })
    await before.control.setBehaviours({ body: { [bearing]: null } })
    const same = await started({ state, behaviours: given })
    expect([await valueIn(same, endpoint), await valueIn(same, bearing)]).toEqual(['absent', false])
    const other = await started({ state })
    expect(await valueIn(other, endpoint)).toBe('exchange')
  })

  test('are permanently back to the start options after a reset', async () => {
    const { state } = scratch()
    const before = await started({ state })
    await before.control.setBehaviours({ body: { [endpoint]: 'absent' } })
    await before.reset()
    expect(await valueIn(await started({ state }), endpoint)).toBe('exchange')
  })
})

test('faults that were set act again, those that were cleared do not', async () => {
  const { state } = scratch()
  const before = await started({ state })
  const effect = { kind: 'status', status: 418 } as const
  await before.control.setFaults({ body: [{ at: 'gate', effect }] })
  const after = await started({ state })
  expect((await after.fetch(after.urlFor('wiki.example.com'))).status).toBe(418)
  await after.control.clearFaults()
  expect((await (await started({ state })).control.listFaults()).result).toEqual([])
})

test('faults that were set lie over a recording that is replayed, which is not kept', async () => {
  const { root, state } = scratch()
  const replay = join(root, 'recorded.har')
  const answerOf = (host: string) => ({
    request: { method: 'GET', url: `https://${host}.example.com/` },
    response: { status: 418, headers: [], content: { text: '' } },
  })
  const entries = ['wiki', 'machines'].map(answerOf)
  await writeFile(replay, JSON.stringify({ log: { version: '1.2', entries } }))
  const before = await started({ state, replay })
  const effect = { kind: 'status', status: 503 } as const
  const fault = { at: 'gate', effect, when: { host: 'wiki.example.com' } }
  const statuses = async ({ fetch, urlFor }: Emulator) => [
    (await fetch(urlFor('wiki.example.com'), { redirect: 'manual' })).status,
    (await fetch(urlFor('machines.example.com'))).status,
  ]
  expect(await statuses(before)).toEqual([418, 418])
  await before.control.setFaults({ body: [fault] })
  expect(await statuses(await started({ state, replay }))).toEqual([503, 418])
  expect(await statuses(await started({ state }))).toEqual([503, 403])
})

describe('a mode', () => {
  test.each([
    'token-wrong-secret',
    'policy-require-fails',
    'service-auth-absent',
    'tunnel-no-ingress',
  ])('%s still stands, and is ended with all that it did', async (id) => {
    const { state } = scratch()
    const before = await started({ state })
    const seeded = await seen(before)
    const { request } = await before.control.setMode({ params: { id } })
    const { status } = await send(before, request)
    const after = await started({ state })
    const { result } = await after.control.listModes()
    expect(result.filter((mode) => mode.set).map((mode) => mode.id)).toEqual([id])
    expect((await send(after, request)).status).toBe(status)
    await expect(after.control.setMode({ params: { id } })).rejects.toThrow(/is set/)
    await after.control.endMode({ params: { id } })
    expect(await seen(after)).toEqual(seeded)
    expect(await seen(await started({ state }))).toEqual(seeded)
  })

  test('does not undo later changes when it ends', async () => {
    const { state } = scratch()
    const before = await started({ state })
    const params = { id: 'policy-require-fails' }
    await before.control.setMode({ params })
    const after = await started({ state })
    const { applications } = await after.control.getState()
    const made = (applications as { id: string; name: string }[]).find(({ name }) =>
      name.includes(params.id),
    )
    const { id, api_token } = after.account
    const url = `${after.url}/client/v4/accounts/${id}/access/apps/${made?.id}`
    const answer = await fetch(url, {
      method: 'DELETE',
      headers: { authorization: `Bearer ${api_token}` },
    })
    expect(answer.status).toBe(contract.applications.delete.status)
    await expect(after.control.endMode({ params })).rejects.toThrow(/changed/)
  })
})

test('a snapshot that is put back brings rows, and leaves what is bent', async () => {
  const { state } = scratch()
  const before = await started({ state })
  const snapshot = await before.control.getState()
  await before.control.setBehaviours({ body: { [endpoint]: 'absent' } })
  await before.control.putState({ body: snapshot })
  expect(await valueIn(before, endpoint)).toBe('absent')
  expect(await valueIn(await started({ state }), endpoint)).toBe('absent')
})

test('overrides stay with their account’s record when the log is rewritten', async () => {
  const { state, log } = scratch()
  const before = await started({ state })
  await before.control.setBehaviours({ body: { [endpoint]: 'absent' } })
  await started({ state })
  const [, account, ...more] = await linesOf(log)
  expect(more).toEqual([])
  expect(JSON.parse(account ?? '')).toMatchObject({
    kind: 'account',
    bent: { behaviours: { set: { [endpoint]: 'absent' }, unset: [] }, faults: [], modes: [] },
  })
})

/** Everything a mode may change, except the counters, which only grow. */
async function seen({ control }: Emulator) {
  const { counters: _, ...rows } = await control.getState()
  const { result: faults } = await control.listFaults()
  const { result: behaviours } = await control.getBehaviours()
  const { result: modes } = await control.listModes()
  return { rows, faults, behaviours, modes }
}
