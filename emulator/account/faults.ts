/** An account's stack of faults: at each site, the newest matching fault acts (emulator-faults). */
import type { Effect, Fault, SiteFacts } from '../../contracts/faults.ts'

export interface ActiveFault {
  readonly fault: Fault
  /** How many requests matched. */
  seen: number
  /** How many requests it acted on. */
  acted: number
}

export interface Acting<K extends Effect['kind'] = Effect['kind']> {
  readonly effect: Extract<Effect, { kind: K }>
  readonly fault: Fault
}

export interface Faults {
  /** The effect to apply at this site now, if the site supports its kind. `facts` is not called while there are no faults. */
  at<K extends Effect['kind']>(
    site: string,
    facts: () => SiteFacts,
    nowMs: number,
    kinds: readonly K[],
  ): Acting<K> | undefined
  add(fault: Fault): void
  remove(fault: Fault): void
  /** Those that are there already have acted as often as before. */
  replace(faults: readonly Fault[]): void
  /** Sets the faults that are there from the start, below existing ones, and again after every `reset`. */
  begin(faults: readonly Fault[]): void
  /** Those from the start. */
  first(): readonly Fault[]
  list(): readonly ActiveFault[]
}

export function createFaults(): Faults {
  let stack: ActiveFault[] = []
  let first: readonly Fault[] = []
  const replace = (faults: readonly Fault[]) => {
    const known = new Map(stack.map((standing) => [standing.fault, standing]))
    stack = faults.map((fault) => known.get(fault) ?? { fault, seen: 0, acted: 0 })
  }
  return {
    at(site, factsOf, nowMs, kinds) {
      if (stack.length === 0) return undefined
      const facts = factsOf()
      for (const standing of stack.toReversed()) {
        const { fault } = standing
        const { effect } = fault
        if (fault.at !== site || !isOneOf(effect, kinds)) continue
        if (!matches(fault, facts) || isOver(standing, nowMs)) continue
        standing.seen += 1
        if (standing.seen <= fault.skip) continue
        standing.acted += 1
        return { effect, fault }
      }
      return undefined
    },
    add(fault) {
      stack.push({ fault, seen: 0, acted: 0 })
    },
    remove(fault) {
      stack = stack.filter((standing) => standing.fault !== fault)
    },
    replace,
    begin(faults) {
      first = faults
      replace([...first, ...stack.map(({ fault }) => fault)])
    },
    first: () => first,
    list: () => stack,
  }
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
