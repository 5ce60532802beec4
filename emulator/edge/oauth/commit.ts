/** OAuth writes, in the same tick as the reads behind them. */
import { isStored } from '../../account/stored.ts'
import type { Change } from '../../state/state.ts'
import type { EdgeContext } from '../context.ts'

/**
 * Applies changes before anything else can run, so of two concurrent requests only one can use a code or refresh token.
 * False if the log could not store them; then nothing stays applied.
 */
export function commitNow(
  { account }: Pick<EdgeContext, 'account'>,
  changes: readonly Change[],
): Promise<boolean> {
  return isStored(account.commit(changes))
}
