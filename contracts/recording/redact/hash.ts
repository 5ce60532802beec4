/** Rolling hashes: after one pass over a text, the hash of any part takes a few steps, whatever its length. */

export interface RollingHash {
  /** Equal parts have equal hashes; a collision has a probability of about one in 2^51. */
  of(at: number, length: number): number
}

/** Two primes below 2^26, so that products of remainders stay exact. */
const first = 67_108_859
const second = 67_108_837
const [base, otherBase] = [31_415_927, 27_182_819]

/** Powers of both bases, computed as far as needed. */
let powers = { length: 1, of: Int32Array.of(1), other: Int32Array.of(1) }

function modulo(value: number, prime: number): number {
  return value - Math.floor(value / prime) * prime
}

export function createRollingHash(text: string): RollingHash {
  const size = text.length + 1
  const one = new Int32Array(size)
  const two = new Int32Array(size)
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at) + 1
    one[at + 1] = modulo((one[at] ?? 0) * base + code, first)
    two[at + 1] = modulo((two[at] ?? 0) * otherBase + code, second)
  }
  const known = powersTo(size)
  return {
    of(at, length) {
      const end = at + length
      const a = (one[end] ?? 0) - modulo((one[at] ?? 0) * (known.of[length] ?? 0), first)
      const b = (two[end] ?? 0) - modulo((two[at] ?? 0) * (known.other[length] ?? 0), second)
      return (a < 0 ? a + first : a) * 2 ** 26 + (b < 0 ? b + second : b)
    },
  }
}

/** The hashes of a text's prefixes; `lengths` must be ascending. */
export function hashesOf(text: string, lengths: readonly number[]): readonly number[] {
  const hashes: number[] = []
  let [one, two, at] = [0, 0, 0]
  for (const length of lengths) {
    for (; at < length; at += 1) {
      const code = text.charCodeAt(at) + 1
      one = modulo(one * base + code, first)
      two = modulo(two * otherBase + code, second)
    }
    hashes.push(one * 2 ** 26 + two)
  }
  return hashes
}

function powersTo(size: number): typeof powers {
  if (powers.length >= size) return powers
  const length = Math.max(size, powers.length * 2, 1024)
  const of = new Int32Array(length)
  const other = new Int32Array(length)
  of.set(powers.of)
  other.set(powers.other)
  for (let at = powers.length; at < length; at += 1) {
    of[at] = modulo((of[at - 1] ?? 0) * base, first)
    other[at] = modulo((other[at - 1] ?? 0) * otherBase, second)
  }
  powers = { length, of, other }
  return powers
}
