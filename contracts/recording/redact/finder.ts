/**
 * Finds thousands of known values in one pass over a text; a regular expression of them all would try each one at each
 * position. The longest match at a position takes as many steps as its length has bits, however many share a prefix.
 */
import { createRollingHash, hashesOf, type RollingHash } from './hash.ts'

/** Shorter values cannot be found. */
export const leastFound = 6

export interface Finder {
  /** `variant` is a form of `value`. If two values share a variant, the first one counts. */
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
 * A prefix of variants. For a variant of 13 characters these are its first 8, 12 and 13: taking the bits of the length
 * from the highest down, each look-up settles one bit.
 */
interface Beginning {
  readonly length: number
  /** The variant that ends here. */
  whole?: Variant
  /** The longest variant that is a prefix of this one, as of `version`. */
  within?: Variant | undefined
  version?: number
}

export function createFinder(): Finder {
  const beginnings = new Map<number, Beginning>()
  /** By the first six characters: the highest bit of the length of the longest variant that starts with them. */
  const heads = new Map<string, number>()
  /** Whether any variant starts like this: rules out most positions in a text cheaply. */
  const filter = new Uint8Array(1 << 16)
  let version = 0

  /** The longest prefix at a position that look-ups lead to: every variant found there is a prefix of it. */
  function lift(hash: RollingHash, at: number, limit: number, highest: number) {
    let found: Beginning | undefined
    for (let bit = highest; bit > 0; bit >>>= 1) {
      const length = (found?.length ?? 0) + bit
      if (length > limit) continue
      const next = beginnings.get(hash.of(at, length))
      if (next?.length === length) found = next
    }
    return found
  }

  function longestAt(hash: RollingHash, at: number, highest: number, left: number) {
    const passed: Beginning[] = []
    let limit = left
    let longest: Variant | undefined
    for (;;) {
      const found = lift(hash, at, limit, highest)
      longest = found?.whole ?? (found?.version === version ? found.within : undefined)
      if (found === undefined || found.whole !== undefined || found.version === version) break
      passed.push(found)
      limit = found.length - 1
    }
    for (const each of passed) Object.assign(each, { within: longest, version })
    return longest
  }

  function* matches(text: string): Generator<Variant & { readonly at: number }> {
    let hash: RollingHash | undefined
    for (let at = 0; at + leastFound <= text.length; at += 1) {
      if (filter[filterOf(text, at)] === 0) continue
      const highest = heads.get(text.slice(at, at + leastFound))
      if (highest === undefined) continue
      hash ??= createRollingHash(text)
      const found = longestAt(hash, at, highest, text.length - at)
      if (found === undefined || !text.startsWith(found.variant, at)) continue
      yield { ...found, at }
      at += found.variant.length - 1
    }
  }

  return {
    add(variant, value) {
      if (variant.length < leastFound) return
      const { length } = variant
      const highest = 2 ** (31 - Math.clz32(length))
      const lengths: number[] = []
      for (let bit = highest, end = 0; bit > 0; bit >>>= 1) {
        if ((length & bit) !== 0) {
          end += bit
          lengths.push(end)
        }
      }
      const keys = hashesOf(variant, lengths)
      for (const [index, key] of keys.entries()) {
        if (!beginnings.has(key)) beginnings.set(key, { length: lengths[index] ?? 0 })
      }
      const last = beginnings.get(keys.at(-1) ?? 0)
      if (last === undefined || last.whole !== undefined) return
      last.whole = { variant, value }
      version += 1
      const head = variant.slice(0, leastFound)
      heads.set(head, Math.max(heads.get(head) ?? 0, highest))
      filter[filterOf(variant, 0)] = 1
    },
    replace(text, change) {
      const replaced: string[] = []
      let end = 0
      for (const { at, variant, value } of matches(text)) {
        replaced.push(text.slice(end, at), change(value))
        end = at + variant.length
      }
      return end === 0 ? text : replaced.join('') + text.slice(end)
    },
    in: (text) => [...new Set([...matches(text)].map(({ value }) => value))],
  }
}

/** A small hash of four characters. */
function filterOf(text: string, at: number): number {
  const pair = text.charCodeAt(at) * 8191 + text.charCodeAt(at + 1) * 521
  return (pair + text.charCodeAt(at + 2) * 31 + text.charCodeAt(at + 3)) & 0xffff
}
