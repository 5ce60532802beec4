/**
 * An account's writes: applied immediately, stored in the log, and undone if the log cannot store them. Where several replicas
 * share the log, they are applied once it has them.
 */
import {
  type AccountRecord,
  type ChangeLog,
  type LogRecord,
  memoryLog,
  refusal,
  type WriteDone,
} from '../state/log.ts'
import type { KeptOverrides } from '../state/overrides.ts'
import type { AccountIdentity } from '../state/rows.ts'
import type { Change, State, StoredSnapshot } from '../state/state.ts'
import type { AccountOverrides, Overridden } from './overrides.ts'

export interface Writes {
  /**
   * Applies changes and overrides; resolves once the log has both. If the log cannot store them, neither stays applied.
   */
  commit(changes: readonly Change[], next?: Overridden): WriteDone
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
    // Replicas apply what the log has stored, all alike: nothing is applied here, and nothing to undo.
    if (isLogged && log.shared !== undefined) return log.append(record())
    if (log.refuses()) return refusal()
    change()
    const stored = isLogged ? log.append(record()) : undefined
    stored?.catch(undo)
    return stored
  }

  /** Replaces the whole state. */
  const replaced = (
    record: LogRecord,
    by: StoredSnapshot,
    next: () => void = nothing,
  ): WriteDone => {
    let takeBack = nothing
    return logged(
      () => record,
      () => {
        const before = state.snapshot()
        const overridden = overrides.overridden()
        takeBack = () => {
          state.restore(before)
          overrides.set(overridden)
        }
        state.restore(by)
        next()
      },
      () => takeBack(),
    )
  }

  return {
    commit(changes, next) {
      if (changes.length === 0 && next === undefined) return undefined
      const record = { kind: 'changes', account, changes } as const
      let takeBack = nothing
      return logged(
        () => (next === undefined ? record : { ...record, bent: overrides.kept(next) }),
        () => {
          const undo = log === memoryLog ? [] : state.inverse(changes)
          const before = next === undefined ? undefined : overrides.overridden()
          takeBack = () => {
            state.apply(undo)
            if (before !== undefined) overrides.set(before)
          }
          state.apply(changes)
          if (next !== undefined) overrides.set(next)
        },
        () => takeBack(),
      )
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
    reset: () => replaced({ kind: 'reset', account }, seeded, () => overrides.restore(undefined)),
    restore: (snapshot) => replaced({ kind: 'restore', account, state: snapshot }, snapshot),
    forget() {
      const stored = logged(
        () => ({ kind: 'delete', account }),
        nothing,
        () => {
          isLogged = true
        },
      )
      // A request in progress may still commit; for the log, the account is gone. A shared log refuses that by itself.
      if (log.shared === undefined && !log.refuses()) isLogged = false
      return stored
    },
  }
}
