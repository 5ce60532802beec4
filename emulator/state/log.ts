/** The ordered log of changes behind all tables. The log in memory stores nothing; a durable one has the same interface. */
import type { KeyStore } from '../world/keys.ts'
import type { ClockSetting } from '../world/world.ts'
import type { KeptOverrides } from './overrides.ts'
import type { AccountIdentity } from './rows.ts'
import type { Change, StoredSnapshot } from './state.ts'

/** One line of a durable log. Replaying all lines in order restores every account. */
export type LogRecord =
  /** An account, with the state that `reset` returns to; `state` if the current one differs, `bent` if it has overrides. */
  | {
      readonly kind: 'account'
      readonly identity: AccountIdentity
      readonly seeded: StoredSnapshot
      readonly state?: StoredSnapshot
      readonly bent?: KeptOverrides
    }
  | ChangeRecord
  | { readonly kind: 'delete'; readonly account: string }
  /** The clock of all accounts, where replicas share the log. */
  | ClockRecord

export type AccountRecord = Extract<LogRecord, { kind: 'account' }>

interface ClockRecord {
  readonly kind: 'clock'
  readonly account: ''
  readonly setting: ClockSetting
}

/** A change within an account. */
export type ChangeRecord =
  /** `bent` has all overrides, if they changed too. */
  | {
      readonly kind: 'changes'
      readonly account: string
      readonly changes: readonly Change[]
      readonly bent?: KeptOverrides
    }
  | { readonly kind: 'reset'; readonly account: string }
  | { readonly kind: 'restore'; readonly account: string; readonly state: StoredSnapshot }

export type CommitOutcome = 'stored' | 'outrun' | 'failed'
/** Returns what to call at the end. */
export type CommitTimer = () => (outcome: CommitOutcome) => void

/** Resolves once the change is stored; undefined if it is stored immediately. */
export type WriteDone = Promise<void> | undefined

export interface ChangeLog {
  /** True once a write has failed. Check it before applying a change. */
  refuses(): boolean
  append(record: LogRecord): WriteDone
  close(): Promise<void>
  /** Where several emulators have the log. */
  readonly shared?: SharedOrder | undefined
  /** Calls it at the start of each append from now on. Not there if changes are stored immediately. */
  observe?(timer: CommitTimer): void
}

/**
 * What is different where several emulators, the replicas, have one log: a record is applied only once it is stored, by all
 * of them alike, in the order of the log. `append` rejects with `Outrun` where the account has changed since this replica
 * last looked.
 */
export interface SharedOrder {
  /** The name of this replica, which no other has or had. */
  readonly replica: string
  /** The signing keys of all replicas, where they are not the published ones. */
  readonly keys: KeyStore
  readonly journal: JournalStore
  readonly faultCounts: FaultCounts
  /** Waits until everything that was stored before the call is applied. False if the log cannot be reached. */
  current(): Promise<boolean>
  /** Calls it with every record from now on. */
  follow(follower: Follower): void
  /** Calls it each time that everything stored has been applied. */
  whenReached(listener: () => void): void
}

/** Where the journals of all replicas come together. An account is '' for requests that belong to none. */
export interface JournalStore {
  add(lines: readonly StoredLine[]): Promise<void>
  /** Deletes the lines of an account up to a position, for all replicas. */
  clear(account: string, until: number): Promise<void>
  /** Deletes all that is kept of an account. */
  forget(account: string): Promise<void>
  /**
   * The next lines of each of these accounts, oldest first, after the place that was seen last.
   *
   * @param upTo leaves out what comes after this place
   */
  fetch(
    wanted: readonly { readonly account: string; readonly seen: number }[],
    upTo: number | undefined,
  ): Promise<FetchedLines>
}

export interface StoredLine {
  readonly account: string
  /** The position of the entry in the journal. */
  readonly sequence: number
  readonly line: string
}

export interface FetchedLines {
  readonly lines: readonly FetchedLine[]
  /** The last place that was given out when they were fetched. */
  readonly end: number
  readonly isAll: boolean
}

export interface FetchedLine {
  readonly account: string
  readonly place: number
  readonly sequence: number
  readonly replica: string
  /** Whether, instead of a line, all up to its position was cleared. */
  readonly isClear: boolean
  /** Null in those that this replica has added itself. */
  readonly line: string | null
}

/** How many requests each fault has matched, at all replicas together. */
export interface FaultCounts {
  /** Counts one more; how many they are with it. */
  add(name: string): Promise<number>
  of(names: readonly string[]): Promise<ReadonlyMap<string, number>>
  forget(names: readonly string[]): Promise<void>
}

export interface Follower {
  /** What it has, as records. */
  records(): LogRecord[]
  apply(record: LogRecord): void
  /** Puts these accounts in place of all that it has. */
  replace(accounts: readonly AccountRecord[], clock: ClockSetting | undefined): void
}

/** Another request, perhaps of another replica, has changed the account first: decide again on its present state. */
export class Outrun extends Error {
  constructor() {
    super('Another request has changed the account first.')
  }
}

/** The log could not store a change. The message is for the client of the emulator. */
export class NotStored extends Error {}

export const memoryLog: ChangeLog = {
  refuses: () => false,
  append: () => undefined,
  close: async () => {},
}

/** A rejected promise for a change that is not attempted. It need not be awaited. */
export function refusal(): Promise<void> {
  return heeded(Promise.reject(new Error('The log of changes refuses further writes.')))
}

/** Marks a rejection as handled: the log has reported it, and refuses later writes. */
export function heeded(stored: Promise<void>): Promise<void> {
  stored.catch(() => {})
  return stored
}
