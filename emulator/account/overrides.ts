/** What tests may override in an account: its behaviours, faults and failure modes. */
import { type Ask, asker, type Overrides, type Profile } from '../../contracts/behaviours/table.ts'
import type { KeptOverrides, StandingMode } from '../state/overrides.ts'
import { createFaults, type Faults } from './faults.ts'

/** The settings that the emulator was started with. */
export interface StartSettings {
  readonly profile: Profile
  readonly overrides: Overrides
}

export interface AccountOverrides {
  readonly faults: Faults
  readonly modes: Map<string, StandingMode>
  readonly behaviour: Ask
  overrides(): Overrides
  override(overrides: Overrides): void
  /** The overrides in the form of the log of changes. */
  kept(): KeptOverrides
  /** Captures the current state. Returns the function that restores it. */
  capture(): () => void
  /** Returns to the settings at start. */
  reset(): void
}

export function createAccountOverrides(
  { profile, overrides: given }: StartSettings,
  kept?: KeptOverrides,
): AccountOverrides {
  const faults = createFaults()
  const modes = new Map<string, StandingMode>()
  let overrides = given
  let ask = asker(profile, given)
  const override = (next: Overrides) => {
    overrides = next
    ask = asker(profile, next)
  }
  const stand = (standing: readonly StandingMode[]) => {
    modes.clear()
    for (const mode of standing) modes.set(mode.id, mode)
  }
  if (kept !== undefined) {
    const { set, unset } = kept.behaviours
    override({ ...without(given, (name) => unset.includes(name)), ...set })
    faults.replace(kept.faults)
    stand(kept.modes)
  }

  return {
    faults,
    modes,
    behaviour: (name) => ask(name),
    overrides: () => overrides,
    override,
    kept: () => ({
      behaviours: {
        set: without(overrides, (name, value) => given[name] === value),
        unset: Object.keys(given).filter((name) => !Object.hasOwn(overrides, name)),
      },
      faults: faults.own(),
      modes: [...modes.values()],
    }),
    capture() {
      const before = overrides
      const stack = faults.list().map(({ fault }) => fault)
      const standing = [...modes.values()]
      return () => {
        override(before)
        faults.replace(stack)
        stand(standing)
      }
    },
    reset() {
      override(given)
      faults.reset()
      modes.clear()
    },
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
