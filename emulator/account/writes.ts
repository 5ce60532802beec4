/** An account's writes: applied immediately, stored in the log, and undone if the log cannot store them. */

import {
  type AccountRecord,
  type ChangeLog,
  type LogRecord,
  refusal,
  type WriteDone,
} from '../state/log.ts'
import type { KeptOverrides } from '../state/overrides.ts'
import type { AccountIdentity } from '../state/rows.ts'
import type { Change, State, StoredSnapshot } from '../state/state.ts'
import type { AccountOverrides } from './overrides.ts'

export interface Writes {
  /**
   * Applies changes and `override` now; `stored` resolves once the log has both. If the log cannot store them, both are
   * undone. Overrides made outside of `commit` last only as long as the process.
   */
  commit(
    changes: readonly Change[],
    override?: () => void,
  ): { readonly inverse: Change[]; readonly stored: WriteDone }
  /** The state that `reset` returns to. */
  seeded(): StoredSnapshot
  /** The whole account as one record. */
  record(): AccountRecord
  /** Ends the creation of an account: from now on, the log stores every change. */
  markSeeded(): WriteDone
  /** Returns to the state that the account was created with, without overrides. */
  reset(): WriteDone
  /** Replaces all rows with a snapshot. */
  restore(snapshot: StoredSnapshot): WriteDone
  /** Removes the account from the log. */
  forget(): WriteDone
}

/** What a durable log holds of an account. */
export interface KeptAccount {
  readonly seeded: StoredSnapshot
  readonly state: StoredSnapshot
  readonly bent?: KeptOverrides | undefined
}

function nothing(): void {}

export function createWrites(
  identity: AccountIdentity,
  { state, overrides }: { readonly state: State; readonly overrides: AccountOverrides },
  log: ChangeLog,
  kept: KeptAccount | undefined,
): Writes {
  const account = identity.id
  let seeded = kept?.seeded ?? state.snapshot()
  let isLogged = kept !== undefined

  /** Applies a change and passes it to the log. If the log cannot store it, it is not applied, or undone. */
  const logged = (record: () => LogRecord, change: () => void, undo: () => void): WriteDone => {
    if (log.refuses()) return refusal()
    change()
    const stored = isLogged ? log.append(record()) : undefined
    stored?.catch(undo)
    return stored
  }

  /** Replaces the whole state. */
  const replaced = (record: LogRecord, by: StoredSnapshot, override?: () => void): WriteDone => {
    const before = state.snapshot()
    const rollback = overrides.capture()
    return logged(
      () => record,
      () => {
        state.restore(by)
        override?.()
      },
      () => {
        state.restore(before)
        rollback()
      },
    )
  }

  return {
    commit(changes, override) {
      if (changes.length === 0 && override === undefined) return { inverse: [], stored: undefined }
      let inverse: Change[] = []
      const rollback = override === undefined ? nothing : overrides.capture()
      const record = { kind: 'changes', account, changes } as const
      const stored = logged(
        () => (override === undefined ? record : { ...record, bent: overrides.kept() }),
        () => {
          inverse = state.apply(changes)
          override?.()
        },
        () => {
          state.apply(inverse)
          rollback()
        },
      )
      return { inverse, stored }
    },
    seeded: () => seeded,
    record: () => ({
      ...{ kind: 'account', identity, seeded },
      state: state.snapshot(),
      bent: overrides.kept(),
    }),
    markSeeded() {
      seeded = state.snapshot()
      isLogged = true
      return logged(() => ({ kind: 'account', identity, seeded }), nothing, nothing)
    },
    reset: () => replaced({ kind: 'reset', account }, seeded, overrides.reset),
    restore: (snapshot) => replaced({ kind: 'restore', account, state: snapshot }, snapshot),
    forget() {
      const stored = logged(
        () => ({ kind: 'delete', account }),
        nothing,
        () => {
          isLogged = true
        },
      )
      // A request in progress may still commit; for the log, the account is gone.
      if (!log.refuses()) isLogged = false
      return stored
    },
  }
}
