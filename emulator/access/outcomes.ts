/** Outcomes of rules, lists and policies: four ordered values, and the algebra over them. */

/** From furthest from a match to a match. `needs_identity`: a login would decide. */
export const outcomes = ['no_match', 'not_evaluable', 'needs_identity', 'match'] as const
export type Outcome = (typeof outcomes)[number]

const rank = { no_match: 0, not_evaluable: 1, needs_identity: 2, match: 3 } as const

const opposite = {
  no_match: 'match',
  not_evaluable: 'not_evaluable',
  needs_identity: 'needs_identity',
  match: 'no_match',
} as const satisfies Record<Outcome, Outcome>

export function atLeast(outcome: Outcome, floor: Outcome): boolean {
  return rank[outcome] >= rank[floor]
}

/** The best outcome; `no_match` for an empty list. */
export function any(found: readonly Outcome[]): Outcome {
  return found.reduce<Outcome>((best, next) => (rank[next] > rank[best] ? next : best), 'no_match')
}

/** The worst outcome; `match` for an empty list. */
export function all(found: readonly Outcome[]): Outcome {
  return found.reduce<Outcome>((worst, next) => (rank[next] < rank[worst] ? next : worst), 'match')
}

/** Swaps `match` and `no_match`; undecided outcomes stay the same. */
export function not(outcome: Outcome): Outcome {
  return opposite[outcome]
}
