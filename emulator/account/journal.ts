/** What one account was asked and answered: a ring of the last entries. */
import type { JournalEntry, Step } from '../../contracts/control-shapes.ts'
import type { Evaluation } from './evaluation.ts'

export interface Remembered {
  readonly entry: JournalEntry
  /** What the decision was made from, so that `explain` can try what would have changed it. Never written out. */
  readonly evaluation: Evaluation | undefined
}

/** One request and its answer, without what was decided of it. */
export interface Answered extends Omit<JournalEntry, 'at' | 'verdict' | 'trail'> {
  readonly nowMs: number
  /** Why the answer is this one, where no evaluation says it. */
  readonly trail?: readonly Step[]
}

export interface Journal {
  /** With the evaluation, where the answer rests on one: verdict and trail come from there. */
  add(answered: Answered, evaluation?: Evaluation): void
  /** Oldest first. */
  list(): readonly Remembered[]
  clear(): void
}

export function createJournal(capacity = 1000): Journal {
  let ring: Remembered[] = []
  let next = 0
  return {
    add(answered, evaluation) {
      ring[next % capacity] = { entry: entryOf(answered, evaluation), evaluation }
      next += 1
    },
    list() {
      if (next <= capacity) return ring.slice()
      const cut = next % capacity
      return [...ring.slice(cut), ...ring.slice(0, cut)]
    },
    clear() {
      ring = []
      next = 0
    },
  }
}

/** In the order in which it is written out. */
function entryOf(answered: Answered, evaluation: Evaluation | undefined): JournalEntry {
  const { ray, nowMs, host, method, path, operation, status, fault, mode } = answered
  const at = new Date(nowMs).toISOString()
  const verdict = evaluation?.verdict.kind ?? null
  const trail = [...(evaluation?.verdict.trail ?? answered.trail ?? [])]
  return { ray, at, host, method, path, operation, status, verdict, trail, fault, mode }
}
