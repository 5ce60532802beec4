/** Which rule groups can be evaluated: neither circular ones nor those nested beyond the limit. */

import type { Rule, RuleLists } from '../../contracts/api/rules.ts'
import type { RuleReason } from '../../contracts/reasons/table.ts'

/** Looks up a rule group by id. */
export type GroupLookup = (id: string) => RuleLists | undefined

export type GroupProblem = Extract<RuleReason, `group_${string}`>

/**
 * Returns a function that says why a group cannot be evaluated. It does not depend on where the group is referenced, so
 * that a group means the same in every policy.
 */
export function groupProblems(groups: GroupLookup, limit: number) {
  const known = new Map<string, GroupProblem | undefined>()
  const heights = createHeights(groups)
  const problem = (id: string): GroupProblem | undefined => {
    if (groups(id) === undefined) return 'group_unknown'
    if (leadsTo(id, id, groups)) return 'group_cycle'
    return heights(id, limit) > limit ? 'group_too_deep' : undefined
  }
  return (id: string): GroupProblem | undefined => {
    if (!known.has(id)) known.set(id, problem(id))
    return known.get(id)
  }
}

function membersOf({ include, require, exclude }: RuleLists): readonly string[] {
  const idOf = (rule: Rule) => ('group' in rule ? [rule.group.id] : [])
  return [...include, ...require, ...exclude].flatMap(idOf)
}

function leadsTo(from: string, to: string, groups: GroupLookup): boolean {
  const seen = new Set<string>()
  const waiting = [from]
  for (let id = waiting.pop(); id !== undefined; id = waiting.pop()) {
    const group = groups(id)
    if (group === undefined) continue
    for (const member of membersOf(group)) {
      if (member === to) return true
      if (seen.has(member)) continue
      seen.add(member)
      waiting.push(member)
    }
  }
  return false
}

/** The nesting depth of a group, counting itself; infinite beyond `limit` and for circular groups. */
function createHeights(groups: GroupLookup) {
  const exact = new Map<string, number>()
  /** The highest limit that a group is known to exceed, so that no group is walked twice for the same answer. */
  const exceeded = new Map<string, number>()
  const height = (id: string, limit: number): number => {
    const known = exact.get(id)
    if (known !== undefined) return known
    if (limit <= (exceeded.get(id) ?? 0)) return Number.POSITIVE_INFINITY
    let deepest = 0
    const group = groups(id)
    for (const member of group === undefined ? [] : membersOf(group)) {
      deepest = Math.max(deepest, height(member, limit - 1))
      if (deepest === Number.POSITIVE_INFINITY) {
        exceeded.set(id, limit)
        return deepest
      }
    }
    exact.set(id, deepest + 1)
    return deepest + 1
  }
  return height
}
