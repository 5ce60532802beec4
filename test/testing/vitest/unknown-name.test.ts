/** A request to a name in no zone reports that, not just "fetch failed". */
import { afterEach, expect, test, vi } from 'vitest'
import { createEmulator } from '../../../emulator/index.ts'

afterEach(() => vi.unstubAllGlobals())

/** What `emulator.fetch` reports for an unserved name when the network fails this way. */
async function refusalWhere(failure: Error): Promise<unknown> {
  vi.stubGlobal('fetch', () => Promise.reject(failure))
  const emulator = await createEmulator({ seed: 'example' })
  const refusal = await emulator.fetch('https://app.exmaple.com/').catch((error: unknown) => error)
  await emulator.close()
  return refusal
}

test('A name unknown to DNS is reported as in no zone of the emulator', async () => {
  const cause = Object.assign(new Error('getaddrinfo'), { code: 'ENOTFOUND' })
  const refusal = await refusalWhere(new TypeError('fetch failed', { cause }))
  expect(refusal).toBeInstanceOf(TypeError)
  expect(refusal).toMatchObject({
    message: expect.stringMatching(/^"app\.exmaple\.com" is in no zone of the emulator/),
    cause,
  })
})

test('Any other failure of the network passes as it is', async () => {
  const failure = new DOMException('Aborted', 'AbortError')
  expect(await refusalWhere(failure)).toBe(failure)
})
