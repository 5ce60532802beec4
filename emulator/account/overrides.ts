/** What tests may override in an account: its behaviours, faults and failure modes. */
import { type Ask, asker, type Overrides, type Profile } from '../../contracts/behaviours/table.ts'
import type { Fault } from '../../contracts/control/faults.ts'
import type { FaultCounts } from '../state/log.ts'
import type { AppliedAdvice, KeptOverrides, StandingMode } from '../state/overrides.ts'
import { createFaults, type Faults } from './faults.ts'

/** Where replicas share the log. */
export interface SharedCounts {
  readonly store: FaultCounts
  /** A name that no fault has or had. */
  newName(): string
}

/** The settings that the emulator was started with. */
export interface StartSettings {
  readonly profile: Profile
  readonly overrides: Overrides
}

/** All overrides of an account, as one value. */
export interface Overridden {
  readonly behaviours: Overrides
  /** Oldest first. */
  readonly faults: readonly Fault[]
  readonly modes: readonly StandingMode[]
  readonly advice: readonly AppliedAdvice[]
}

export interface AccountOverrides {
  readonly faults: Faults
  readonly modes: ReadonlyMap<string, StandingMode>
  readonly behaviour: Ask
  /** As the emulator was started. */
  readonly behaviourAtStart: Ask
  overrides(): Overrides
  overridden(): Overridden
  /** What `reset` returns to. */
  atStart(): Overridden
  /** Faults that stay have acted as often as before. */
  set(next: Overridden): void
  /** The overrides in the form of the log of changes. */
  kept(of?: Overridden): KeptOverrides
  /** Sets what the log has; without it, what the emulator was started with. */
  restore(kept: KeptOverrides | undefined): void
}

export function createAccountOverrides(
  { profile, overrides: given }: StartSettings,
  kept?: KeptOverrides,
  counts?: SharedCounts,
): AccountOverrides {
  const faults = createFaults(counts?.store)
  const modes = new Map<string, StandingMode>()
  let advice: readonly AppliedAdvice[] = []
  let overrides = given
  let ask = asker(profile, given)

  const atStart = (): Overridden => ({
    behaviours: given,
    faults: faults.first(),
    modes: [],
    advice: [],
  })
  const overridden = (): Overridden => ({
    behaviours: overrides,
    faults: faults.list().map(({ fault }) => fault),
    modes: [...modes.values()],
    advice,
  })
  const set = (next: Overridden) => {
    if (next.behaviours !== overrides) {
      overrides = next.behaviours
      ask = asker(profile, overrides)
    }
    faults.replace(next.faults)
    modes.clear()
    for (const mode of next.modes) modes.set(mode.id, mode)
    advice = next.advice
  }
  const restore = (found: KeptOverrides | undefined) => {
    // Faults begin to count again, but for those that all replicas count.
    faults.restore(found?.faults ?? [], found?.counted)
    if (found === undefined) return set(atStart())
    const { set: own, unset } = found.behaviours
    const behaviours = { ...without(given, (name) => unset.includes(name)), ...own }
    const { modes: standing, advice: applied = [] } = found
    set({ ...overridden(), behaviours, modes: standing, advice: applied })
  }
  if (kept !== undefined) restore(kept)

  return {
    faults,
    modes,
    behaviour: (name) => ask(name),
    behaviourAtStart: asker(profile, given),
    overrides: () => overrides,
    overridden,
    atStart,
    set,
    kept: ({ behaviours, faults: stack, modes: standing, advice: applied } = overridden()) => {
      const own = stack.filter((fault) => !faults.first().includes(fault))
      const names = new Map(faults.list().map(({ fault, name }) => [fault, name]))
      return {
        behaviours: {
          set: without(behaviours, (name, value) => given[name] === value),
          unset: Object.keys(given).filter((name) => !Object.hasOwn(behaviours, name)),
        },
        faults: own,
        ...(counts && { counted: own.map((fault) => names.get(fault) ?? counts.newName()) }),
        modes: standing,
        ...(applied.length === 0 ? {} : { advice: applied }),
      }
    },
    restore,
  }
}

function without(
  overrides: Overrides,
  isLeftOut: (name: keyof Overrides, value: unknown) => boolean,
): Overrides {
  const kept = Object.entries(overrides).filter(
    ([name, value]) => !isLeftOut(name as keyof Overrides, value),
  )
  return Object.fromEntries(kept)
}
