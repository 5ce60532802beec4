/** A snapshot over the limit of the control API is refused with its size and the limit, and changes nothing. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createEmulator, type Emulator } from '../../emulator/index.ts'

const limit = 33_554_432

let emulator: Emulator
beforeAll(async () => {
  emulator = await createEmulator({ seed: 'example' })
})
afterAll(() => emulator.close())

async function put(path: string, body: string | ReadableStream) {
  const headers = { 'content-type': 'application/json' }
  // `duplex` is for a stream, which is sent in chunks.
  const chunked = body instanceof ReadableStream ? { duplex: 'half' as const } : {}
  const answer = await fetch(`${emulator.url}${path}`, { method: 'PUT', headers, body, ...chunked })
  return { status: answer.status, body: await answer.json() }
}

/** The current snapshot without its tags, as JSON of this length. */
async function snapshotOf(bytes: number): Promise<string> {
  const text = JSON.stringify({ ...(await emulator.control.getState()), tags: [] })
  return text.padEnd(bytes)
}

const instead =
  'control.putState of createEmulator() has none, and --state <dir> keeps an account of any size.'

test('One byte over the limit: 413 with both numbers', async () => {
  const before = await emulator.control.getState()
  expect(await put('/__access/state', await snapshotOf(limit + 1))).toEqual({
    status: 413,
    body: {
      error: {
        code: 'too_large',
        message: `The body has 33554433 bytes. The limit is 33554432 bytes (32 MiB). ${instead}`,
      },
    },
  })
  expect(await emulator.control.getState()).toEqual(before)
})

test('In chunks, only the limit is known', async () => {
  const whole = new Blob([await snapshotOf(limit + 1)])
  expect(await put('/__access/state', whole.stream())).toMatchObject({
    status: 413,
    body: {
      error: {
        message: `The body has more than 33554432 bytes. The limit is 33554432 bytes (32 MiB). ${instead}`,
      },
    },
  })
})

test('Elsewhere the answer says nothing of snapshots', async () => {
  expect(await put('/__access/behaviours', '{}'.padEnd(limit + 1))).toMatchObject({
    status: 413,
    body: { error: { message: expect.stringMatching(/\(32 MiB\)\.$/) } },
  })
})

test('A snapshot of exactly the limit is taken, and JSON that is none is still a 400', async () => {
  expect(await put('/__access/state', await snapshotOf(limit))).toMatchObject({ status: 200 })
  expect(await put('/__access/state', '{')).toEqual({
    status: 400,
    body: { error: { code: 'bad_request', message: 'The body is not valid JSON.' } },
  })
})
