/** Numbers from noisy machines: own and peer by turns, the median of the ratios, and the spread beside it. */

/** @param {readonly number[]} values */
export function summary(values) {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = (sorted.length - 1) / 2
  const median = (sorted[Math.floor(middle)] + sorted[Math.ceil(middle)]) / 2
  return { median, min: sorted[0], max: sorted.at(-1) }
}

/**
 * Runs every way once a round, in an order that turns from round to round, so that a busy spell of the machine meets
 * all of them. Answers the figures of each way, one a round.
 *
 * @template T
 * @param {number} rounds
 * @param {Readonly<Record<string, () => Promise<T>>>} ways
 * @returns {Promise<Record<string, T[]>>}
 */
export async function interleaved(rounds, ways) {
  const names = Object.keys(ways)
  const figures = Object.fromEntries(names.map((name) => [name, []]))
  for (let round = 0; round < rounds; round++) {
    const order = round % 2 === 0 ? names : names.toReversed()
    for (const name of order) figures[name].push(await ways[name]())
  }
  return figures
}

/** Own over peer, pair by pair. */
export function ratios(own, peer) {
  return summary(own.map((value, index) => value / peer[index]))
}

/**
 * One line of the report.
 *
 * @param {object} row
 * @param {string} row.what
 * @param {string} row.unit of `own` and `peer`
 * @param {readonly number[]} row.own
 * @param {{ name: string, figures: readonly number[] }} row.peer
 * @param {{ of: 'ratio' | 'own', atMost?: number, atLeast?: number } | undefined} row.bar none: printed for comparison
 * @param {readonly string[]} [row.notes]
 */
export function line({ what, unit, own, peer, bar, notes = [] }) {
  const ratio = ratios(own, peer.figures)
  return {
    what,
    unit,
    own: summary(own),
    peer: { name: peer.name, ...summary(peer.figures) },
    ratio,
    pairs: own.length,
    ...(bar === undefined ? {} : judged(bar, bar.of === 'ratio' ? ratio : summary(own), unit)),
    notes,
  }
}

function judged({ of, atMost, atLeast }, { median }, unit) {
  const limit = atMost ?? atLeast
  const met = atMost === undefined ? median >= limit : median <= limit
  const by = Math.abs(median - limit) / limit
  const sign = atMost === undefined ? '>=' : '<='
  const text = of === 'ratio' ? `${sign} ${limit}x` : `${sign} ${limit} ${unit}`
  return { bar: text, met, by_percent: Math.round(by * 100) }
}

/** In place of a line that cannot be measured here. */
export function skipped(what, reason) {
  return { what, skipped: reason }
}
