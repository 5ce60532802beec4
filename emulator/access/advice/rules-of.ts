/** All rules of an application's policies, including those in groups. */
import type { Rule, RuleLists } from '../../../contracts/api/rules.ts'
import type { GroupLookup } from '../groups.ts'
import type { Rulebook } from '../policy.ts'

export function rulesOf({ policies, groups }: Rulebook): readonly Rule[] {
  const seen = new Set<string>()
  const found: Rule[] = []
  const waiting: RuleLists[] = [...policies]
  for (let lists = waiting.pop(); lists !== undefined; lists = waiting.pop()) {
    for (const rule of [...lists.include, ...lists.require, ...lists.exclude]) {
      if (!('group' in rule)) found.push(rule)
      else if (!seen.has(rule.group.id)) {
        seen.add(rule.group.id)
        const group = groups(rule.group.id)
        if (group !== undefined) waiting.push(group)
      }
    }
  }
  return found
}

/** Ways to satisfy the three lists: one rule of `include`, and all of `require`. Bounded, since they multiply. */
export function waysToMeet(
  lists: RuleLists,
  groups: GroupLookup,
  depth = 4,
): readonly (readonly Rule[])[] {
  const ofRule = (rule: Rule): readonly (readonly Rule[])[] => {
    if (!('group' in rule)) return [[rule]]
    const group = depth > 0 ? groups(rule.group.id) : undefined
    return group === undefined ? [] : waysToMeet(group, groups, depth - 1)
  }
  const included = lists.include.flatMap(ofRule)
  return lists.require
    .map(ofRule)
    .reduce(
      (ways, more) => ways.flatMap((way) => more.map((one) => [...way, ...one])).slice(0, most),
      included,
    )
    .slice(0, most)
}

const most = 24
