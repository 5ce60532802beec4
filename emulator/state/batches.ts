/** What arrives while a write is under way is written together, in the next one. */

export interface Waiting<T> {
  readonly item: T
  readonly resolve: () => void
  readonly reject: (error: Error) => void
}

export interface Batches<T> {
  /** Resolves or rejects as the write of its batch decides. */
  add(item: T): Promise<void>
  /** Removes those that no write has begun with. */
  takeWaiting(): readonly Waiting<T>[]
  /** Waits for all that were added. */
  settled(): Promise<void>
}

/** @param write decides on each of a batch, and never rejects */
export function createBatches<T>(
  write: (batch: readonly Waiting<T>[]) => Promise<void>,
): Batches<T> {
  let waiting: Waiting<T>[] = []
  let writing: Promise<void> | undefined

  const takeWaiting = () => {
    const taken = waiting
    waiting = []
    return taken
  }

  const writeAll = async () => {
    while (waiting.length > 0) await write(takeWaiting())
    writing = undefined
  }

  return {
    add(item) {
      return new Promise((resolve, reject) => {
        waiting.push({ item, resolve, reject })
        // Later in this tick, more may arrive.
        writing ??= Promise.resolve().then(writeAll)
      })
    },
    takeWaiting,
    async settled() {
      await writing
    },
  }
}
