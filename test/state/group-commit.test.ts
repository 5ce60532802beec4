/** Many writers, one fsync: the guarantees of the log's writer, on a disk controlled by the test. */
import { describe, expect, test } from 'vitest'
import { createGroupCommit } from '../../emulator/state/file/group-commit.ts'

/** A disk that syncs when told to. */
function slowDisk() {
  const events: string[] = []
  const pending: (() => void)[] = []
  let broken: Error | undefined
  return {
    events,
    breakWith(error: Error) {
      broken = error
    },
    async finishSync() {
      await turn()
      pending.shift()?.()
      await turn()
    },
    sink: {
      write(text: string) {
        if (broken !== undefined) throw broken
        events.push(`write ${text}`)
      },
      sync: () =>
        new Promise<void>((resolve) => {
          events.push('sync')
          pending.push(resolve)
        }),
      async close() {
        events.push('close')
      },
    },
  }
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

function watched(promise: Promise<void>) {
  const seen = { state: 'pending' }
  promise.then(
    () => {
      seen.state = 'safe'
    },
    () => {
      seen.state = 'refused'
    },
  )
  return seen
}

describe('Lines of a log', () => {
  test('are acknowledged after the fsync, not before', async () => {
    const disk = slowDisk()
    const log = createGroupCommit(disk.sink, () => {})
    const line = watched(log.append('a'))
    await turn()
    expect(disk.events).toEqual(['write a', 'sync'])
    expect(line.state).toBe('pending')
    await disk.finishSync()
    expect(line.state).toBe('safe')
  })

  test('that come while the disk works share the next fsync, in their order', async () => {
    const disk = slowDisk()
    const log = createGroupCommit(disk.sink, () => {})
    const first = watched(log.append('a'))
    await turn()
    const later = ['b', 'c', 'd'].map((text) => watched(log.append(text)))
    await disk.finishSync()
    expect(first.state).toBe('safe')
    expect(later.map(({ state }) => state)).toEqual(['pending', 'pending', 'pending'])
    await disk.finishSync()
    expect(later.map(({ state }) => state)).toEqual(['safe', 'safe', 'safe'])
    expect(disk.events).toEqual(['write a', 'sync', 'write bcd', 'sync'])
  })

  test('of one moment go out together', async () => {
    const disk = slowDisk()
    const log = createGroupCommit(disk.sink, () => {})
    const lines = ['a', 'b', 'c'].map((text) => watched(log.append(text)))
    await disk.finishSync()
    expect(disk.events).toEqual(['write abc', 'sync'])
    expect(lines.map(({ state }) => state)).toEqual(['safe', 'safe', 'safe'])
  })

  test('are refused after the first failure, including waiting ones, and it is reported once', async () => {
    const disk = slowDisk()
    const told: string[] = []
    const log = createGroupCommit(disk.sink, ({ message }) => told.push(message))
    const good = watched(log.append('a'))
    await turn()
    const taken: string[] = []
    for (const line of ['b', 'c']) log.append(line).catch(() => taken.push(line))
    disk.breakWith(new Error('no space'))
    await disk.finishSync()
    expect(good.state).toBe('safe')
    // The newest first, so that changes can be taken back in order.
    expect(taken).toEqual(['c', 'b'])
    expect(log.failure()?.message).toBe('no space')
    await expect(log.append('c')).rejects.toThrow('no space')
    expect(told).toEqual(['no space'])
    expect(disk.events).toEqual(['write a', 'sync'])
  })

  test('are waited for when the log is closed', async () => {
    const disk = slowDisk()
    const log = createGroupCommit(disk.sink, () => {})
    const line = watched(log.append('a'))
    const closing = log.close()
    await disk.finishSync()
    await closing
    expect(line.state).toBe('safe')
    expect(disk.events.at(-1)).toBe('close')
  })
})
