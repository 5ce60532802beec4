/** What every part of an account builds on: zones, credentials, tables and the log of changes, and what tests may override. */
import { once } from '../../contracts/declaration/endpoint.ts'
import { createSignatures, type Signatures } from '../access/signatures.ts'
import type { WorkerHost } from '../access/workers.ts'
import { type ChangeLog, type ChangeRecord, refusal, type SharedOrder } from '../state/log.ts'
import type { AccountIdentity, KeyringRow } from '../state/rows.ts'
import { type Change, createState, keyOf, type State, type Tables } from '../state/state.ts'
import { weightOf } from '../state/weight.ts'
import { hex, uuidFrom } from '../world/ids.ts'
import type { World } from '../world/world.ts'
import { createFlows, type Flows } from './flows.ts'
import { createJournals, type Journal } from './journal.ts'
import {
  type AccountOverrides,
  createAccountOverrides,
  type SharedCounts,
  type StartSettings,
} from './overrides.ts'
import { createRays } from './rays.ts'
import { createWrites, type KeptAccount, type Writes } from './writes.ts'

export type { AccountIdentity, AccountZone as Zone } from '../state/rows.ts'

export interface AccountBase
  extends AccountIdentity,
    Pick<
      AccountOverrides,
      'faults' | 'modes' | 'behaviour' | 'behaviourAtStart' | 'overrides' | 'overridden' | 'atStart'
    >,
    Writes {
  readonly state: State
  /** Hosts that are Workers for every account, from the emulator's options. */
  readonly workers: ReadonlyMap<string, WorkerHost>
  readonly journal: Journal
  readonly flows: Flows
  readonly signatures: Signatures
  keyring(): KeyringRow
  /** The index in the pool of keys at which this account starts. */
  firstKey(): number
  /** Applies a change of a log that several replicas share. */
  take(record: ChangeRecord): void
  /** The next ray of this account: 16 hex digits and a data centre. */
  ray(): string
  /**
   * An id for a new object. The first object with a natural key gets the same id on every machine, the next ones others.
   * @throws IdTaken if the explicit id is that of another object
   */
  mint(kind: string, naturalKey: string, options?: MintOptions): Minted
}

export interface MintOptions {
  /** The id that a seed gives; it takes the place of a made one. */
  readonly explicit?: string | undefined
  /** For ids of 32 hex digits instead of a UUID: what their bytes are for. */
  readonly hexFor?: string
  /** Changes of the same commit, with earlier ids. */
  readonly pending?: readonly Change[]
}

/** A seed gives two objects the same id. */
export class IdTaken extends Error {
  readonly id: string
  constructor(id: string) {
    super(`another object of the account has the id ${id}`)
    this.id = id
  }
}

export interface Minted {
  readonly id: string
  /** More bytes for the same object, for its secrets and tags. */
  bytes(n: number, purpose: string): Uint8Array
  /** Must go into the same commit as the object. */
  readonly change: Change
}

export function createAccountBase(
  identity: AccountIdentity,
  given: StartSettings & {
    readonly journal?: Journal
    /** Called after each change of the account's rows. */
    readonly applied?: (tables: Tables) => void
    readonly workers?: ReadonlyMap<string, WorkerHost>
  },
  world: World,
  log: ChangeLog,
  kept?: KeptAccount,
): AccountBase {
  const state = createState(given.applied, identity.lease && weightOf)
  if (kept !== undefined) state.restore(kept.state)
  const { shared } = log
  const accountOverrides = createAccountOverrides(
    given,
    kept?.bent,
    shared && sharedCounts(shared, identity.id),
  )
  const writes = createWrites(identity, { state, overrides: accountOverrides }, log, kept)
  const { faults, modes, behaviour: ask, behaviourAtStart } = accountOverrides
  const { overrides, overridden, atStart } = accountOverrides
  const { journal = createJournals().make(identity.id) } = given
  const flows = createFlows()
  // Two replicas must not give one ray twice.
  const rays = createRays(world, identity.id, log.shared?.replica)
  const clear = () => {
    journal.clear()
    flows.clear()
    if (log.shared === undefined) rays.reset()
  }

  return {
    ...identity,
    ...writes,
    state,
    workers: given.workers ?? new Map(),
    faults,
    journal,
    flows,
    modes,
    behaviour: ask,
    behaviourAtStart,
    overrides,
    overridden,
    atStart,
    signatures: createSignatures(),
    keyring: () =>
      state.tables.keyring.get('keyring') ?? {
        id: 'keyring',
        generation: 1,
        rotated_at: 0,
        interval_days: 42,
      },
    firstKey: once(() => world.bytes(1, 'keyring', identity.id)[0] ?? 0),
    ray: rays.next,
    mint(kind, naturalKey, { explicit, hexFor, pending = [] } = {}) {
      if (explicit !== undefined && isTaken(state, explicit, pending)) throw new IdTaken(explicit)
      const counter = `${kind}:${naturalKey}`
      const committed = state.tables.counters.get(counter)?.count ?? 0
      const ordinal = pending.reduce(
        (count, change) => (isCountOf(change, counter) ? change.put.count : count),
        committed,
      )
      const label = [identity.id, kind, naturalKey, ordinal] as const
      const bytes = (n: number, purpose: string) => world.bytes(n, ...label, purpose)
      const made = () => (hexFor === undefined ? uuidFrom(bytes(16, 'id')) : hex(bytes(16, hexFor)))
      return {
        id: explicit ?? made(),
        bytes,
        change: { table: 'counters', put: { id: counter, count: ordinal + 1 } },
      }
    },
    take(record) {
      if (record.kind === 'reset') clear()
      if (record.kind === 'changes') state.apply(record.changes)
      else state.restore(record.kind === 'reset' ? writes.seeded() : record.state)
      if (record.kind === 'reset') accountOverrides.restore(undefined)
      else if (record.kind === 'changes' && record.bent !== undefined) {
        accountOverrides.restore(record.bent)
      }
    },
    reset() {
      if (log.refuses()) return refusal()
      if (log.shared === undefined) clear()
      return writes.reset()
    },
  }
}

function sharedCounts({ faultCounts, replica }: SharedOrder, account: string): SharedCounts {
  let named = 0
  return {
    store: faultCounts,
    newName() {
      named += 1
      return `${account} ${replica} ${named}`
    },
  }
}

function isTaken({ tables }: State, id: string, pending: readonly Change[]): boolean {
  const isOf = (change: Change) =>
    'put' in change && change.table !== 'counters' && keyOf(change.table, change.put) === id
  return pending.some(isOf) || Object.values(tables).some((table) => table.get(id) !== undefined)
}

function isCountOf(
  change: Change,
  counter: string,
): change is Extract<Change, { table: 'counters'; put: unknown }> {
  return change.table === 'counters' && 'put' in change && change.put.id === counter
}
