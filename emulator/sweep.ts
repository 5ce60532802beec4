/** Deletes accounts whose time is over, in real time. */
import type { Accounts } from './account/accounts.ts'
import { untilNotOutrun } from './account/stored.ts'
import type { Log } from './log.ts'
import type { World } from './world.ts'

export interface Sweep {
  /** Before anything is looked up: an account that has ended is unknown from then on. */
  run(): void
  stop(): void
}

/** How often to look where no request comes, in milliseconds. */
const interval = 60_000

export function createSweep({
  accounts,
  world,
  log,
}: {
  readonly accounts: Accounts
  readonly world: Pick<World, 'wallNow'>
  readonly log: Log
}): Sweep {
  const run = () => {
    for (const account of accounts.ended(world.wallNow)) {
      accounts.delete(account.id)
      // Replicas do this at the same time, and one of them is first. What could not be deleted ends at the next start.
      untilNotOutrun(async () => account.forget()).catch((error: unknown) => {
        log.warn({ err: error, account: account.id }, 'cannot delete an account that has ended')
      })
    }
  }
  const timer = setInterval(run, interval).unref()
  return { run, stop: () => clearInterval(timer) }
}
