/** Whether the log of changes kept a write. */
import { type Failure, fail } from '../../contracts/errors/errors.ts'
import { runsAgain } from '../state/counted-once.ts'
import { NotStored, Outrun, type WriteDone } from '../state/log.ts'
import type { Change } from '../state/state.ts'
import type { AccountBase } from './base.ts'
import { quotaFailure } from './quota.ts'

/**
 * Waits for the log. The failure to answer with if it could not keep the write; then nothing stays applied.
 * @throws Outrun where another replica was faster: run the request again
 */
export async function refusedBy(stored: WriteDone): Promise<Failure<'write_refused'> | undefined> {
  try {
    await stored
    return undefined
  } catch (error) {
    if (error instanceof Outrun) throw error
    return error instanceof NotStored ? fail('write_refused', error.message) : fail('write_refused')
  }
}

/**
 * Applies changes before anything else can run, so of two concurrent requests only one can use a code or a refresh token.
 * The failure to answer with if the account may not hold them, or the log could not keep them; then nothing stays applied.
 */
export async function storedNow(
  account: AccountBase,
  changes: readonly Change[],
): Promise<Failure<'quota_exceeded' | 'write_refused'> | undefined> {
  return quotaFailure(account, changes) ?? refusedBy(account.commit(changes))
}

/** A request that loses so often has met more writers than one account can have. */
const mostAttempts = 100

/** Runs a request, and again from the present state whenever another replica has changed it first. */
export async function untilNotOutrun<T>(
  run: () => Promise<T>,
): Promise<T | Failure<'write_refused'>> {
  for (let attempt = 1; attempt <= mostAttempts; attempt += 1) {
    try {
      return await run()
    } catch (error) {
      if (!(error instanceof Outrun)) throw error
      runsAgain()
    }
  }
  return fail(
    'write_refused',
    `Other requests changed the account first, ${mostAttempts} times in a row. Nothing was changed; try again.`,
  )
}
