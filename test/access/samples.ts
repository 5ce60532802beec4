/** Sample values for the decision tests. */

import type { Rule, RuleLists } from '../../contracts/api/rules.ts'
import { asker, type Overrides, type Profile } from '../../contracts/behaviours/table.ts'
import type { ApplicationTokenClaims } from '../../contracts/edge/claims.ts'
import type { AccessPolicy, PolicyDecision, Rulebook } from '../../emulator/access/policy.ts'
import type { Identity, PairCheck, Subject } from '../../emulator/access/subject.ts'

export const machineA: Rule = { service_token: { token_id: 'token-a' } }
export const anyMachine: Rule = { any_valid_service_token: {} }
export const alice: Rule = { email: { email: 'alice@example.com' } }
export const everyone: Rule = { everyone: {} }
export const office: Rule = { ip: { ip: '10.0.0.0/8' } }
export const posture: Rule = { device_posture: { integration_uid: 'disk-encryption' } }
export const inGroup = (id: string): Rule => ({ group: { id } })

export function lists(given: Partial<RuleLists>): RuleLists {
  return { include: [], require: [], exclude: [], ...given }
}

export function policy(decision: PolicyDecision, given: Partial<AccessPolicy>): AccessPolicy {
  const name = given.name ?? decision
  return { id: name, name, decision, precedence: 1, ...lists({}), ...given }
}

type Rules = Rule | readonly Rule[]
const listed = (rules: Rules): Rule[] => [rules].flat()

const deciding =
  (decision: PolicyDecision) =>
  (
    include: Rules,
    { name, require = [], exclude = [] }: { name?: string; require?: Rules; exclude?: Rules } = {},
  ): AccessPolicy =>
    policy(decision, {
      ...(name === undefined ? {} : { name }),
      ...{ include: listed(include), require: listed(require), exclude: listed(exclude) },
    })

/** A policy of each decision: what it includes, then its other lists and its name, where it is not the decision. */
export const allow = deciding('allow')
export const deny = deciding('deny')
export const bypass = deciding('bypass')
export const serviceAuth = deciding('non_identity')

interface Given {
  readonly profile?: Profile
  readonly overrides?: Overrides
  readonly groups?: Readonly<Record<string, RuleLists>>
  readonly strict?: boolean
}

export function rulebook(policies: readonly AccessPolicy[], given: Given = {}): Rulebook {
  const { profile = 'expected', overrides = {}, groups = {} } = given
  const ask = asker(profile, overrides)
  return {
    policies,
    groups: (id) => groups[id],
    groupDepth: ask('group.nesting_limit'),
    behaviour: ask,
    strict: given.strict ?? ask('organization.strict_default'),
  }
}

export const absent: PairCheck = { status: 'absent' }

export function valid(token_id: string): PairCheck {
  return { status: 'valid', token_id, client_id: `${token_id}.access`, name: token_id }
}

export function subject(given: Partial<Subject> = {}): Subject {
  return { ip: '203.0.113.9', country: 'NL', pair: absent, ...given }
}

/** Credentials of a request with a token of `token-a` or of a user. */
export function heldByMachine(claims: Partial<ApplicationTokenClaims> = {}): Partial<Subject> {
  const holder = {
    kind: 'service_token',
    token_id: 'token-a',
    client_id: 'token-a.access',
    name: 'token-a',
  } as const
  return { applicationToken: { claims: { ...machineClaims, ...claims }, holder } }
}

export function heldBy(
  identity: Identity,
  claims: Partial<ApplicationTokenClaims> = {},
): Partial<Subject> {
  const { common_name: _, ...common } = machineClaims
  return {
    applicationToken: {
      claims: { ...common, sub: 'user-1', email: identity.email, ...claims },
      holder: { kind: 'person', identity },
    },
  }
}

export const machineClaims: ApplicationTokenClaims = {
  aud: 'aud',
  iss: 'https://team.cloudflareaccess.com',
  iat: 1,
  exp: 2,
  sub: '',
  common_name: 'token-a.access',
}
