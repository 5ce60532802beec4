/** How much an object takes up. */

const known = new WeakMap<object, number>()

/**
 * Bytes of its JSON, and of a comma after it: so the rows of a snapshot weigh about what its text does. Measured once: rows, and
 * what an account overrides, never change.
 */
export function weightOf(value: object): number {
  const before = known.get(value)
  if (before !== undefined) return before
  const weight = Buffer.byteLength(JSON.stringify(value)) + 1
  known.set(value, weight)
  return weight
}
