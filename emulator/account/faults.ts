/** An account's stack of faults: at each site, the newest matching fault acts (emulator-faults). */
import type { Effect, Fault, SiteFacts } from '../../contracts/control/faults.ts'
import { countedOnce } from '../state/counted-once.ts'
import type { FaultCounts } from '../state/log.ts'

export interface ActiveFault {
  readonly fault: Fault
  /** How many requests matched. */
  seen: number
  /** How many requests it acted on. */
  acted: number
  /** Under which all replicas count it; undefined where this process counts alone. */
  readonly name?: string | undefined
}

export interface Acting<K extends Effect['kind'] = Effect['kind']> {
  readonly effect: Extract<Effect, { kind: K }>
  readonly fault: Fault
}

/** A promise only where replicas share the state and a fault is set, so that no other request waits. */
export type PerhapsLater<T> = T | Promise<T>

export interface Faults {
  /** The effect to apply at this site now, if the site supports its kind. `facts` is not called while there are no faults. */
  at<K extends Effect['kind']>(
    site: string,
    facts: () => SiteFacts,
    nowMs: number,
    kinds: readonly K[],
  ): PerhapsLater<Acting<K> | undefined>
  add(fault: Fault): void
  remove(fault: Fault): void
  /** Those that are there already have acted as often as before. */
  replace(faults: readonly Fault[]): void
  /** Sets those that the log has, after those from the start, under their names. */
  restore(faults: readonly Fault[], names: readonly string[] | undefined): void
  /** Sets the faults that are there from the start, below existing ones, and again after every `reset`. */
  begin(faults: readonly Fault[]): void
  /** Those from the start. */
  first(): readonly Fault[]
  list(): readonly ActiveFault[]
  /** The same, once they have what other replicas counted. */
  counted(): Promise<readonly ActiveFault[]>
}

export function createFaults(counts?: FaultCounts): Faults {
  let stack: ActiveFault[] = []
  let first: readonly Fault[] = []
  const replace = (faults: readonly Fault[]) => {
    const known = new Map(stack.map((standing) => [standing.fault, standing]))
    stack = faults.map((fault) => known.get(fault) ?? { fault, seen: 0, acted: 0 })
  }

  /** Whether it acts on the request that is counted now. The count of this replica alone, if the others' is out of reach. */
  const actsOnNext = async (
    standing: ActiveFault,
    name: string,
    { add }: FaultCounts,
  ): Promise<boolean> => {
    const n = await countedOnce(name, () => add(name).catch(() => standing.seen + 1))
    noteCount(standing, n)
    return n > standing.fault.skip && n <= lastOf(standing.fault)
  }

  const firstToAct = <K extends Effect['kind']>(
    candidates: readonly ActiveFault[],
    nowMs: number,
    kinds: readonly K[],
  ): PerhapsLater<Acting<K> | undefined> => {
    for (const [index, standing] of candidates.entries()) {
      const { fault, name } = standing
      const { effect } = fault
      if (!isOneOf(effect, kinds) || isOver(standing, nowMs)) continue
      if (counts !== undefined && name !== undefined) {
        return actsOnNext(standing, name, counts).then((acts) =>
          acts ? { effect, fault } : firstToAct(candidates.slice(index + 1), nowMs, kinds),
        )
      }
      standing.seen += 1
      if (standing.seen <= fault.skip) continue
      standing.acted += 1
      return { effect, fault }
    }
    return undefined
  }

  return {
    at(site, factsOf, nowMs, kinds) {
      if (stack.length === 0) return undefined
      const facts = factsOf()
      const candidates = stack
        .toReversed()
        .filter(({ fault }) => fault.at === site && matches(fault, facts))
      return firstToAct(candidates, nowMs, kinds)
    },
    add(fault) {
      stack.push({ fault, seen: 0, acted: 0 })
    },
    remove(fault) {
      stack = stack.filter((standing) => standing.fault !== fault)
    },
    replace,
    restore(faults, names = []) {
      const gone = stack.flatMap(({ name, seen }) =>
        name === undefined || seen === 0 || names.includes(name) ? [] : [name],
      )
      // Nothing reads them again: if this fails, they only take up room.
      if (gone.length > 0) void counts?.forget(gone).catch(() => {})
      stack = [
        ...first.map((fault) => ({ fault, seen: 0, acted: 0 })),
        ...faults.map((fault, index) => ({ fault, seen: 0, acted: 0, name: names[index] })),
      ]
    },
    begin(faults) {
      first = faults
      stack = [
        ...first.map((fault) => ({ fault, seen: 0, acted: 0 })),
        ...stack.filter(({ fault }) => !faults.includes(fault)),
      ]
    },
    first: () => first,
    list: () => stack,
    async counted() {
      const named = stack.filter(({ name }) => name !== undefined)
      if (counts === undefined || named.length === 0) return stack
      const found = await counts.of(named.flatMap(({ name }) => name ?? [])).catch(() => undefined)
      for (const standing of named) noteCount(standing, found?.get(standing.name ?? '') ?? 0)
      return stack
    },
  }
}

/** The last request that it acts on, counted from 1. */
function lastOf({ skip, times = Number.POSITIVE_INFINITY }: Fault): number {
  return skip + times
}

function noteCount(standing: ActiveFault, n: number): void {
  const { fault } = standing
  standing.seen = Math.max(standing.seen, Math.min(n, lastOf(fault)))
  standing.acted = Math.max(0, standing.seen - fault.skip)
}

function isOneOf<K extends Effect['kind']>(
  effect: Effect,
  kinds: readonly K[],
): effect is Extract<Effect, { kind: K }> {
  return kinds.some((kind) => kind === effect.kind)
}

function matches(fault: Fault, facts: SiteFacts): boolean {
  return Object.entries(fault.when).every(([name, value]) => facts[name] === value)
}

function isOver({ fault, acted }: ActiveFault, nowMs: number): boolean {
  if (fault.times !== undefined && acted >= fault.times) return true
  return fault.until !== undefined && nowMs >= Date.parse(fault.until)
}
