/** What a replica has applied of the log: up to which record, and the last record of each account. In memory. */
import type { Follower, LogRecord } from './log.ts'
import type { Loaded, LoggedRecord, Position } from './postgres/store.ts'
import type { Replayed } from './replay.ts'

/** The account under which the adding and removing of accounts is filed. */
export const directory = ''

export interface Replica {
  /** The last record that was applied. */
  seen(): number
  position(): Position
  /** The last record of an account; undefined if there is no such account. */
  sequenceOf(account: string): number | undefined
  /** The last record of an account that may have been removed; 0 if there is none. */
  endOf(account: string): number
  /** Applies those that it has not applied yet. */
  apply(records: readonly LoggedRecord[]): void
  /** Forgets the ends of removed accounts that the log has forgotten: what is part of the snapshot, which ends here. */
  forget(compacted: number): void
  /** Takes everything anew. */
  replace(loaded: Loaded, replayed: Replayed): void
  /** What the records so far amount to. */
  records(): LogRecord[]
  /** Begins with what was loaded, or with the first records of a new log. */
  begin(records: readonly LogRecord[], at: Position, sequences?: ReadonlyMap<string, number>): void
  follow(follower: Follower): void
}

export function createReplica(): Replica {
  let seen = 0
  let incarnation: string | null = null
  let forgotten = 0
  let ends = new Map<string, number>()
  let live = new Set<string>()
  let follower: Follower | undefined

  const begin: Replica['begin'] = (records, at, sequences) => {
    seen = at.seen
    incarnation = at.incarnation
    ends = new Map(sequences)
    live = new Set(records.flatMap((each) => (each.kind === 'account' ? each.identity.id : [])))
  }

  return {
    seen: () => seen,
    position: () => ({ seen, incarnation }),
    sequenceOf: (account) => (live.has(account) ? (ends.get(account) ?? 0) : undefined),
    endOf: (account) => ends.get(account) ?? 0,
    apply(records) {
      for (const { sequence, account, ofDirectory, record } of records) {
        if (sequence <= seen) continue
        const parsed = JSON.parse(record) as LogRecord
        follower?.apply(parsed)
        if (parsed.kind === 'account') live.add(account)
        if (parsed.kind === 'delete') live.delete(account)
        ends.set(account, sequence)
        if (ofDirectory) ends.set(directory, sequence)
        seen = sequence
      }
    },
    forget(compacted) {
      if (compacted === forgotten) return
      forgotten = compacted
      for (const [account, end] of ends) {
        if (end <= compacted && account !== directory && !live.has(account)) ends.delete(account)
      }
    },
    replace(loaded, { accounts, clock }) {
      follower?.replace(accounts, clock)
      begin(accounts, loaded, loaded.sequences)
    },
    records: () => follower?.records() ?? [],
    begin,
    follow(given) {
      follower = given
    },
  }
}
