/** Deletes accounts whose time is over, in real time. */
import type { Account } from '../account/account.ts'
import type { Accounts } from '../account/accounts.ts'
import { untilNotOutrun } from '../account/stored.ts'
import type { ChangeLog } from '../state/log.ts'
import type { Log } from '../world/log.ts'
import type { World } from '../world/world.ts'

export interface Sweep {
  /** Before anything is looked up: an account that has ended is unknown from then on. */
  run(): void
  stop(): void
}

/** How often to look where no request comes, in milliseconds. */
const interval = 60_000

/** Between attempts to delete what could not be deleted, in milliseconds. */
const pause = 1000

export function createSweep({
  accounts,
  world,
  log,
  changes,
}: {
  readonly accounts: Accounts
  readonly world: Pick<World, 'wallNow'>
  readonly log: Log
  readonly changes: Pick<ChangeLog, 'refuses'>
}): Sweep {
  const trying = new Set<Account>()
  const warned = new WeakSet<Account>()
  let triedMs = 0

  const forget = async (account: Account) => {
    trying.add(account)
    try {
      const outcome = await untilNotOutrun(async () => {
        // Replicas do this at the same time, and one of them is first. By then, another may have the same id.
        if (accounts.leaving().includes(account)) await account.forget()
        return undefined
      })
      if (outcome !== undefined) throw new Error(outcome.detail)
      accounts.left(account)
    } catch (error) {
      if (!warned.has(account)) {
        const message = 'cannot delete an account that has ended, and will try again'
        log.warn({ err: error, account: account.id }, message)
      }
      warned.add(account)
    } finally {
      trying.delete(account)
    }
  }

  const run = () => {
    for (const account of accounts.ended(world.wallNow)) {
      accounts.leave(account)
      void forget(account)
    }
    const left = accounts.leaving()
    if (left.length === 0 || changes.refuses() || world.wallNow() < triedMs + pause) return
    triedMs = world.wallNow()
    for (const account of left) if (!trying.has(account)) void forget(account)
  }
  const timer = setInterval(run, interval).unref()
  return { run, stop: () => clearInterval(timer) }
}
