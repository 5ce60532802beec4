/** Reproducible decisions: the same seed and name give the same sequence. */
export interface Random {
  /** From 0 to `limit` - 1. */
  below(limit: number): number
  pick<T>(from: readonly [T, ...T[]]): T
  shuffled<T>(all: readonly T[]): T[]
}

/** @param name so that each writer decides alike, however their requests interleave */
export function createRandom(seed: number, name: string): Random {
  let state = [...name].reduce(
    (sum, letter) => Math.imul(sum ^ letter.charCodeAt(0), 16777619),
    seed,
  )
  // SplitMix32.
  const next = () => {
    state = (state + 0x9e3779b9) | 0
    let mixed = Math.imul(state ^ (state >>> 16), 0x21f0aaad)
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97)
    return (mixed ^ (mixed >>> 15)) >>> 0
  }
  const below = (limit: number) => Math.floor((next() / 2 ** 32) * limit)
  return {
    below,
    pick: (from) => from[below(from.length)] ?? from[0],
    shuffled: (all) =>
      all
        .map((each) => ({ each, at: next() }))
        .sort((a, b) => a.at - b.at)
        .map(({ each }) => each),
  }
}
