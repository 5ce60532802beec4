/** Watches a seed file, and applies it whenever it says something else. */
import { type FSWatcher, watch } from 'node:fs'
import { basename, dirname, resolve } from 'node:path'
import { OptionProblem } from '../world/option-problem.ts'
import { namedSeeds } from './index.ts'
import type { OpenedAccounts } from './open-accounts.ts'
import { SeedProblem } from './problem.ts'
import { readSeed } from './read.ts'
import { createReseeding } from './reseed.ts'
import { differenceOf, isEmpty, type SeedChange } from './seed-changes.ts'
import type { SeedOptions } from './seed-options.ts'

export interface SeedWatch {
  close(): Promise<void>
}

/** Editors and tools write a file in several steps. In milliseconds, from the last of them. */
const quiet = 100

export async function watchSeed(
  file: string,
  opened: Pick<OpenedAccounts, 'accounts' | 'seeding'>,
  changed: (change: SeedChange) => void,
): Promise<SeedWatch> {
  let current = (await readSeed(file)).data
  const reseed = createReseeding(opened)
  let timer: NodeJS.Timeout | undefined
  /** Runs one after the other. */
  let applying = Promise.resolve()
  /** A file that is read while it is written looks invalid, so only one that still is a moment later is reported. */
  let suspected: string | undefined

  const schedule = () => {
    clearTimeout(timer)
    timer = setTimeout(() => {
      applying = applying.then(apply)
    }, quiet)
  }

  const apply = async () => {
    try {
      const seed = await readSeed(file)
      const difference = differenceOf(current, seed.data)
      if (isEmpty(difference)) return
      await reseed(seed.data).catch((error: unknown) => {
        throw error instanceof SeedProblem ? seed.problemAt(error.path, error.message) : error
      })
      current = seed.data
      suspected = undefined
      changed({ applied: true, file, ...difference })
    } catch (error) {
      if (!(error instanceof OptionProblem)) throw error
      if (suspected !== error.message) {
        suspected = error.message
        schedule()
        return
      }
      suspected = undefined
      changed({ applied: false, file, error: error.message })
    }
  }
  const watcher = watching(file, schedule)
  return {
    async close() {
      watcher.close()
      clearTimeout(timer)
      await applying
      clearTimeout(timer)
    },
  }
}

/** @throws OptionProblem if the seed is no file, or the accounts do not come from it alone */
export function watchedFile({ seed, state, replay }: SeedOptions): string {
  if (typeof seed !== 'string' || Object.hasOwn(namedSeeds, seed)) {
    throw new OptionProblem('Only a seed file can be watched. Give --seed the path of one.')
  }
  if (state !== undefined) {
    throw new OptionProblem(
      'A state folder keeps the accounts that it was created with, whatever the seed file says later. Omit --state or --watch.',
    )
  }
  if (replay === undefined) return seed
  throw new OptionProblem(
    'A recording is laid over the accounts at start, not over those of a changed seed. Omit --replay or --watch.',
  )
}

/** Watches the folder: an editor that replaces the file would take a watch on it away with it. */
function watching(file: string, noticed: () => void): FSWatcher {
  const name = basename(file)
  return watch(dirname(resolve(file)), (_, touched) => {
    if (touched === null || touched === name) noticed()
  })
}
