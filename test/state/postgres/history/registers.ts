/**
 * Whether the history of a register is linearizable. Because written values are unique, each read belongs to one write, and
 * it suffices to compare the writes by pairs: P. B. Gibbons and E. Korach, "Testing Shared Memories", SIAM J. Comput. 26(4),
 * 1997, section 4.1.
 */
import { precedes, type RegisterOperation, type Violation } from './history.ts'

/** A value, with the operations that wrote and returned it. */
interface Cluster {
  readonly value: string
  /** Undefined for the initial value. */
  readonly write: RegisterOperation | undefined
  readonly reads: readonly RegisterOperation[]
  /** From here on the value has certainly been written, as `first` shows. */
  readonly known: number
  readonly first: RegisterOperation | undefined
  /** Up to here it has certainly not been replaced for good, as `last` shows. */
  readonly needed: number
  readonly last: RegisterOperation | undefined
}

export function checkRegister(
  key: string,
  initial: string,
  operations: readonly RegisterOperation[],
): Violation[] {
  const done = operations.filter(({ kind, outcome }) => kind === 'write' || outcome === 'ok')
  const writes = new Map<string, RegisterOperation>()
  const reads = new Map<string, RegisterOperation[]>([[initial, []]])
  for (const operation of done) {
    const { kind, value } = operation
    if (kind === 'read') reads.set(value, [...(reads.get(value) ?? []), operation])
    else if (writes.has(value) || value === initial) throw new Error(`${value} is written twice.`)
    else writes.set(value, operation)
  }
  const impossible = [...reads].flatMap(([value, seen]) =>
    value === initial ? [] : seen.flatMap((read) => fromNowhere(key, read, writes.get(value))),
  )
  if (impossible.length > 0) return impossible

  const values = new Set([initial, ...reads.keys(), ...writes.keys()])
  const clusters = [...values].flatMap((value) => {
    const write = writes.get(value)
    const seen = reads.get(value) ?? []
    // Without a read, a write that may not have happened contradicts nothing.
    const isCertain = write === undefined || write.outcome === 'ok' || seen.length > 0
    return isCertain ? [clusterOf(value, write, seen)] : []
  })
  // Of two that contradict each other, one must be known before it is needed for the last time.
  const lasting = clusters.filter(({ known, needed }) => known < needed)
  return lasting.flatMap((one) =>
    clusters
      .filter((other) => other !== one && one.known < other.needed && other.known < one.needed)
      // Each pair of lasting values once.
      .filter((other) => !lasting.includes(other) || one.value < other.value)
      .map((other) => contradiction(key, one, other)),
  )
}

function clusterOf(
  value: string,
  write: RegisterOperation | undefined,
  reads: readonly RegisterOperation[],
): Cluster {
  const certain = write === undefined || write.outcome !== 'ok' ? reads : [write, ...reads]
  const all = write === undefined ? reads : [write, ...reads]
  const first = certain.toSorted((a, b) => a.returned - b.returned)[0]
  const last = all.toSorted((a, b) => b.invoked - a.invoked)[0]
  const isInitial = write === undefined
  return {
    ...{ value, write, reads, last },
    first: isInitial ? undefined : first,
    known: isInitial ? Number.NEGATIVE_INFINITY : (first?.returned ?? Number.POSITIVE_INFINITY),
    needed: last?.invoked ?? Number.NEGATIVE_INFINITY,
  }
}

function fromNowhere(
  key: string,
  read: RegisterOperation,
  write: RegisterOperation | undefined,
): Violation[] {
  const { value, client } = read
  if (write === undefined) {
    const sentence = `${client} read ${value}, which nobody wrote.`
    return [{ kind: 'value from nowhere', key, sentence, proof: [read] }]
  }
  if (precedes(read, write)) {
    const sentence = `${client} read ${value} before ${write.client} began to write it.`
    return [{ kind: 'value from nowhere', key, sentence, proof: [read, write] }]
  }
  if (write.outcome !== 'refused') return []
  const sentence = `${client} read ${value}, but its write was refused (${write.answer}).`
  return [{ kind: 'refused, but done', key, sentence, proof: [write, read] }]
}

/** Two values, each of which was there before an operation on the other began. */
function contradiction(key: string, one: Cluster, other: Cluster): Violation {
  const [older, newer] = isOlder(one, other) ? [one, other] : [other, one]
  const { first, write } = newer
  const stale = older.last
  const proof = [older.first, write, first, newer.last, stale].filter(
    (each, index, all) => each !== undefined && all.indexOf(each) === index,
  )
  const sorted = proof.flatMap((each) => each ?? []).sort((a, b) => a.invoked - b.invoked)
  const read = `${stale?.client} read ${older.value} at ${stale?.replica} (invoked at ${stale?.invoked.toFixed(2)})`
  if (newer.reads.length === 0) {
    const sentence = `The write of ${newer.value} by ${write?.client} was acknowledged at ${write?.returned.toFixed(2)} and never seen; later ${read}.`
    return { kind: 'lost write', key, sentence, proof: sorted }
  }
  const saw = first === write ? 'had its write acknowledged' : `read it at ${first?.replica}`
  const sentence = `${read}, although ${newer.value} was newer: ${first?.client} ${saw} at ${first?.returned.toFixed(2)}.`
  return { kind: 'stale read', key, sentence, proof: sorted }
}

/** By the order of their writes; if those were concurrent, the one that is read last is taken to be the older one. */
function isOlder(one: Cluster, other: Cluster): boolean {
  if (one.write === undefined || other.write === undefined) return one.write === undefined
  if (precedes(one.write, other.write)) return true
  if (precedes(other.write, one.write)) return false
  return one.last?.kind === 'read' && one.needed > other.needed
}
