/** Evaluates the three lists of a policy or group over a subject, under one reading of what is undecided. */
import { type Rule, type RuleLists, type Selector, selectorOf } from '../../contracts/rules.ts'
import { all, any, not, type Outcome } from './outcomes.ts'
import { type Finding, type Lists, match, matchers } from './rules.ts'
import type { Subject } from './subject.ts'

/** Looks a rule group up by its id. */
export type Groups = (id: string) => RuleLists | undefined

export interface Facts {
  readonly groups: Groups
  readonly lists?: Lists
}

/** Where a rule stands: `positive` where matching it helps the policy to match, as in `include`. */
export interface Place {
  readonly selector: Selector
  readonly positive: boolean
}

/** What the outcome of one rule counts as. */
export type Reading = (outcome: Outcome, place: Place) => Outcome

export interface RuleStep {
  /** `include.0.email`; inside a group `include.0.group.require.1.ip`. */
  readonly rule: string
  readonly outcome: Outcome
  readonly reason: string
  /** Where the reading made something else of the outcome. */
  readonly counted_as?: Outcome
}

export interface Evaluation {
  readonly outcome: Outcome
  readonly include: Outcome
  readonly require: Outcome
  /** Already negated: `match` where nothing excludes. */
  readonly exclude: Outcome
  /** Whether a machine selector of `include`, groups resolved, matched. */
  readonly admitsMachine: boolean
  readonly rules: readonly RuleStep[]
}

export const plainly: Reading = (outcome) => outcome

/**
 * For a policy that lets in: what cannot be evaluated counts against it. Replaced rule by rule, because a rule
 * that needs a login beside it must neither hide it nor be overruled by it.
 */
export const closed: Reading = (outcome, { positive }) => {
  if (outcome !== 'not_evaluable') return outcome
  return positive ? 'no_match' : 'match'
}

/** For a deny policy: what cannot be evaluated counts towards the block. */
export const towardsBlock: Reading = (outcome, { positive }) => {
  if (outcome !== 'not_evaluable') return outcome
  return positive ? 'match' : 'no_match'
}

/** For a request that can never get an identity: what a person would have to meet does not match. */
export function asMachine(reading: Reading): Reading {
  return (outcome, place) => (outcome === 'needs_identity' ? 'no_match' : reading(outcome, place))
}

/** For an allow policy and a person: machine selectors admit nobody (edge-facts §8.2). */
export const asPerson: Reading = (outcome, place) => {
  const isInert = place.positive && matchers[place.selector].machine && outcome === 'match'
  return isInert ? 'no_match' : closed(outcome, place)
}

/**
 * What a request with an application token does not show anew counts as it was at issue: in favour. Not so
 * what can never be evaluated: no token was issued by it.
 */
export const heldSinceIssue: Reading = (outcome, place) => {
  if (isShownAnew(place) || outcome === 'not_evaluable') return closed(outcome, place)
  return place.positive ? 'match' : 'no_match'
}

/** The same for a deny policy: it did not block then. */
export const blockedSinceIssue: Reading = (outcome, place) => {
  if (isShownAnew(place) || outcome === 'not_evaluable') return towardsBlock(outcome, place)
  return place.positive ? 'no_match' : 'match'
}

/** `everyone` is no fact of the login: it holds always. */
function isShownAnew({ selector }: Place): boolean {
  const { perRequest, machine } = matchers[selector]
  return selector === 'everyone' || (perRequest && !machine)
}

interface Task {
  readonly subject: Subject
  readonly facts: Facts
  readonly reading: Reading
}

export function evaluate(lists: RuleLists, task: Task): Evaluation {
  return walk(lists, task, { prefix: '', positive: true, inside: [] })
}

interface Spot {
  readonly prefix: string
  readonly positive: boolean
  /** Ids of the groups that are being resolved. */
  readonly inside: readonly string[]
}

interface Weighed {
  readonly outcome: Outcome
  readonly admitsMachine: boolean
  readonly steps: readonly RuleStep[]
}

function walk(lists: RuleLists, task: Task, spot: Spot): Evaluation {
  const weighAll = (name: keyof RuleLists, positive: boolean) =>
    lists[name].map((rule, index) =>
      weigh(rule, task, { ...spot, positive, prefix: `${spot.prefix}${name}.${index}.` }),
    )
  const included = weighAll('include', spot.positive)
  const required = weighAll('require', spot.positive)
  const excluded = weighAll('exclude', !spot.positive)
  const include = any(included.map(({ outcome }) => outcome))
  const require = all(required.map(({ outcome }) => outcome))
  const exclude = not(any(excluded.map(({ outcome }) => outcome)))
  return {
    outcome: all([include, require, exclude]),
    include,
    require,
    exclude,
    admitsMachine: included.some(({ admitsMachine }) => admitsMachine),
    rules: [...included, ...required, ...excluded].flatMap(({ steps }) => steps),
  }
}

function weigh(rule: Rule, { subject, facts, reading }: Task, spot: Spot): Weighed {
  const selector = selectorOf(rule)
  const path = `${spot.prefix}${selector}`
  let members: Evaluation | undefined
  const resolveGroup = (id: string): Finding => {
    if (spot.inside.includes(id)) return { outcome: 'not_evaluable', reason: 'group_cycle' }
    const group = facts.groups(id)
    if (group === undefined) return { outcome: 'not_evaluable', reason: 'group_unknown' }
    const inner = { ...spot, prefix: `${path}.`, inside: [...spot.inside, id] }
    members = walk(group, { subject, facts, reading }, inner)
    return { outcome: members.outcome, reason: 'group' }
  }
  const context =
    facts.lists === undefined ? { resolveGroup } : { resolveGroup, lists: facts.lists }
  const { outcome, reason } = match(selector, rule, { subject, context })
  const counted = reading(outcome, { selector, positive: spot.positive })
  const step = { rule: path, outcome, reason }
  return {
    outcome: counted,
    admitsMachine: counted === 'match' && (members?.admitsMachine ?? matchers[selector].machine),
    steps: [
      counted === outcome ? step : { ...step, counted_as: counted },
      ...(members?.rules ?? []),
    ],
  }
}

/** The rules that an `include` comes down to, through the `include` of its groups. */
export function includedRules(
  include: readonly Rule[],
  groups: Groups,
  inside: readonly string[] = [],
): readonly Rule[] {
  return include.flatMap((rule) => {
    if (!('group' in rule)) return [rule]
    const { id } = rule.group
    const group = inside.includes(id) ? undefined : groups(id)
    return group === undefined ? [] : includedRules(group.include, groups, [...inside, id])
  })
}

/** Whether nobody but machines can meet an `include`. */
export function namesOnlyMachines(include: readonly Rule[], groups: Groups): boolean {
  const rules = includedRules(include, groups)
  return rules.length > 0 && rules.every((rule) => matchers[selectorOf(rule)].machine)
}
