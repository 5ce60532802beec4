/** Evaluates the three lists of a policy or group for a subject, with a given reading of undecided outcomes. */

import { type Rule, type RuleLists, type Selector, selectorOf } from '../../contracts/api/rules.ts'
import { once } from '../../contracts/declaration/endpoint.ts'
import type { RuleReason } from '../../contracts/reasons/table.ts'
import type { RuleFinding } from './findings.ts'
import { type GroupLookup, groupProblems } from './groups.ts'
import { all, any, not, type Outcome } from './outcomes.ts'
import { type Lists, match, matchers } from './rules.ts'
import type { Subject } from './subject.ts'

export interface RuleFacts {
  readonly groups: GroupLookup
  /** The maximum nesting depth of rule groups. */
  readonly groupDepth: number
  readonly lists?: Lists
}

/** The position of a rule. `positive`: matching it helps the policy to match, as in `include`. */
export interface RulePosition {
  readonly selector: Selector
  readonly positive: boolean
}

/** Decides what the outcome of a rule counts as. */
export type OutcomeReading = (outcome: Outcome, place: RulePosition) => Outcome

export interface RuleStep {
  /** `include.0.email`; inside a group `include.0.group.require.1.ip`. */
  readonly rule: string
  readonly outcome: Outcome
  readonly reason: RuleReason
  /** Set if the reading counted the outcome differently. */
  readonly counted_as?: Outcome
}

export interface PolicyEvaluation {
  readonly outcome: Outcome
  readonly include: Outcome
  readonly require: Outcome
  /** Already negated: `match` if nothing excludes. */
  readonly exclude: Outcome
  /** Whether a machine selector in `include` matched, in groups too. */
  readonly admitsMachine: boolean
  readonly rules: readonly RuleStep[]
}

export const plainly: OutcomeReading = (outcome) => outcome

/**
 * For policies that grant access: what cannot be evaluated counts against a match. Applied rule by rule, so that it neither
 * hides nor is hidden by another rule that needs a login.
 */
export const closed: OutcomeReading = (outcome, { positive }) => {
  if (outcome !== 'not_evaluable') return outcome
  return positive ? 'no_match' : 'match'
}

/** For Block policies: what cannot be evaluated counts towards the block. */
export const towardsBlock: OutcomeReading = (outcome, { positive }) => {
  if (outcome !== 'not_evaluable') return outcome
  return positive ? 'match' : 'no_match'
}

/** For requests that can never get an identity: rules about people do not match. */
export function asMachine(reading: OutcomeReading): OutcomeReading {
  return (outcome, place) => (outcome === 'needs_identity' ? 'no_match' : reading(outcome, place))
}

/** For Allow policies and people: machine selectors admit no one (edge-machine-selectors). */
export const asPerson: OutcomeReading = (outcome, place) => {
  const isInert = place.positive && matchers[place.selector].of === 'machine' && outcome === 'match'
  return isInert ? 'no_match' : closed(outcome, place)
}

/**
 * Before a login, everything that depends on the person is open. `block` is for Block policies. In an Allow policy, machine
 * selectors either do not rule out a login (`inert`), because Cloudflare offers one even if a policy names only machines
 * (edge-login-offered), or count as rules that no person can satisfy (`unmet`).
 */
export function beforeSignIn(asked: 'inert' | 'unmet' | 'block'): OutcomeReading {
  const counted = asked === 'inert' ? 'needs_identity' : 'no_match'
  return (outcome, place) => {
    const { of } = matchers[place.selector]
    if (asked !== 'block' && place.positive && of === 'machine') return counted
    if (of === 'person' && outcome === 'not_evaluable') return 'needs_identity'
    return asked === 'block' ? towardsBlock(outcome, place) : closed(outcome, place)
  }
}

interface Task {
  readonly subject: Subject
  readonly facts: RuleFacts
  readonly reading: OutcomeReading
}

/** An evaluation in progress. */
interface Walk extends Task {
  /** Created on first use: most policies have no groups. */
  readonly problemOf: () => ReturnType<typeof groupProblems>
  /** Results of groups, by id and sign of the position: groups may share members in many ways. */
  readonly resolved: Map<string, PolicyEvaluation>
}

export function evaluate(lists: RuleLists, task: Task): PolicyEvaluation {
  const { groups, groupDepth } = task.facts
  const problemOf = once(() => groupProblems(groups, groupDepth))
  return walk(lists, { ...task, problemOf, resolved: new Map() }, { prefix: '', positive: true })
}

interface RuleSpot {
  readonly prefix: string
  readonly positive: boolean
}

interface Weighed {
  readonly outcome: Outcome
  readonly admitsMachine: boolean
  readonly steps: readonly RuleStep[]
}

function walk(lists: RuleLists, task: Walk, spot: RuleSpot): PolicyEvaluation {
  const weighAll = (name: keyof RuleLists, positive: boolean) =>
    lists[name].map((rule, index) =>
      weigh(rule, task, { positive, prefix: `${spot.prefix}${name}.${index}.` }),
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

function weigh(rule: Rule, task: Walk, { prefix, positive }: RuleSpot): Weighed {
  const { subject, facts, reading } = task
  const selector = selectorOf(rule)
  const path = `${prefix}${selector}`
  let members: PolicyEvaluation | undefined
  let steps: readonly RuleStep[] = []
  const resolveGroup = (id: string): RuleFinding => {
    const problem = task.problemOf()(id)
    const group = facts.groups(id)
    if (group === undefined || problem !== undefined) {
      return { outcome: 'not_evaluable', reason: problem ?? 'group_unknown' }
    }
    const key = `${positive} ${id}`
    members = task.resolved.get(key)
    if (members === undefined) {
      members = walk(group, task, { prefix: `${path}.`, positive })
      task.resolved.set(key, members)
      steps = members.rules
    }
    return { outcome: members.outcome, reason: 'group' }
  }
  const context =
    facts.lists === undefined ? { resolveGroup } : { resolveGroup, lists: facts.lists }
  const { outcome, reason } = match(selector, rule, { subject, context })
  const counted = reading(outcome, { selector, positive })
  const step = { rule: path, outcome, reason }
  return {
    outcome: counted,
    admitsMachine:
      counted === 'match' && (members?.admitsMachine ?? matchers[selector].of === 'machine'),
    steps: [counted === outcome ? step : { ...step, counted_as: counted }, ...steps],
  }
}
