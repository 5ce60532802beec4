/** A diagnosis in the order in which a report tells it: what cannot be told apart, and what one reason rules out, together. */
import type { Cause, RuledOut } from './diagnosis.ts'

/** Causes that cannot be told apart from here stand together, the likeliest first. */
export function groupsOf(causes: readonly Cause[]): readonly (readonly Cause[])[] {
  const groups: Cause[][] = []
  for (const cause of causes) {
    const own = groups.find((group) => group.some(({ id }) => cause.alike.includes(id)))
    if (own === undefined) groups.push([cause])
    else own.push(cause)
  }
  return groups
}

/** Each reason once, with all that it rules out. */
export function reasonsOf(
  ruled: readonly RuledOut[],
): readonly { readonly ids: readonly string[]; readonly because: string }[] {
  return [...new Set(ruled.map(({ because }) => because))].map((because) => ({
    ids: ruled.filter((each) => each.because === because).map(({ id }) => id),
    because,
  }))
}
