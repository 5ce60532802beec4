/** One look at a time, for any number of callers. */

export interface Afresh<T> {
  /** Resolves to the result of a look that begins after the call. */
  run(): Promise<T>
  /** Waits for those that are asked for. */
  settled(): Promise<void>
}

export function afresh<T>(look: () => Promise<T>): Afresh<T> {
  let running: Promise<T> | undefined
  let next: Promise<T> | undefined
  const begin = () => {
    next = undefined
    running = look().finally(() => {
      running = undefined
    })
    return running
  }
  return {
    run() {
      next ??= Promise.resolve(running).then(begin, begin)
      return next
    },
    async settled() {
      await Promise.allSettled([running, next])
    },
  }
}
