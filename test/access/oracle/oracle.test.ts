/** The emulator against the oracle. `npm run fuzz:decision` runs more pairs, from any seed. */
import { expect, test } from 'vitest'
import { compare } from './compare.ts'
import type { Profile } from './model.ts'

const pairs = 300

test.each<Profile>(['expected', 'observed', 'strict'])(
  'the edge, the sign-in and explain answer as the oracle does: %s',
  async (profile) => {
    const report = await compare(profile, { pairs, seed: 1, shrinks: 1, requests: 8 })
    expect(report.disagreements).toEqual([])
    expect(report.agreed).toBe(report.pairs)
    // The run covered held tokens, pairs, and each kind of response.
    expect(report.held).toBeGreaterThan(pairs / 10)
    expect(report.withPair).toBeGreaterThan(pairs / 5)
    expect(Object.keys(report.answers)).toEqual(
      expect.arrayContaining(['pass', 'login', '403', 'refused']),
    )
  },
  60_000,
)
