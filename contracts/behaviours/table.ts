/**
 * The three profiles as one table of named behaviours: everything that is configurable because the evidence leaves it
 * open or organizations differ (emulator-profiles). Code never branches on a profile's name; it asks for one behaviour.
 */
import type { Behaviour, Profile } from './behaviour.ts'
import { cloudflaredBehaviours } from './cloudflared.ts'
import { gateBehaviours } from './gate.ts'
import { loginBehaviours } from './login.ts'
import { oauthBehaviours } from './oauth.ts'
import { wireBehaviours } from './wire.ts'

export { type Behaviour, type Choice, type Profile, profiles } from './behaviour.ts'

export const behaviours = {
  ...gateBehaviours,
  ...loginBehaviours,
  ...cloudflaredBehaviours,
  ...oauthBehaviours,
  ...wireBehaviours,
} as const satisfies Record<string, Behaviour<never> | Behaviour>

export type BehaviourName = keyof typeof behaviours
export type BehaviourValue<N extends BehaviourName> =
  (typeof behaviours)[N] extends Behaviour<infer V> ? V : never

export type Overrides = { readonly [N in BehaviourName]?: BehaviourValue<N> }

/** Reads one behaviour. */
export type Ask = <N extends BehaviourName>(name: N) => BehaviourValue<N>

/** Reads the behaviours of a profile, with overrides applied. */
export function asker(profile: Profile, overrides: Overrides): Ask {
  return (name) =>
    overrides[name] ?? (behaviours[name].in[profile].value as BehaviourValue<typeof name>)
}

export function isBehaviourName(name: string): name is BehaviourName {
  return Object.hasOwn(behaviours, name)
}

/**
 * The value named by a string or JSON scalar, for `--set NAME=VALUE` and the control API.
 * Returns undefined if the behaviour has no such value.
 */
export function behaviourValue<N extends BehaviourName>(
  name: N,
  input: unknown,
): BehaviourValue<N> | undefined {
  const values: readonly (string | boolean | number)[] = behaviours[name].values
  const match = values.find((value) => value === input || String(value) === input)
  return match as BehaviourValue<N> | undefined
}
