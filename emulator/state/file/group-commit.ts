/** Group commit: lines that arrive while the disk is busy are written together, with one fsync. */
import { asError } from '../../world/error-code.ts'
import { createBatches } from '../batches.ts'

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

export function createGroupCommit(sink: Sink, onFailure: (error: Error) => void): GroupCommit {
  let failure: Error | undefined

  const lines = createBatches<string>(async (batch) => {
    try {
      sink.write(batch.map(({ item }) => item).join(''))
      await sink.sync()
      for (const { resolve } of batch) resolve()
    } catch (error) {
      const reason = asError(error)
      failure = reason
      onFailure(reason)
      // Newest first, so that changes are undone in the reverse order.
      const lost = [...batch, ...lines.takeWaiting()].reverse()
      for (const { reject } of lost) reject(reason)
    }
  })

  return {
    append: (line) => (failure === undefined ? lines.add(line) : Promise.reject(failure)),
    failure: () => failure,
    async close() {
      await lines.settled()
      await sink.close()
    },
  }
}
