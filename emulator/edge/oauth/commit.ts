/** OAuth writes, in the same tick as the reads behind them. */
import { type Failure, fail } from '../../../contracts/errors/errors.ts'
import type { Change } from '../../account/account.ts'
import type { EdgeContext } from '../context.ts'

/** Stores changes at once. The failure to answer with if they could not be stored; only that of a quota says why. */
export async function commitNow(
  { account }: Pick<EdgeContext, 'account'>,
  changes: readonly Change[],
): Promise<Failure<'oauth_server_error'> | undefined> {
  const refused = await account.storeNow(changes)
  if (refused === undefined) return undefined
  return refused.failure === 'quota_exceeded'
    ? fail('oauth_server_error', refused.detail)
    : fail('oauth_server_error')
}
