/** What the account says of the URL and of the token, by its own settings: pure, over what the API answered. */
import { anyItem, differs } from '../api/drift.ts'
import { applicationFor } from './destinations.ts'
import type {
  ObservedFacts,
  ProbeName,
  ReadApplication,
  ReadPolicy,
  ReadServiceToken,
} from './observation.ts'

/** What must be asked of the API before it can say more; undefined where it is all there, or cannot be had. */
export function missing(facts: ObservedFacts, wanted: readonly ProbeName[]): ProbeName | undefined {
  if (!facts.hasApi) return undefined
  const has = (probe: ProbeName) =>
    Object.hasOwn(facts.account, probe) || facts.refusals[probe] !== undefined
  return wanted.find((probe) => !has(probe))
}

/** The application that covers the URL. Undefined where the API does not tell, null where there is none. */
export function applicationOf(facts: ObservedFacts): ReadApplication | null | undefined {
  const { applications } = facts.account
  if (applications === undefined) return undefined
  const found = applicationFor(applications, facts.gateUrl)
  const places = ['domain', 'destinations', 'self_hosted_domains']
  return found ?? (isWhole(facts, 'applications', places) ? null : undefined)
}

/** The service token of the pair. Undefined where the API does not tell, null where there is none. */
export function serviceTokenOf(facts: ObservedFacts): ReadServiceToken | null | undefined {
  const { account, pair } = facts
  if (account.service_tokens === undefined || pair.client_id === undefined) return undefined
  const found = account.service_tokens.find(({ client_id }) => client_id === pair.client_id)
  return found ?? (isWhole(facts, 'service_tokens', ['client_id']) ? null : undefined)
}

/** Whether a list was read with all of its items and these fields of theirs: only then is nothing in it what it lacks. */
export function isWhole(
  facts: ObservedFacts,
  probe: ProbeName,
  fields: readonly string[],
): boolean {
  if (facts.refusals[probe] !== undefined) return false
  const lost = (facts.drift[probe] ?? []).filter(differs).map(({ path }) => anyItem(path))
  const isNeeded = (path: string) =>
    path === 'result' ||
    path === 'result[]' ||
    fields.some((name) => path.startsWith(`result[].${name}`))
  return !lost.some(isNeeded)
}

/** A policy with all that says whom it lets in. */
export type KnownPolicy = ReadPolicy & {
  readonly [K in 'decision' | 'include' | 'require' | 'exclude']: NonNullable<ReadPolicy[K]>
}

/** In the order in which they are asked; undefined where one could not be read. */
export function policiesOf({ policies }: ReadApplication): readonly KnownPolicy[] | undefined {
  if (!policies?.every(isKnown)) return undefined
  return policies.toSorted((a, b) => (a.precedence ?? 0) - (b.precedence ?? 0))
}

function isKnown(policy: ReadPolicy): policy is KnownPolicy {
  const { decision, include, require, exclude } = policy
  return [decision, include, require, exclude].every((each) => each !== undefined)
}

type ReadRule = KnownPolicy['include'][number]
type PolicyRules = Pick<KnownPolicy, 'include' | 'require' | 'exclude'>

/** What a policy, or a group in it, wants beside the service token itself. */
interface PolicyLimits {
  /** Selectors in `require` that are not about it. */
  readonly requires: readonly string[]
  readonly excludes: boolean
  /** Selectors in `exclude` that are not about it. */
  readonly otherExcludes: readonly string[]
}

/** How a policy stands to a service token. */
export interface TokenStanding extends PolicyLimits {
  readonly policy: KnownPolicy
  /** A rule of `include` takes this one: by itself, or because it takes everyone, whom only a login makes a person. */
  readonly includes: boolean
}

export function standingOf(
  facts: ObservedFacts,
  policy: KnownPolicy,
  token: { readonly id: string },
): TokenStanding {
  const takesAll = policy.decision !== 'allow'
  const taking = policy.include.filter(
    (rule) => takesToken(facts, rule, token, 0) || (takesAll && 'everyone' in rule),
  )
  const within = leastOf(taking.map((rule) => limitsOf(facts, rule, token, 0)))
  return { policy, includes: taking.length > 0, ...joined(ownLimits(facts, policy, token), within) }
}

const none: PolicyLimits = { requires: [], excludes: false, otherExcludes: [] }

/** A group that takes the token may want more than that. */
function limitsOf(
  facts: ObservedFacts,
  rule: ReadRule,
  token: { readonly id: string },
  depth: number,
): PolicyLimits {
  const group = depth > deepest ? undefined : groupOf(facts, rule)
  if (group === undefined) return none
  const taking = group.include.filter((each) => takesToken(facts, each, token, depth + 1))
  const within = leastOf(taking.map((each) => limitsOf(facts, each, token, depth + 1)))
  return joined(ownLimits(facts, group, token), within)
}

function ownLimits(
  facts: ObservedFacts,
  { require, exclude }: Pick<PolicyRules, 'require' | 'exclude'>,
  token: { readonly id: string },
): PolicyLimits {
  const takes = (rule: ReadRule) => takesToken(facts, rule, token, 0)
  const others = (rules: readonly ReadRule[]) =>
    rules.filter((rule) => !takes(rule)).map((rule) => Object.keys(rule)[0] ?? '')
  return {
    requires: others(require),
    excludes: exclude.some(takes),
    otherExcludes: others(exclude),
  }
}

function joined(one: PolicyLimits, other: PolicyLimits): PolicyLimits {
  return {
    requires: [...one.requires, ...other.requires],
    excludes: one.excludes || other.excludes,
    otherExcludes: [...one.otherExcludes, ...other.otherExcludes],
  }
}

/** One rule of `include` is enough: that which wants least. */
function leastOf(limits: readonly PolicyLimits[]): PolicyLimits {
  const weight = ({ requires, excludes, otherExcludes }: PolicyLimits) =>
    requires.length + otherExcludes.length + (excludes ? 100 : 0)
  return limits.toSorted((a, b) => weight(a) - weight(b))[0] ?? none
}

/** Groups hold rules in turn, though never for ever. */
const deepest = 5

function takesToken(
  facts: ObservedFacts,
  rule: ReadRule,
  token: { readonly id: string },
  depth: number,
): boolean {
  if ('any_valid_service_token' in rule) return true
  if ('service_token' in rule) return rule.service_token?.token_id === token.id
  const group = depth > deepest ? undefined : groupOf(facts, rule)
  return group?.include.some((each) => takesToken(facts, each, token, depth + 1)) ?? false
}

function groupOf({ account }: ObservedFacts, rule: ReadRule): PolicyRules | undefined {
  const wanted = 'group' in rule ? rule.group?.id : undefined
  const found = wanted === undefined ? undefined : account.groups?.find(({ id }) => id === wanted)
  if (found === undefined) return undefined
  const { include = [], require = [], exclude = [] } = found
  return { include, require, exclude }
}

export function namesGroup({ include, require, exclude }: PolicyRules): boolean {
  return [...include, ...require, ...exclude].some((rule) => 'group' in rule)
}

/** Seconds since a change, by the edge's clock. */
export function ageOf(changed: string, nowMs: number): number {
  return (nowMs - Date.parse(changed)) / 1000
}

/** A change takes up to a quarter of a minute to be in force, OAuth settings a minute (edge-propagation). */
export const youngSeconds = 60

export function hasExpired({ expires_at }: ReadServiceToken, { nowMs }: ObservedFacts): boolean {
  return expires_at !== undefined && Date.parse(expires_at) <= nowMs
}
