/** One account: its zones and credentials, its tables, and what a test may bend: behaviours, faults, modes. */
import { once } from '../../contracts/endpoint.ts'
import { createSignatures, type Signatures } from '../access/signatures.ts'
import { uuidFrom } from '../ids.ts'
import type { Bent } from '../state/bent.ts'
import {
  type AccountRecord,
  type ChangeLog,
  type LogRecord,
  refusal,
  type Stored,
} from '../state/log.ts'
import type { AccountIdentity, KeyringRow } from '../state/rows.ts'
import { type Change, createState, type Snapshot, type State } from '../state/state.ts'
import type { World } from '../world.ts'
import { type Bending, createBending, type Given } from './bending.ts'
import { createJournal, type Journal } from './journal.ts'
import { createLogins, type Logins } from './logins.ts'
import { createRays } from './rays.ts'

export type { AccountIdentity, Zone } from '../state/rows.ts'

export interface Account
  extends AccountIdentity,
    Pick<Bending, 'faults' | 'modes' | 'ask' | 'overrides' | 'override'> {
  readonly state: State
  readonly journal: Journal
  readonly logins: Logins
  readonly signatures: Signatures
  keyring(): KeyringRow
  /**
   * Applies changes now, and bends what `bend` bends; resolves once the log has both. Where the log cannot keep them,
   * nothing stays applied. What is bent outside of it lasts as long as the process.
   */
  commit(
    changes: readonly Change[],
    bend?: () => void,
  ): { readonly inverse: Change[]; readonly stored: Stored }
  /** Where in the pool of keys this account begins. */
  firstKey(): number
  /** The next ray of this account: 16 hex and a data centre. */
  ray(): string
  /** An id for a new object: the same natural key gives the same id on every machine, a second one differs. */
  mint(kind: string, naturalKey: string): Minted
  /** What `reset` returns to. */
  readonly seeded: () => Snapshot
  /** The whole account as one record. */
  record(): AccountRecord
  /** Ends the making of an account: from here on the log has all it does. */
  markSeeded(): Stored
  reset(): Stored
  /** Replaces all that is stored by a snapshot. */
  restore(snapshot: Snapshot): Stored
  /** The last that the log hears of the account. */
  forget(): Stored
}

export interface Minted {
  readonly id: string
  /** More bytes of the same object, for its secrets and tags. */
  bytes(n: number, purpose: string): Uint8Array
  /** Goes into the same commit as the object. */
  readonly change: Change
}

interface Kept {
  readonly seeded: Snapshot
  readonly state: Snapshot
  readonly bent?: Bent
}

function nothing(): void {}

export function createAccount(
  identity: AccountIdentity,
  given: Given,
  world: World,
  log: ChangeLog,
  /** What a durable log has of the account. */
  found?: Kept,
): Account {
  const state = createState()
  const bending = createBending(given, found?.bent)
  const { faults, modes, ask, overrides, override } = bending
  const journal = createJournal()
  const logins = createLogins()
  if (found !== undefined) state.restore(found.state)
  let seeded: Snapshot = found?.seeded ?? state.snapshot()
  let isLogged = found !== undefined
  const rays = createRays(world, identity.id)

  /** Applies a change and hands it to the log. One that the log cannot keep is not applied, or taken back. */
  const logged = (record: () => LogRecord, change: () => void, undo: () => void): Stored => {
    if (log.refuses()) return refusal()
    change()
    const stored = isLogged ? log.append(record()) : undefined
    stored?.catch(undo)
    return stored
  }

  const replaced = (record: LogRecord, by: Snapshot): Stored => {
    const before = state.snapshot()
    return logged(
      () => record,
      () => state.restore(by),
      () => state.restore(before),
    )
  }

  return {
    ...identity,
    state,
    faults,
    journal,
    logins,
    modes,
    ask,
    overrides,
    override,
    signatures: createSignatures(),
    keyring: () =>
      state.tables.keyring.get('keyring') ?? {
        id: 'keyring',
        generation: 1,
        rotated_at: 0,
        interval_days: 42,
      },
    commit(changes, bend) {
      if (changes.length === 0 && bend === undefined) return { inverse: [], stored: undefined }
      let inverse: Change[] = []
      const unbend = bend === undefined ? nothing : bending.remember()
      const record = { kind: 'changes', account: identity.id, changes } as const
      const stored = logged(
        () => (bend === undefined ? record : { ...record, bent: bending.bent() }),
        () => {
          inverse = state.apply(changes)
          bend?.()
        },
        () => {
          state.apply(inverse)
          unbend()
        },
      )
      return { inverse, stored }
    },
    firstKey: once(() => world.bytes(1, 'keyring', identity.id)[0] ?? 0),
    ray: rays.next,
    mint(kind, naturalKey) {
      const counter = `${kind}:${naturalKey}`
      const ordinal = state.tables.counters.get(counter)?.count ?? 0
      const label = [identity.id, kind, naturalKey, ordinal] as const
      return {
        id: uuidFrom(world.bytes(16, ...label, 'id')),
        bytes: (n, purpose) => world.bytes(n, ...label, purpose),
        change: { table: 'counters', put: { id: counter, count: ordinal + 1 } },
      }
    },
    seeded: () => seeded,
    record: () => ({
      ...{ kind: 'account', identity, seeded },
      state: state.snapshot(),
      bent: bending.bent(),
    }),
    markSeeded() {
      seeded = state.snapshot()
      isLogged = true
      return logged(() => ({ kind: 'account', identity, seeded }), nothing, nothing)
    },
    reset() {
      if (log.refuses()) return refusal()
      bending.reset()
      journal.clear()
      logins.clear()
      rays.reset()
      return replaced({ kind: 'reset', account: identity.id }, seeded)
    },
    restore: (snapshot) =>
      replaced({ kind: 'restore', account: identity.id, state: snapshot }, snapshot),
    forget() {
      const stored = logged(
        () => ({ kind: 'delete', account: identity.id }),
        nothing,
        () => {
          isLogged = true
        },
      )
      // A request that is still under way may commit; to the log the account is gone.
      if (!log.refuses()) isLogged = false
      return stored
    },
  }
}
