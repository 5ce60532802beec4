/** One account: its zones and credentials, its tables, and what a test may bend: behaviours, faults, modes. */
import { type Ask, asker, type Overrides, type Profile } from '../../contracts/behaviours.ts'
import { createSignatures, type Signatures } from '../access/signatures.ts'
import { hex, uuidFrom } from '../ids.ts'
import type { ChangeLog } from '../state/log.ts'
import type { KeyringRow } from '../state/rows.ts'
import { type Change, createState, type Snapshot, type State } from '../state/state.ts'
import type { World } from '../world.ts'
import { createFaults, type Faults } from './faults.ts'
import { createJournal, type Journal } from './journal.ts'

export interface Zone {
  readonly id: string
  readonly name: string
}

export interface AccountIdentity {
  readonly id: string
  readonly name: string
  readonly zones: readonly Zone[]
  readonly api_token: string
  readonly api_key: string
  readonly email: string
}

/** A mode that is set: the changes that end it, and the rows as the mode left them. */
export interface StandingMode {
  readonly id: string
  readonly undo: readonly Change[]
  readonly left: readonly Change[]
  readonly overrides: Overrides
  readonly remove: () => void
}

export interface Account extends AccountIdentity {
  readonly state: State
  readonly faults: Faults
  readonly journal: Journal
  readonly modes: Map<string, StandingMode>
  readonly ask: Ask
  readonly signatures: Signatures
  overrides(): Overrides
  override(overrides: Overrides): void
  keyring(): KeyringRow
  /** Applies changes now; resolves once the log has them. */
  commit(changes: readonly Change[]): { readonly inverse: Change[]; readonly stored: Stored }
  /** The next ray of this account: 16 hex and a data centre. */
  ray(): string
  /** An id for a new object: the same natural key gives the same id on every machine, a second one differs. */
  mint(kind: string, naturalKey: string): Minted
  /** What `reset` returns to. */
  readonly seeded: () => Snapshot
  markSeeded(): void
  reset(): void
}

export type Stored = Promise<void> | undefined

export interface Minted {
  readonly id: string
  /** More bytes of the same object, for its secrets and tags. */
  bytes(n: number, purpose: string): Uint8Array
  /** Goes into the same commit as the object. */
  readonly change: Change
}

const colo = 'EMU'

export function createAccount(
  identity: AccountIdentity,
  options: { readonly profile: Profile; readonly overrides: Overrides },
  world: World,
  log: ChangeLog,
): Account {
  const state = createState()
  const faults = createFaults()
  const journal = createJournal()
  const modes = new Map<string, StandingMode>()
  let overrides = options.overrides
  let ask = asker(options.profile, overrides)
  let seeded: Snapshot = state.snapshot()
  let rays = 0

  const override = (next: Overrides) => {
    overrides = next
    ask = asker(options.profile, overrides)
  }

  return {
    ...identity,
    state,
    faults,
    journal,
    modes,
    ask: (name) => ask(name),
    signatures: createSignatures(),
    overrides: () => overrides,
    override,
    keyring: () =>
      state.tables.keyring.get('keyring') ?? {
        id: 'keyring',
        generation: 1,
        rotated_at: 0,
        interval_days: 42,
      },
    commit(changes) {
      if (changes.length === 0) return { inverse: [], stored: undefined }
      const inverse = state.apply(changes)
      return { inverse, stored: log.append(identity.id, changes) }
    },
    ray() {
      rays += 1
      return `${hex(world.bytes(8, 'ray', identity.id, rays))}-${colo}`
    },
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
    markSeeded() {
      seeded = state.snapshot()
    },
    reset() {
      state.restore(seeded)
      faults.replace([])
      journal.clear()
      modes.clear()
      override(options.overrides)
      rays = 0
    },
  }
}
