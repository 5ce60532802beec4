/** What the surfaces of an account do alike, the API and Access's own paths: its faults, its log, its journal. */
import type { Account } from '../account/account.ts'
import type { Log } from '../log.ts'
import type { Change } from '../state/state.ts'
import type { World } from '../world.ts'
import { interfering, type Surface } from './mount.ts'
import type { Stamp } from './reply.ts'

type Shared = 'fault' | 'sleep' | 'commit' | 'journal' | 'bug'

export function accountSurface<C extends Stamp & { readonly account: Account }>(
  { world, log }: { readonly world: World; readonly log: Log },
  /** The host that was asked, by the name under which faults and the journal have it. */
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
    commit: ({ account }, changes) => account.commit(changes).stored,
    journal(context, answered, evaluation) {
      const { account, ray, nowMs } = context
      account.journal.add({ ...answered, ray, nowMs, host: hostOf(context) }, evaluation)
    },
    bug: (error, endpoint) => log.error({ err: error, operation: endpoint.id }, 'a handler failed'),
  }
}
