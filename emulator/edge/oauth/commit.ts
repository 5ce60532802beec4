/** OAuth writes, in the same tick as the reads behind them. */
import { type Failure, fail } from '../../../contracts/errors/errors.ts'
import { quotaFailure } from '../../account/quota.ts'
import { isStored } from '../../account/stored.ts'
import type { Change } from '../../state/state.ts'
import type { EdgeContext } from '../context.ts'

/**
 * Applies changes before anything else can run, so of two concurrent requests only one can use a code or refresh token.
 * The failure to answer with if the account may not hold them, or the log could not store them; then nothing stays applied.
 */
export async function commitNow(
  { account }: Pick<EdgeContext, 'account'>,
  changes: readonly Change[],
): Promise<Failure<'oauth_server_error'> | undefined> {
  const excess = quotaFailure(account, changes)
  if (excess !== undefined) return fail('oauth_server_error', excess.detail)
  return (await isStored(account.commit(changes))) ? undefined : fail('oauth_server_error')
}
