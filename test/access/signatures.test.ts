/** Signing is remembered, but not what only a hostile client makes long. */
import { expect, test } from 'vitest'
import { createSignatures } from '../../emulator/access/signatures.ts'
import { createWorld } from '../../emulator/world.ts'

test('a long payload is signed each time, a short one once', async () => {
  const key = await createWorld().keys.pick(0)
  let signed = 0
  const counted = {
    ...key,
    private() {
      signed += 1
      return key.private()
    },
  }
  const { sign } = createSignatures()
  const header = { alg: 'RS256', kid: key.kid } as const
  const tokens = new Set<string>()
  for (const redirect_url of ['/', '/', 'x'.repeat(5000), 'x'.repeat(5000)]) {
    tokens.add(await sign({ redirect_url }, header, counted))
  }
  expect([signed, tokens.size]).toEqual([3, 2])
})
