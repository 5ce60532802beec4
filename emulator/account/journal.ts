/** What one account was asked and answered: a ring of the last entries. */
import type { JournalEntry } from '../../contracts/control-shapes.ts'
import type { Evaluation } from './evaluate.ts'

export interface Remembered {
  readonly entry: JournalEntry
  /** What the decision was made from, so that `explain` can try what would have changed it. Never written out. */
  readonly evaluation: Evaluation | undefined
}

export interface Journal {
  add(entry: JournalEntry, evaluation?: Evaluation): void
  /** Oldest first. */
  list(): readonly Remembered[]
  clear(): void
}

export function createJournal(capacity = 1000): Journal {
  let ring: Remembered[] = []
  let next = 0
  return {
    add(entry, evaluation) {
      ring[next % capacity] = { entry, evaluation }
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
