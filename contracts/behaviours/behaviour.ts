/** A behaviour: a named choice, with a value and a grade of evidence for each profile. */
import type { Evidence } from '../evidence/evidence.ts'
import type { Sources } from '../evidence/sources.ts'

export const profiles = ['expected', 'observed', 'strict'] as const
export type Profile = (typeof profiles)[number]

type Scalar = string | boolean | number

export interface Choice<V extends Scalar = Scalar> {
  readonly value: V
  readonly evidence: Evidence
}

export interface Behaviour<V extends Scalar = Scalar> {
  readonly about: string
  readonly values: readonly V[]
  /** Entries of the evidence register. */
  readonly source: Sources
  readonly in: Readonly<Record<Profile, Choice<V>>>
}

/** Declares a row of the table. */
export function behaviour<const V extends Scalar>(
  declared: Omit<Behaviour<V>, 'in'> & {
    readonly in: Readonly<Record<Profile, readonly [NoInfer<V>, Evidence]>>
  },
): Behaviour<V> {
  const choice = ([value, evidence]: readonly [V, Evidence]): Choice<V> => ({ value, evidence })
  const { expected, observed, strict } = declared.in
  return {
    ...declared,
    in: { expected: choice(expected), observed: choice(observed), strict: choice(strict) },
  }
}

/** The same value in all three profiles. */
export function everywhere<V extends Scalar>(value: V, evidence: Evidence) {
  const pair = [value, evidence] as const
  return { expected: pair, observed: pair, strict: pair }
}

export const onOff = [true, false] as const
