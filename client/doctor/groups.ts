/** A diagnosis in the order of the report: causes that look alike, and everything one reason rules out, together. */
import type { Cause, RuledOut } from './diagnosis.ts'

/** Groups causes that cannot be told apart from here, likeliest first. */
export function groupsOf(causes: readonly Cause[]): readonly (readonly Cause[])[] {
  const groups: Cause[][] = []
  for (const cause of causes) {
    const own = groups.find((group) => group.some(({ id }) => cause.alike.includes(id)))
    if (own === undefined) groups.push([cause])
    else own.push(cause)
  }
  return groups
}

/** Each reason once, with everything it rules out. */
export function reasonsOf(
  ruled: readonly RuledOut[],
): readonly { readonly ids: readonly string[]; readonly because: string }[] {
  return [...new Set(ruled.map(({ because }) => because))].map((because) => ({
    ids: ruled.filter((each) => each.because === because).map(({ id }) => id),
    because,
  }))
}
