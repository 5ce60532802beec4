/** What the account says of the URL and of the token, by its own settings: pure, over what the API answered. */
import type { Application } from '../../contracts/api/applications.ts'
import type { Policy } from '../../contracts/api/policies.ts'
import type { ServiceToken } from '../../contracts/api/service-tokens.ts'
import type { Rule, RuleLists } from '../../contracts/rules.ts'
import type { Facts, ProbeName } from './observation.ts'
import { applicationFor } from './places.ts'

/** What must be asked of the API before it can say more; undefined where it is all there, or cannot be had. */
export function missing(facts: Facts, wanted: readonly ProbeName[]): ProbeName | undefined {
  if (!facts.hasApi) return undefined
  const has = (probe: ProbeName) =>
    Object.hasOwn(facts.account, probe) || facts.refusals[probe] !== undefined
  return wanted.find((probe) => !has(probe))
}

/** The application that covers the URL. Undefined without an API token, null where there is none. */
export function applicationOf({ account, gateUrl }: Placed): Application | null | undefined {
  if (account.applications === undefined) return undefined
  return applicationFor(account.applications, gateUrl) ?? null
}

type Placed = Pick<Facts, 'account' | 'gateUrl'>

/** The service token of the pair. Undefined without an API token, null where there is none. */
export function serviceTokenOf({ account, pair }: Facts): ServiceToken | null | undefined {
  if (account.service_tokens === undefined || pair.client_id === undefined) return undefined
  return account.service_tokens.find(({ client_id }) => client_id === pair.client_id) ?? null
}

/** In the order in which they are asked. */
export function policiesOf({ policies }: Application): readonly Policy[] {
  return policies.toSorted((a, b) => (a.precedence ?? 0) - (b.precedence ?? 0))
}

/** What a policy, or a group in it, wants beside the service token itself. */
interface Limits {
  /** Selectors in `require` that are not about it. */
  readonly requires: readonly string[]
  readonly excludes: boolean
  /** Selectors in `exclude` that are not about it. */
  readonly otherExcludes: readonly string[]
}

/** How a policy stands to a service token. */
export interface Standing extends Limits {
  readonly policy: Policy
  /** A rule of `include` takes this one: by itself, or because it takes everyone, whom only a login makes a person. */
  readonly includes: boolean
}

export function standingOf(facts: Facts, policy: Policy, token: { readonly id: string }): Standing {
  const takesAll = policy.decision !== 'allow'
  const taking = policy.include.filter(
    (rule) => takesToken(facts, rule, token, 0) || (takesAll && 'everyone' in rule),
  )
  const within = leastOf(taking.map((rule) => limitsOf(facts, rule, token, 0)))
  return { policy, includes: taking.length > 0, ...joined(ownLimits(facts, policy, token), within) }
}

const none: Limits = { requires: [], excludes: false, otherExcludes: [] }

/** A group that takes the token may want more than that. */
function limitsOf(facts: Facts, rule: Rule, token: { readonly id: string }, depth: number): Limits {
  const group = depth > deepest ? undefined : groupOf(facts, rule)
  if (group === undefined) return none
  const taking = group.include.filter((each) => takesToken(facts, each, token, depth + 1))
  const within = leastOf(taking.map((each) => limitsOf(facts, each, token, depth + 1)))
  return joined(ownLimits(facts, group, token), within)
}

function ownLimits(
  facts: Facts,
  { require, exclude }: Pick<RuleLists, 'require' | 'exclude'>,
  token: { readonly id: string },
): Limits {
  const takes = (rule: Rule) => takesToken(facts, rule, token, 0)
  const others = (rules: readonly Rule[]) =>
    rules.filter((rule) => !takes(rule)).map((rule) => Object.keys(rule)[0] ?? '')
  return {
    requires: others(require),
    excludes: exclude.some(takes),
    otherExcludes: others(exclude),
  }
}

function joined(one: Limits, other: Limits): Limits {
  return {
    requires: [...one.requires, ...other.requires],
    excludes: one.excludes || other.excludes,
    otherExcludes: [...one.otherExcludes, ...other.otherExcludes],
  }
}

/** One rule of `include` is enough: that which wants least. */
function leastOf(limits: readonly Limits[]): Limits {
  const weight = ({ requires, excludes, otherExcludes }: Limits) =>
    requires.length + otherExcludes.length + (excludes ? 100 : 0)
  return limits.toSorted((a, b) => weight(a) - weight(b))[0] ?? none
}

/** Groups hold rules in turn, though never for ever. */
const deepest = 5

function takesToken(
  facts: Facts,
  rule: Rule,
  token: { readonly id: string },
  depth: number,
): boolean {
  if ('any_valid_service_token' in rule) return true
  if ('service_token' in rule) return rule.service_token.token_id === token.id
  const group = depth > deepest ? undefined : groupOf(facts, rule)
  return group?.include.some((each) => takesToken(facts, each, token, depth + 1)) ?? false
}

function groupOf({ account }: Facts, rule: Rule) {
  return 'group' in rule ? account.groups?.find(({ id }) => id === rule.group.id) : undefined
}

export function namesGroup({ include, require, exclude }: Policy): boolean {
  return [...include, ...require, ...exclude].some((rule) => 'group' in rule)
}

/** Seconds since a change, by the edge's clock. */
export function ageOf(changed: string, nowMs: number): number {
  return (nowMs - Date.parse(changed)) / 1000
}

/** A change takes up to a quarter of a minute to be in force, OAuth settings a minute (edge-facts §9). */
export const youngSeconds = 60
