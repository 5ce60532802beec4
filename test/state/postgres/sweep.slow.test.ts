/** Accounts whose time is over while the database is away. */
import { beforeEach, expect, onTestFinished, test, vi } from 'vitest'
import { createEmulator, type Emulator, type EmulatorOptions } from '../../../emulator/index.ts'
import { databaseOfOwnServer } from './databases.ts'
import { shortenLog } from './replicas.ts'

const { own, server } = databaseOfOwnServer()

/** Only what the sweep reads: sockets need real timers. */
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date', 'setInterval', 'clearInterval'] })
  onTestFinished(() => void vi.useRealTimers())
})

function later(seconds: number): void {
  vi.setSystemTime(Date.now() + seconds * 1000)
}

async function replica(options: EmulatorOptions = {}): Promise<Emulator> {
  const emulator = await createEmulator({ state: own.url, seed: 'empty', ...options })
  onTestFinished(() => emulator.close().catch(() => {}))
  return emulator
}

const make = ({ control }: Emulator) =>
  control.createAccount({ body: { name: 'Short', ttl_seconds: 60 } })
const names = (emulator: Emulator) => emulator.accounts().map(({ name }) => name)

const patiently = { timeout: 20_000 }

/** Until it stores changes again. */
async function isBack({ control }: Emulator): Promise<void> {
  await vi.waitFor(() => control.setClock({ body: { advance: 1 } }), patiently)
}

/** The accounts as they are stored, for one that starts before any has ended. */
async function stored(beforeEnd: number): Promise<string[]> {
  const now = Date.now()
  vi.setSystemTime(beforeEnd)
  const reader = await replica()
  const found = names(reader)
  await reader.close()
  vi.setSystemTime(now)
  return found
}

test('an account whose deletion could not be stored is deleted once it can be, and said to be late once', async () => {
  const warnings: string[] = []
  const quiet = () => {}
  const log = { info: quiet, error: quiet, warn: (_: object, text: string) => warnings.push(text) }
  const one = await replica({ log })
  await make(one)
  const before = Date.now()
  await server().down()
  later(61)
  expect(names(one)).toEqual([])
  await vi.waitFor(() => {
    expect(warnings.filter((text) => text.includes('that has ended'))).toHaveLength(1)
  }, patiently)
  later(2)
  expect(names(one)).toEqual([])
  await server().up()
  await isBack(one)
  await vi.waitFor(async () => {
    later(2)
    expect(names(one)).toEqual([])
    expect(await stored(before)).toEqual([])
  }, patiently)
  expect(warnings.filter((text) => text.includes('that has ended'))).toHaveLength(1)
}, 60_000)

test('what another replica has deleted meanwhile, and made again under the same id, stays', async () => {
  const [one, other] = [await replica(), await replica()]
  const { id } = await make(one)
  await server().down()
  later(61)
  expect([names(one), names(other)]).toEqual([[], []])
  await server().up()
  await isBack(one)
  await isBack(other)
  later(2)
  expect(names(other)).toEqual([])
  const again = await vi.waitFor(() => make(other), patiently)
  expect(again.id).toBe(id)
  for (let n = 0; n < 5; n += 1) {
    later(2)
    expect(names(one)).toEqual(n === 0 ? expect.anything() : ['Short'])
    await isBack(one)
  }
  expect(names(other)).toEqual(['Short'])
}, 60_000)

test('what is made again under its id before it could be deleted stays', async () => {
  const one = await replica()
  const { id } = await make(one)
  const { again, before } = await whileItWaits(one, () => make(one))
  expect(again.id).toBe(id)
  for (let n = 0; n < 5; n += 1) {
    later(2)
    expect(names(one)).toEqual(['Short'])
    await isBack(one)
  }
  expect(await stored(before)).toEqual(['Short'])
}, 60_000)

test('while it waits to be deleted, the log may be shortened', async () => {
  const one = await replica()
  const short = await make(one)
  const { id } = await one.control.createAccount({ body: { name: 'Kept' } })
  const { before } = await whileItWaits(one, () => one.control.setClock({ body: { advance: 1 } }))
  await shortenLog({ emulator: one }, own, id)
  const deletions = 'select 1 from access_emulator.log where account = $1 and of_directory'
  await vi.waitFor(async () => {
    later(2)
    expect(names(one)).toEqual(['Kept'])
    expect(await own.query(deletions, [short.id])).toHaveLength(1)
  }, patiently)
  expect(await stored(before)).toEqual(['Kept'])
}, 60_000)

/** Lets the account end while the database is away, and acts once it is back, before there is another attempt. */
async function whileItWaits<T>(one: Emulator, act: () => Promise<T>) {
  const before = Date.now()
  await server().down()
  later(61)
  const ended = Date.now()
  expect(names(one)).not.toContain('Short')
  await server().up()
  const again = await vi.waitFor(() => {
    vi.setSystemTime(ended)
    return act()
  }, patiently)
  vi.setSystemTime(ended)
  return { again, before }
}
