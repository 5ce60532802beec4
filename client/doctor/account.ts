/** What the account's own settings say about the URL and the token. Pure: works on what the API returned. */
import { anyItem, differs } from '../api/drift.ts'
import { applicationFor } from './destinations.ts'
import type {
  ObservedFacts,
  ProbeName,
  ReadApplication,
  ReadPolicy,
  ReadServiceToken,
} from './observation.ts'

/** The API probe still needed; undefined if everything was read, or cannot be. */
export function missing(facts: ObservedFacts, wanted: readonly ProbeName[]): ProbeName | undefined {
  if (!facts.hasApi) return undefined
  const has = (probe: ProbeName) =>
    Object.hasOwn(facts.account, probe) || facts.refusals[probe] !== undefined
  return wanted.find((probe) => !has(probe))
}

/** The application that covers the URL. Undefined if the API does not say, null if there is none. */
export function applicationOf(facts: ObservedFacts): ReadApplication | null | undefined {
  const { applications } = facts.account
  if (applications === undefined) return undefined
  const found = applicationFor(applications, facts.gateUrl)
  const places = ['domain', 'destinations', 'self_hosted_domains']
  return found ?? (isWhole(facts, 'applications', places) ? null : undefined)
}

/** The service token of the pair. Undefined if the API does not say, null if there is none. */
export function serviceTokenOf(facts: ObservedFacts): ReadServiceToken | null | undefined {
  const { account, pair } = facts
  if (account.service_tokens === undefined || pair.client_id === undefined) return undefined
  const found = account.service_tokens.find(({ client_id }) => client_id === pair.client_id)
  return found ?? (isWhole(facts, 'service_tokens', ['client_id']) ? null : undefined)
}

/** Whether the whole list was read, with these fields of every item: only then does absence from it prove anything. */
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

/** A policy whose rules are all known. */
export type KnownPolicy = ReadPolicy & {
  readonly [K in 'decision' | 'include' | 'require' | 'exclude']: NonNullable<ReadPolicy[K]>
}

/** In evaluation order; undefined if one could not be read. */
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

/** What a policy, or a group in it, demands besides the service token itself. */
interface PolicyLimits {
  /** Selectors in `require` that do not concern the token. */
  readonly requires: readonly string[]
  readonly excludes: boolean
  /** Selectors in `exclude` that do not concern the token. */
  readonly otherExcludes: readonly string[]
}

/** How a policy applies to a service token. */
export interface TokenStanding extends PolicyLimits {
  readonly policy: KnownPolicy
  /** An `include` rule matches the token: by naming it, or as `everyone`, unless only a login can satisfy it. */
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

/** A group that includes the token may demand more. */
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

/** One `include` rule is enough: the one that demands least. */
function leastOf(limits: readonly PolicyLimits[]): PolicyLimits {
  const weight = ({ requires, excludes, otherExcludes }: PolicyLimits) =>
    requires.length + otherExcludes.length + (excludes ? 100 : 0)
  return limits.toSorted((a, b) => weight(a) - weight(b))[0] ?? none
}

/** Groups nest; this bounds the recursion. */
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

/** A change takes up to 15 seconds to take effect, OAuth settings a minute (edge-propagation). */
export const youngSeconds = 60

export function hasExpired({ expires_at }: ReadServiceToken, { nowMs }: ObservedFacts): boolean {
  return expires_at !== undefined && Date.parse(expires_at) <= nowMs
}
