/** What the account says of the URL and of the token, by its own settings: pure, over what the API answered. */
import type { Application } from '../../contracts/api/applications.ts'
import type { Policy } from '../../contracts/api/policies.ts'
import type { ServiceToken } from '../../contracts/api/service-tokens.ts'
import type { Rule } from '../../contracts/rules.ts'
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

/** How a policy stands to a service token. */
export interface Standing {
  readonly policy: Policy
  /** A rule of `include` is about service tokens and takes this one. */
  readonly includes: boolean
  /** Selectors in `require` that are not about it. */
  readonly requires: readonly string[]
  readonly excludes: boolean
  /** Selectors in `exclude` that are not about it. */
  readonly otherExcludes: readonly string[]
}

export function standingOf(facts: Facts, policy: Policy, token: { readonly id: string }): Standing {
  const takes = (rule: Rule) => takesToken(facts, rule, token, 0)
  const others = (rules: readonly Rule[]) =>
    rules.filter((rule) => !takes(rule)).map((rule) => Object.keys(rule)[0] ?? '')
  return {
    policy,
    includes: policy.include.some(takes),
    requires: others(policy.require),
    excludes: policy.exclude.some(takes),
    otherExcludes: others(policy.exclude),
  }
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
  if (!('group' in rule) || depth > deepest) return false
  const group = facts.account.groups?.find(({ id }) => id === rule.group.id)
  return group?.include.some((each) => takesToken(facts, each, token, depth + 1)) ?? false
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
