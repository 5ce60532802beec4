/** Finds thousands of known values in one pass over a text: a regular expression of them all would try each at each place. */

/** Shorter values cannot be found. */
export const leastFound = 6

export interface Finder {
  /** `value` is meant wherever `variant` stands. Of two values with one variant the first is meant. */
  add(variant: string, value: string): void
  replace(text: string, change: (value: string) => string): string
  /** The values that stand in the text. */
  in(text: string): readonly string[]
}

interface Variant {
  readonly variant: string
  readonly value: string
}

/**
 * Variants whose first six characters are the same, as those of all JWTs are: found by a longer beginning of which each
 * length is twice the one before.
 */
interface Group {
  /** Of the beginnings, the longest first. */
  readonly lengths: number[]
  /** The longest variant first. */
  readonly byBeginning: Map<string, Variant[]>
}

const longestBeginning = 768

function lengthOfBeginning({ length }: string): number {
  let found = leastFound
  while (found * 2 <= length && found < longestBeginning) found *= 2
  return found
}

function longestAt({ lengths, byBeginning }: Group, text: string, at: number) {
  for (const length of lengths) {
    const found = byBeginning
      .get(text.slice(at, at + length))
      ?.find(({ variant }) => text.startsWith(variant, at))
    if (found !== undefined) return found
  }
  return undefined
}

export function createFinder(): Finder {
  const byHead = new Map<string, Group>()
  /** Whether any begins so: most places in a text are passed over by this alone. */
  const beginnings = new Uint8Array(1 << 16)

  function groupOf(head: string): Group {
    const before = byHead.get(head)
    if (before !== undefined) return before
    const group: Group = { lengths: [], byBeginning: new Map() }
    byHead.set(head, group)
    return group
  }

  function* matches(text: string): Generator<Variant & { readonly at: number }> {
    for (let at = 0; at + leastFound <= text.length; at += 1) {
      if (beginnings[beginning(text, at)] === 0) continue
      const here = byHead.get(text.slice(at, at + leastFound))
      const found = here === undefined ? undefined : longestAt(here, text, at)
      if (found === undefined) continue
      yield { ...found, at }
      at += found.variant.length - 1
    }
  }

  return {
    add(variant, value) {
      if (variant.length < leastFound) return
      const { lengths, byBeginning } = groupOf(variant.slice(0, leastFound))
      const length = lengthOfBeginning(variant)
      if (!lengths.includes(length)) lengths.push(length)
      lengths.sort((a, b) => b - a)
      const same = byBeginning.get(variant.slice(0, length)) ?? []
      byBeginning.set(variant.slice(0, length), same)
      if (same.some((each) => each.variant === variant)) return
      beginnings[beginning(variant, 0)] = 1
      same.push({ variant, value })
      same.sort((a, b) => b.variant.length - a.variant.length)
    },
    replace(text, change) {
      let replaced = ''
      let end = 0
      for (const { at, variant, value } of matches(text)) {
        replaced += text.slice(end, at) + change(value)
        end = at + variant.length
      }
      return end === 0 ? text : replaced + text.slice(end)
    },
    in: (text) => [...new Set([...matches(text)].map(({ value }) => value))],
  }
}

/** A small number for the first four characters. */
function beginning(text: string, at: number): number {
  const pair = text.charCodeAt(at) * 8191 + text.charCodeAt(at + 1) * 521
  return (pair + text.charCodeAt(at + 2) * 31 + text.charCodeAt(at + 3)) & 0xffff
}
