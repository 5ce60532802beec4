/**
 * Compares two normalised values: what is missing, extra or different. References may differ as long as identity is
 * preserved.
 */
import { isObject } from '../../contracts/declaration/json.ts'

export interface ValueDifference {
  readonly kind: 'missing' | 'extra' | 'changed'
  /** `body.result.policies[0].name` */
  readonly at: string
  readonly before?: unknown
  readonly after?: unknown
}

/** Maps the references of one report to those of the other. */
export interface Identities {
  /** Whether the two texts are equivalent; remembers the references this matches. */
  sameText(before: string, after: string): boolean
  /** References that were matched for the first time since the last call. */
  matched(): readonly (readonly [before: string, after: string])[]
}

const reference = /(<[\w ]+:\d+>)/
/** Whether two events fall within the same second is chance. */
const byChance = /^<(time\d*|date|ip):/

export function createIdentities(): Identities {
  const there = new Map<string, string>()
  const back = new Map<string, string>()
  let fresh: (readonly [string, string])[] = []

  function fits(before: string, after: string): boolean {
    if (areAlike(before, after)) return true
    if (kindOf(before) !== kindOf(after)) return false
    if (byChance.test(before)) return true
    return (there.get(before) ?? after) === after && (back.get(after) ?? before) === before
  }

  return {
    sameText(before, after) {
      const [ours, theirs] = [before.split(reference), after.split(reference)]
      const pairs = ours.map((part, index) => [part, theirs[index] ?? ''] as const)
      const isSame =
        ours.length === theirs.length &&
        pairs.every(([one, other], index) => (index % 2 === 0 ? one === other : fits(one, other)))
      if (!isSame) return false
      for (const [one, other] of pairs.filter((_, index) => index % 2 === 1)) {
        if (byChance.test(one) || there.has(one)) continue
        there.set(one, other)
        back.set(other, one)
        fresh.push([one, other])
      }
      return true
    },
    matched() {
      const given = fresh
      fresh = []
      return given
    },
  }
}

/**
 * Two times whose formats may be the same: if a server strips trailing zeros of a fraction, the number of decimals is
 * chance, unless there are six.
 */
function areAlike(before: string, after: string): boolean {
  const [one, other] = [before, after].map((text) => {
    const [, decimals] = /^<time(\d*):/.exec(text) ?? []
    return decimals === undefined ? undefined : Number(decimals)
  })
  if (one === undefined || other === undefined) return false
  return (one > 0 && other > 0) || Math.max(one, other) < 6
}

function kindOf(text: string): string {
  return text.slice(0, text.lastIndexOf(':'))
}

/** `shape`: only field names and types, lists as wholes; for data that belongs to the account. */
export type Depth = 'values' | 'shape'

export function compare(
  before: unknown,
  after: unknown,
  { at, depth, identities }: { at: string; depth: Depth; identities: Identities },
): ValueDifference[] {
  const deeper = (one: unknown, other: unknown, place: string) =>
    compare(one, other, { at: place, depth, identities })
  if (Array.isArray(before) && Array.isArray(after)) {
    if (depth === 'shape') {
      if (before.length === 0 || after.length === 0) return []
      return deeper(union(before), union(after), `${at}[]`)
    }
    const length = Math.max(before.length, after.length)
    return Array.from({ length }, (_, index) => index).flatMap((index): ValueDifference[] => {
      const place = `${at}[${index}]`
      if (index >= after.length) return [{ kind: 'missing', at: place, before: before[index] }]
      if (index >= before.length) return [{ kind: 'extra', at: place, after: after[index] }]
      return deeper(before[index], after[index], place)
    })
  }
  if (isObject(before) && isObject(after)) {
    const names = new Set([...Object.keys(before), ...Object.keys(after)])
    return [...names].flatMap((name): ValueDifference[] => {
      const place = at === '' ? name : `${at}.${name}`
      if (!Object.hasOwn(after, name)) return [{ kind: 'missing', at: place, before: before[name] }]
      if (!Object.hasOwn(before, name)) return [{ kind: 'extra', at: place, after: after[name] }]
      return deeper(before[name], after[name], place)
    })
  }
  const isSame =
    depth === 'shape'
      ? typeOf(before) === typeOf(after)
      : typeof before === 'string' && typeof after === 'string'
        ? identities.sameText(before, after)
        : before === after
  return isSame ? [] : [{ kind: 'changed', at, before, after }]
}

/** Merges all items into one with the fields of all: a field that only some items have is not missing. */
function union(items: readonly unknown[]): unknown {
  const objects = items.filter(isObject)
  return objects.length === items.length ? Object.assign({}, ...objects) : items[0]
}

function typeOf(value: unknown): string {
  if (Array.isArray(value)) return 'list'
  return value === null ? 'null' : typeof value
}
