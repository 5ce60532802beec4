/** One change of an account at a time: those that come meanwhile are told, one after the other, to look again. */
import { Outrun } from './log.ts'

export interface Turns {
  /** Undefined if it is free, and now taken. Otherwise a promise that rejects with `Outrun` once it is this one's turn to look again. */
  take(keys: readonly string[]): Promise<never> | undefined
  /** Ends the turn of those who took these keys. */
  end(keys: readonly string[]): void
}

export function createTurns(): Turns {
  const taken = new Set<string>()
  const waiting = new Map<string, (() => void)[]>()

  const wake = (key: string) => {
    if (taken.has(key)) return
    const queue = waiting.get(key)
    const next = queue?.shift()
    if (queue?.length === 0) waiting.delete(key)
    if (next === undefined) return
    next()
    // It may decide to change nothing: then nobody would wake those behind it.
    setImmediate(wake, key)
  }

  return {
    take(keys) {
      const busy = keys.find((key) => taken.has(key))
      if (busy === undefined) {
        for (const key of keys) taken.add(key)
        return undefined
      }
      const queue = waiting.get(busy) ?? []
      waiting.set(busy, queue)
      return new Promise((_resolve, reject) => queue.push(() => reject(new Outrun())))
    },
    end(keys) {
      for (const key of keys) taken.delete(key)
      for (const key of keys) wake(key)
    },
  }
}
