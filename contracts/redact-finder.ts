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

export function createFinder(): Finder {
  /** By their first characters, the longest first. */
  const byHead = new Map<string, readonly Variant[]>()
  /** Whether any begins so: most places in a text are passed over by this alone. */
  const beginnings = new Uint8Array(1 << 16)

  function* matches(text: string): Generator<Variant & { readonly at: number }> {
    for (let at = 0; at + leastFound <= text.length; at += 1) {
      if (beginnings[beginning(text, at)] === 0) continue
      const here = byHead.get(text.slice(at, at + leastFound))
      const found = here?.find(({ variant }) => text.startsWith(variant, at))
      if (found === undefined) continue
      yield { ...found, at }
      at += found.variant.length - 1
    }
  }

  return {
    add(variant, value) {
      if (variant.length < leastFound) return
      const head = variant.slice(0, leastFound)
      const before = byHead.get(head) ?? []
      if (before.some((each) => each.variant === variant)) return
      beginnings[beginning(variant, 0)] = 1
      const all = [...before, { variant, value }]
      byHead.set(
        head,
        all.sort((a, b) => b.variant.length - a.variant.length),
      )
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
