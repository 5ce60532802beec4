/** One project: all suites, the CLI built once before. Files share their worker's modules: the emulator keeps nothing in them. */
import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'

const random = process.env.RANDOM_ORDER === '1'
const seed = Number(process.env.RANDOM_SEED ?? Date.now())
if (random) console.log(`Random order; repeat it with RANDOM_ORDER=1 RANDOM_SEED=${seed}`)

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/support/build.ts', 'test/support/pack-once.ts'],
    pool: 'threads',
    // Half of the processor time of a run would go into reading the same modules for each file again.
    isolate: false,
    // Vitest leaves one core to itself; of two, that would be half.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    // For what hangs: the slowest take half of it on a machine with much else to do.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    expect: { poll: { timeout: 10_000 } },
    sequence: random ? { shuffle: true, seed } : {},
  },
})
