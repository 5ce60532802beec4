/**
 * Two lists by one rule: a file whose name ends with `.slow.test.ts` takes more than a second or two of processor time, or a
 * program that is not Node. `npm test` runs all others, `npm run test:slow` these, `npm run test:all` both. Files share their
 * worker's modules: the emulator keeps nothing in them.
 */
import { availableParallelism } from 'node:os'
import { configDefaults, defineConfig } from 'vitest/config'

const slow = 'test/**/*.slow.test.ts'

export default defineConfig(({ mode }) => ({
  test: {
    include: [mode === 'slow' ? slow : 'test/**/*.test.ts'],
    exclude: [...configDefaults.exclude, ...(mode === 'quick' ? [slow] : [])],
    globalSetup: ['test/support/make-once.ts'],
    pool: 'threads',
    // Half of the processor time of a run would go into reading the same modules for each file again.
    isolate: false,
    // Vitest leaves one core to itself; of two, that would be half.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    // For what hangs: the slowest take half of it on a machine with much else to do.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    expect: { poll: { timeout: 10_000 } },
  },
}))
