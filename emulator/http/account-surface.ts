/** The parts of a surface that the API and Access's own paths share: an account's faults, log of changes and journal. */
import type { Account } from '../account/account.ts'
import type { Change } from '../state/state.ts'
import type { Log } from '../world/log.ts'
import type { World } from '../world/world.ts'
import { interfering, type Surface } from './mount.ts'
import type { Stamp } from './reply.ts'

type Shared = 'fault' | 'sleep' | 'commit' | 'journal' | 'bug'

export function accountSurface<C extends Stamp & { readonly account: Account }>(
  { world, log }: { readonly world: World; readonly log: Log },
  /** The requested host, as faults and the journal name it. */
  hostOf: (context: C) => string,
): Pick<Surface<C, readonly Change[]>, Shared> {
  return {
    fault: (context, site, facts) =>
      context.account.faults.at(
        site,
        () => ({ ...facts(), host: hostOf(context) }),
        world.now(),
        interfering,
      ),
    sleep: world.sleep,
    commit: ({ account }, changes) => account.commit(changes),
    journal(context, answered, evaluation) {
      context.account.journal.add(
        {
          ray: context.ray,
          nowMs: context.nowMs,
          host: hostOf(context),
          method: answered.method,
          path: answered.path,
          operation: answered.operation,
          status: answered.status,
          fault: answered.fault,
          mode: answered.mode,
          trail: answered.trail,
          because: answered.because,
          onlyExpected: answered.onlyExpected,
          flow: answered.flow,
        },
        evaluation,
      )
    },
    bug: (error, endpoint) => log.error({ err: error, operation: endpoint.id }, 'a handler failed'),
  }
}
