/** A durable log that says how long its appends take, once anyone asks. */
import type { DurableLog } from './durable-log.ts'
import { type CommitTimer, Outrun } from './log.ts'

export function timedLog<L extends DurableLog>(log: L): L {
  let start: CommitTimer | undefined
  return {
    ...log,
    append(record) {
      const end = start?.()
      const stored = log.append(record)
      if (end !== undefined) {
        stored?.then(
          () => end('stored'),
          (error) => end(error instanceof Outrun ? 'outrun' : 'failed'),
        )
      }
      return stored
    },
    observe(timer: CommitTimer) {
      start = timer
    },
  }
}
