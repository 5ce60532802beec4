/** What one account was asked and answered: a ring of the last entries. */
import type { JournalEntry } from '../../contracts/control.ts'

export interface Journal {
  add(entry: JournalEntry): void
  list(): readonly JournalEntry[]
  clear(): void
}

export function createJournal(capacity = 1000): Journal {
  let entries: JournalEntry[] = []
  let next = 0
  return {
    add(entry) {
      entries[next % capacity] = entry
      next += 1
    },
    list() {
      if (next <= capacity) return entries.slice()
      const cut = next % capacity
      return [...entries.slice(cut), ...entries.slice(0, cut)]
    },
    clear() {
      entries = []
      next = 0
    },
  }
}
