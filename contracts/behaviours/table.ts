/**
 * The three profiles as one table of named behaviours: whatever is configurable because the evidence leaves it open or
 * organizations differ (emulator-profiles). Code never branches on a profile's name; it asks for one behaviour.
 */
import type { Behaviour, Profile } from './behaviour.ts'
import { gateBehaviours } from './gate.ts'
import { loginBehaviours } from './login.ts'
import { wireBehaviours } from './wire.ts'

export { type Behaviour, type Choice, type Profile, profiles } from './behaviour.ts'

export const behaviours = {
  ...gateBehaviours,
  ...loginBehaviours,
  ...wireBehaviours,
} as const satisfies Record<string, Behaviour<never> | Behaviour>

export type BehaviourName = keyof typeof behaviours
export type BehaviourValue<N extends BehaviourName> =
  (typeof behaviours)[N] extends Behaviour<infer V> ? V : never

export type Overrides = { readonly [N in BehaviourName]?: BehaviourValue<N> }

/** Reads one behaviour. */
export type Ask = <N extends BehaviourName>(name: N) => BehaviourValue<N>

/** Reads behaviours of a profile under some overrides. */
export function asker(profile: Profile, overrides: Overrides): Ask {
  return (name) =>
    overrides[name] ?? (behaviours[name].in[profile].value as BehaviourValue<typeof name>)
}

export function isBehaviourName(name: string): name is BehaviourName {
  return Object.hasOwn(behaviours, name)
}

/**
 * The value that a text or JSON scalar names, for `--set NAME=VALUE` and the control API.
 * Returns undefined where the behaviour does not take it.
 */
export function behaviourValue<N extends BehaviourName>(
  name: N,
  given: unknown,
): BehaviourValue<N> | undefined {
  const values: readonly (string | boolean | number)[] = behaviours[name].values
  const found = values.find((value) => value === given || String(value) === given)
  return found as BehaviourValue<N> | undefined
}
