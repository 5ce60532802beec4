import { setImmediate } from 'node:timers/promises'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type Profile, profiles } from '../../../contracts/behaviours/table.ts'
import { differences } from '../../../contracts/control/expected-answer.ts'
import { type ModeId, modes } from '../../../contracts/modes/catalogue.ts'
import { createEmulator, type Emulator } from '../../../emulator/index.ts'
import { type Got, likeness, type Request, send } from './send.ts'

/** If the response takes time, moves the emulator's clock once the fault acts. */
async function sendThrough(
  emulator: Emulator,
  request: Request,
  afterMs: number | undefined,
): Promise<Got> {
  if (afterMs === undefined) return send(emulator, request)
  let isThere = false
  const sent = send(emulator, request).then((got) => {
    isThere = true
    return got
  })
  const hasActed = async () =>
    (await emulator.control.listFaults()).result.some(({ acted }) => acted > 0)
  while (!(await hasActed())) await setImmediate()
  await emulator.control.setClock({ body: { advance: afterMs / 1000 - 1 } })
  expect(isThere).toBe(false)
  await emulator.control.setClock({ body: { advance: 1 } })
  return sent
}

/** A fault that acted on the request is in the journal, under the name of its mode. */
async function expectFaultsJournaled({ control }: Emulator, id: ModeId, { ray }: Got) {
  const { result } = await control.listFaults()
  const acted = result.filter((standing) => standing.acted > 0)
  if (acted.length === 0) return
  const entries = (await control.readJournal({ query: ray === '' ? {} : { ray } })).result
  expect(entries.map(({ mode }) => mode)).toContain(id)
  expect(entries.map(({ fault }) => fault)).toContain(
    acted.map(({ fault }) => `${fault.at}: ${fault.effect.kind}`)[0],
  )
}

const ids = Object.keys(modes) as ModeId[]

/** One emulator for the tests of a profile, reset before each. */
function emulatorOf(profile: Profile): () => Emulator {
  let emulator: Emulator
  beforeAll(async () => {
    // A poll of the transfer service is otherwise held in real time.
    const behaviours = { 'transfer.hold_seconds': 0 } as const
    const at = '2026-01-02T03:04:05Z'
    emulator = await createEmulator({ profile, behaviours, seed: 'example', at })
  })
  beforeEach(() => emulator.reset())
  afterAll(() => emulator.close())
  return () => emulator
}

describe.each(profiles)('in profile %s', (profile) => {
  const shared = emulatorOf(profile)

  test.each(ids)('%s is answered as its row says', async (id) => {
    const emulator = shared()
    const {
      title,
      request,
      expect: expected,
      tells,
    } = await emulator.control.setMode({
      params: { id },
    })
    expect(title).toBe(modes[id].title)
    expect(expected).toMatchObject({ status: modes[id].answer[profile].status })
    const got = await sendThrough(emulator, request, expected.after_ms)
    expect(differences(expected, got)).toEqual([])
    await expectFaultsJournaled(emulator, id, got)
    for (const [index, tell] of tells.entries()) {
      const told = await send(emulator, tell.request)
      expect({ index, differs: differences(tell.expect, told) }).toEqual({ index, differs: [] })
    }
  })
})

// Taking a mode back undoes the changes that it made, whatever the profile; most modes occur in this one.
describe('in profile observed, taken back', () => {
  const shared = emulatorOf('observed')

  /** All that a mode may change. */
  async function world(emulator: Emulator) {
    const [state, behaviours, faults] = await Promise.all([
      emulator.control.getState(),
      emulator.control.getBehaviours(),
      emulator.control.listFaults(),
    ])
    return {
      state,
      behaviours: behaviours.result.map(({ name, value }) => ({ name, value })),
      faults: faults.result,
    }
  }

  test.each(ids)('%s ends without a trace', async (id) => {
    const emulator = shared()
    const before = await world(emulator)
    const { request, expect: expected } = await emulator.control.setMode({ params: { id } })
    await emulator.control.endMode({ params: { id } })
    expect(await world(emulator)).toEqual(before)
    const untouched = likeness(await send(emulator, request))
    await emulator.reset()

    await emulator.control.setMode({ params: { id } })
    await sendThrough(emulator, request, expected.after_ms)
    await emulator.control.endMode({ params: { id } })
    // A signed-in user, their session and what a login page noted stay: the request created them, not the mode.
    const { state } = await world(emulator)
    const { users: _, sessions: __, counters: ___, login_origins: ____, ...left } = state
    expect(before.state).toMatchObject(left)
    expect(likeness(await send(emulator, request))).toEqual(untouched)
  })
})
