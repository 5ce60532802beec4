/** Writes of OAuth, in the tick in which the rows behind them were read. */
import { isStored } from '../../http/stored.ts'
import type { Change } from '../../state/state.ts'
import type { EdgeContext } from '../context.ts'

/**
 * Applies changes before anything else can run: of two requests at once, one code or refresh token is good for one. False
 * where the log could not keep them; then nothing stays applied.
 */
export function commitNow(
  { account }: Pick<EdgeContext, 'account'>,
  changes: readonly Change[],
): Promise<boolean> {
  return isStored(account.commit(changes).stored)
}
