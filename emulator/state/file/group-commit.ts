/** Group commit: lines that arrive while the disk is busy are written together, with one fsync. */

export interface Sink {
  /** Into the system's cache, which takes microseconds: another thread would cost more. */
  write(text: string): void
  /** Resolves once everything written would survive a power failure. */
  sync(): Promise<void>
  close(): Promise<void>
}

export interface GroupCommit {
  /** Resolves once the line is on disk. After a failure, refuses everything: lines after a gap would be meaningless. */
  append(line: string): Promise<void>
  failure(): Error | undefined
  /** Waits for all appended lines. */
  close(): Promise<void>
}

interface PendingAppend {
  readonly line: string
  readonly resolve: () => void
  readonly reject: (error: Error) => void
}

export function createGroupCommit(sink: Sink, onFailure: (error: Error) => void): GroupCommit {
  let waiting: PendingAppend[] = []
  let writing: Promise<void> | undefined
  let failure: Error | undefined

  async function writeAll(): Promise<void> {
    while (waiting.length > 0) {
      const group = waiting
      waiting = []
      try {
        sink.write(group.map(({ line }) => line).join(''))
        await sink.sync()
        for (const { resolve } of group) resolve()
      } catch (error) {
        const reason = asError(error)
        failure = reason
        onFailure(reason)
        // Newest first, so that changes are undone in the reverse order.
        const lost = [...group, ...waiting].reverse()
        waiting = []
        for (const { reject } of lost) reject(reason)
      }
    }
    writing = undefined
  }

  return {
    append(line) {
      if (failure !== undefined) return Promise.reject(failure)
      return new Promise((resolve, reject) => {
        waiting.push({ line, resolve, reject })
        // Later in this tick, more lines may arrive.
        writing ??= Promise.resolve().then(writeAll)
      })
    },
    failure: () => failure,
    async close() {
      await writing
      await sink.close()
    },
  }
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error))
}
