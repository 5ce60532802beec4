/** A lock between processes: a file that only one process can create. */
import { open, rm, stat } from 'node:fs/promises'
import type { Clock } from '../transport/clock.ts'
import { AccessLoginError } from '../transport/errors.ts'

const tries = 200
const pauseMs = 50
/** A lock held longer than this belongs to a crashed process: a refresh takes two requests. */
const abandonedMs = 60_000

/** @throws AccessLoginError if another process holds it for ten seconds */
export async function withLock<T>(file: string, clock: Clock, work: () => Promise<T>): Promise<T> {
  const lock = `${file}.lock`
  for (let tried = 0; !(await isTaken(lock)); tried += 1) {
    if (tried === tries) {
      throw new AccessLoginError('store_unusable', {
        what: `Another process has held ${lock} for too long.`,
        todo: 'Remove it if no access-client is running.',
      })
    }
    await removeAbandoned(lock, clock)
    await clock.sleep(pauseMs)
  }
  try {
    return await work()
  } finally {
    await rm(lock, { force: true })
  }
}

/** True if we acquired the lock. */
async function isTaken(lock: string): Promise<boolean> {
  try {
    await (await open(lock, 'wx', 0o600)).close()
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false
    throw error
  }
}

async function removeAbandoned(lock: string, clock: Clock): Promise<void> {
  const found = await stat(lock).catch(() => undefined)
  if (found !== undefined && clock.now() - found.mtimeMs > abandonedMs) {
    await rm(lock, { force: true })
  }
}
