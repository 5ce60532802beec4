/** The flows of an account: what ties one request of a sign-in by a program to the next. In memory only, like the journal. */
import type { FlowStep } from '../../contracts/control/flow.ts'
import { digest } from '../world/ids.ts'

/** Which flow a request is part of. */
export interface Flow {
  readonly id: string
  readonly step: FlowStep
  /** Ids of what several flows share: requests of the client, of the application and of the account before a flow. */
  readonly after?: readonly string[]
}

/** A flow as the journal keeps it. */
export interface JournaledFlow extends Flow {
  /** The number of the request in its flow, from 1: tells how many the journal no longer has. */
  readonly nth: number
  readonly sent: FlowValues
  readonly answered: FlowValues
}

/** Parameters by name, without secrets. */
export type FlowValues = Readonly<Record<string, string>>

export interface Flows {
  /** A later request with this value continues the flow. Only the value's digest is kept. */
  lead(value: string, id: string): void
  /** The flow that a value leads to. */
  ledBy(value: string | undefined): string | undefined
  /** The number of the next request of a flow. */
  next(id: string): number
  clear(): void
}

/** @param capacity how many values and flows to keep; beyond that, the oldest are dropped */
export function createFlows(capacity = 4000): Flows {
  const leading = new Map<string, string>()
  const counts = new Map<string, number>()
  const keep = <T>(kept: Map<string, T>, key: string, one: T) => {
    kept.delete(key)
    kept.set(key, one)
    const [oldest] = kept.keys()
    if (kept.size > capacity && oldest !== undefined) kept.delete(oldest)
  }
  return {
    lead: (value, id) => keep(leading, digest(value), id),
    ledBy(value) {
      // Most emulators see no such flow, and need no digest of every token.
      if (value === undefined || leading.size === 0) return undefined
      return leading.get(digest(value))
    },
    next(id) {
      const nth = (counts.get(id) ?? 0) + 1
      keep(counts, id, nth)
      return nth
    },
    clear() {
      leading.clear()
      counts.clear()
    },
  }
}
