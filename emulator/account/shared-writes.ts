/** An account's writes where several replicas share the log: a change is applied once the log has it, by all alike. */
import type { ChangeLog } from '../state/log.ts'
import type { AccountIdentity } from '../state/rows.ts'
import type { State } from '../state/state.ts'
import type { AccountOverrides } from './overrides.ts'
import { type KeptAccount, recordOf, type Writes } from './writes.ts'

export function createSharedWrites(
  identity: AccountIdentity,
  { state, overrides }: { readonly state: State; readonly overrides: AccountOverrides },
  log: ChangeLog,
  kept: KeptAccount | undefined,
): Writes {
  const account = identity.id
  let seeded = kept?.seeded ?? state.snapshot()
  let isLogged = kept !== undefined
  return {
    commit(changes, next) {
      if (changes.length === 0 && next === undefined) return undefined
      if (isLogged) {
        const bent = next === undefined ? {} : { bent: overrides.kept(next) }
        return log.append({ kind: 'changes', account, changes, ...bent })
      }
      state.apply(changes)
      if (next !== undefined) overrides.set(next)
      return undefined
    },
    seeded: () => seeded,
    record: () => recordOf(identity, seeded, { state, overrides }),
    markSeeded() {
      seeded = state.snapshot()
      isLogged = true
      return undefined
    },
    reset: () => log.append({ kind: 'reset', account }),
    restore: (snapshot) => log.append({ kind: 'restore', account, state: snapshot }),
    forget: () => log.append({ kind: 'delete', account }),
  }
}
