/** State directories of other releases: older ones open, newer ones are refused and left unchanged. */
import { cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, test } from 'vitest'
import { api as contract } from '../../contracts/api/operations.ts'
import type { Emulator, EmulatorOptions } from '../../emulator/index.ts'
import type { TableName } from '../../emulator/state/rows.ts'
import { createState, isLaterTable } from '../../emulator/state/state.ts'
import { version } from '../../emulator/world/version.ts'
import { browser, pinOn } from '../edge/login/browser.ts'
import { ada, askedForPin } from '../edge/login/person.ts'
import { type Api, startApi } from '../support/api.ts'
import { runCommand } from '../support/command.ts'
import { opensAsBefore } from './before.ts'
import { linesOf, scratch, writeLines } from './scratch.ts'

const at = '2026-11-24T12:00:00Z'

const open: Emulator[] = []
afterEach(async () => {
  await Promise.all(open.splice(0).map((emulator) => emulator.close()))
})

async function started(options: EmulatorOptions): Promise<Api> {
  const api = await startApi({ at, ...options })
  open.push(api.emulator)
  return api
}

async function stateOf(release: string): Promise<{ state: string; log: string }> {
  const { state, log } = scratch()
  await mkdir(state, { mode: 0o700 })
  await cp(fileURLToPath(new URL(`../fixtures/${release}`, import.meta.url)), state, {
    recursive: true,
  })
  return { state, log }
}

describe('A folder of log version 1', () => {
  const pair = {
    'CF-Access-Client-Id': '7a88bff3fba502624dd8c03fa29734fa.access',
    'CF-Access-Client-Secret': 'cfast_hA4U8T4dBTywru7vMlC8UcGkvmuWNSlQutEmjnrYghAK9log',
  }

  test('opens: applications, policies, a service token, a person, and what was bent', async () => {
    const { state } = await stateOf('state-log-1')
    const { emulator, ok } = await started({ state })
    const { id, api_token } = emulator.account
    const as = { id, api_token }
    const older = (await ok(contract.applications.list, { as })).find(
      ({ name }) => name === 'Older',
    )
    expect(older?.tags).toEqual(['older'])
    expect(older?.policies.map(({ name }) => name)).toEqual(['machines', 'Engineers'])
    const answer = await emulator.fetch('https://older.example.com/', { headers: pair })
    expect(answer.status).toBe(200)
    const { users } = await emulator.control.getState()
    expect(users).toMatchObject([{ email: 'ada@example.com' }])
    expect(await ok(contract.users.list, { as })).toMatchObject([
      { email: 'ada@example.com', access_seat: true, updated_at: '2026-11-24T12:00:00Z' },
    ])

    expect((await emulator.fetch('https://shop.example.com/admin')).status).toBe(418)
    const { result: behaviours } = await emulator.control.getBehaviours()
    expect(behaviours.find(({ name }) => name === 'service_auth.endpoint')?.value).toBe('absent')
    const { result: modes } = await emulator.control.listModes()
    expect(modes.filter((mode) => mode.set).map((mode) => mode.id)).toEqual(['token-wrong-secret'])
    await emulator.control.endMode({ params: { id: 'token-wrong-secret' } })
    const left = await ok(contract.applications.list, { as })
    expect(left.map(({ name }) => name)).not.toContain('mode token-wrong-secret')
  })

  test('is reset to what it began with, and is of this release from then on', async () => {
    const { state, log } = await stateOf('state-log-1')
    const first = await started({ state })
    await first.emulator.reset()
    const { sessions, applications } = await first.emulator.control.getState()
    expect(sessions).toEqual([])
    expect(applications).toHaveLength(3)
    const answer = await first.emulator.fetch('https://older.example.com/', { headers: pair })
    expect(answer.headers.get('location')).toBeNull()
    await first.emulator.close()
    open.length = 0

    const [header = ''] = await linesOf(log)
    expect(JSON.parse(header)).toEqual({
      ...{ access_emulator_log: 3, release: version },
      ...{ entropy: 'an older release', seed: 'example' },
    })
    expect((await (await started({ state })).emulator.control.getState()).applications).toEqual(
      applications,
    )
  })
})

test('A folder of log version 2 opens, and a login that begins then is kept in it', async () => {
  const { state, log } = await stateOf('state-log-2')
  const first = await started({ state })
  await opensAsBefore(first)
  const person = browser(first.emulator)
  const page = await askedForPin(person, 'https://before.example.com/')
  const rows = await first.emulator.control.getState()
  expect([rows.logins, rows.login_origins]).toMatchObject([[{ email: ada }], [{}]])
  await first.emulator.close()
  open.length = 0
  const [header = ''] = await linesOf(log)
  expect(JSON.parse(header)).toMatchObject({ access_emulator_log: 3, release: version })

  const second = await started({ state })
  const { result } = await second.emulator.control.listPins()
  expect(result).toMatchObject([{ email: ada, pin: pinOn(page), used: false }])
})

describe('A folder of a newer release', () => {
  const header = { access_emulator_log: 4, release: '7.0.0', entropy: 'x', seed: 'empty' }
  test.each([
    ['that says which one it is', header, 'release 7.0.0'],
    ['that does not', { access_emulator_log: 4, later: true }, 'a newer release'],
  ])('%s is refused with 2 and left as it is', async (_, first, writer) => {
    const { state, log } = scratch()
    await mkdir(state, { mode: 0o700 })
    await writeLines(log, [JSON.stringify(first), '{"kind":"song"}'])
    await writeFile(`${state}/more`, 'of theirs')
    const before = await readFile(log)
    const { code, stderr } = await runCommand(['start', '--port', '0', '--state', state])
    expect(code).toBe(2)
    expect(stderr).toContain(
      `${log}: ${writer} of access-emulator wrote this log (version 4); this release reads versions up to 3. Start that release or a newer one, or give --state a new folder.`,
    )
    expect((await readFile(log)).equals(before)).toBe(true)
    expect((await readdir(state)).sort()).toEqual(['changes.jsonl', 'more'])
  })
})

// A table more is a version more, or an older release takes a folder for corrupt: raise `logVersion` with the first one since a release.
test('Tables unknown to version 1 are reported as newer', async () => {
  const [, account = ''] = await linesOf((await stateOf('state-log-1')).log)
  const then: readonly string[] = Object.keys((JSON.parse(account) as { seeded: object }).seeded)
  const now = Object.keys(createState().tables) as TableName[]
  expect(now.filter((name) => !then.includes(name))).toEqual(now.filter(isLaterTable))
  expect(then.filter((name) => !now.some((table) => table === name))).toEqual([])
})
