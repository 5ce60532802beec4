/** Where replicas share the state, a handler may run again: a fault that it met before must not count it as another request. */
import { AsyncLocalStorage } from 'node:async_hooks'

interface RequestCounts {
  /** By the name of the fault: what each look at it in this request has counted. */
  readonly counts: Map<string, Promise<number>[]>
  /** How often the present run of the handler has looked. */
  readonly looks: Map<string, number>
}

const requests = new AsyncLocalStorage<RequestCounts>()

export function countingOnce<T>(serve: () => T): T {
  return requests.run({ counts: new Map(), looks: new Map() }, serve)
}

/** The handler of this request runs again, from its beginning. */
export function runsAgain(): void {
  requests.getStore()?.looks.clear()
}

export function countedOnce(name: string, count: () => Promise<number>): Promise<number> {
  const request = requests.getStore()
  if (request === undefined) return count()
  const look = request.looks.get(name) ?? 0
  request.looks.set(name, look + 1)
  const counts = request.counts.get(name) ?? []
  request.counts.set(name, counts)
  const counted = counts[look] ?? count()
  counts[look] = counted
  return counted
}
