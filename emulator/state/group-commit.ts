/** One writer for many: lines that wait while the disk works go out together, under one fsync. */

export interface Sink {
  write(text: string): Promise<void>
  /** Resolves once what was written survives a loss of power. */
  sync(): Promise<void>
  close(): Promise<void>
}

export interface GroupCommit {
  /** Resolves once the line is safe. After one failure everything is refused: what follows a gap means nothing. */
  append(line: string): Promise<void>
  failure(): Error | undefined
  /** Waits for what was appended. */
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
        await sink.write(group.map(({ line }) => line).join(''))
        await sink.sync()
        for (const { resolve } of group) resolve()
      } catch (error) {
        const reason = asError(error)
        failure = reason
        onFailure(reason)
        // The newest first: who takes a change back does so in the order that restores what was before.
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
        // The rest of this tick may have more.
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
