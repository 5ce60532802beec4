/** The ordered log of changes behind every table. Memory keeps none; a durable log has the same face. */
import type { KeptOverrides } from './overrides.ts'
import type { AccountIdentity } from './rows.ts'
import type { Change, StoredSnapshot } from './state.ts'

/** One line of a durable log. Replayed in order they give back every account. */
export type LogRecord =
  /** An account, with what `reset` returns to; `state` where that is no longer what it holds, `bent` where anything is. */
  | {
      readonly kind: 'account'
      readonly identity: AccountIdentity
      readonly seeded: StoredSnapshot
      readonly state?: StoredSnapshot
      readonly bent?: KeptOverrides
    }
  /** `bent` where that changed too, as a whole. */
  | {
      readonly kind: 'changes'
      readonly account: string
      readonly changes: readonly Change[]
      readonly bent?: KeptOverrides
    }
  | { readonly kind: 'reset'; readonly account: string }
  | { readonly kind: 'restore'; readonly account: string; readonly state: StoredSnapshot }
  | { readonly kind: 'delete'; readonly account: string }

export type AccountRecord = Extract<LogRecord, { kind: 'account' }>

/** Resolves once the change is safe; undefined where it is at once. */
export type Stored = Promise<void> | undefined

export interface ChangeLog {
  /** True once a write has failed. Ask before a change is applied. */
  refuses(): boolean
  append(record: LogRecord): Stored
  close(): Promise<void>
}

export const memoryLog: ChangeLog = {
  refuses: () => false,
  append: () => undefined,
  close: async () => {},
}

/** For a change that is not even tried. Who does not wait for it does no harm. */
export function refusal(): Promise<void> {
  return heeded(Promise.reject(new Error('The log of changes takes no more writes.')))
}

/** A promise whose failure nobody has to hear: the log has reported it, and refuses what comes after. */
export function heeded(stored: Promise<void>): Promise<void> {
  stored.catch(() => {})
  return stored
}
