/** What each selector of a rule asks of a subject: one row a selector. */
import type { Rule, Selector } from '../../contracts/rules.ts'
import { placeAmong } from './addresses.ts'
import type { Outcome } from './outcomes.ts'
import type { Identity, Subject } from './subject.ts'

/** `reason` is a stable code. */
export interface Finding {
  readonly outcome: Outcome
  readonly reason: string
}

/** Entries of Zero Trust lists, by list id. */
export type Lists = ReadonlyMap<string, readonly string[]>

export interface RuleContext {
  readonly lists?: Lists
  /** Evaluates a rule group; the caller guards against cycles. */
  resolveGroup(id: string): Finding
}

type Values = { readonly [S in Selector]: Extract<Rule, { readonly [K in S]: unknown }>[S] }

interface Matcher<S extends Selector> {
  /** Re-checked on each request, not only at login (edge-facts §8.3). */
  readonly perRequest: boolean
  /** Met by a service token or another application, never by a person. */
  readonly machine: boolean
  match(value: Values[S], subject: Subject, context: RuleContext): Finding
}

const matches: Finding = { outcome: 'match', reason: 'matches' }
const no = (reason: string): Finding => ({ outcome: 'no_match', reason })
const unknown = (reason: string): Finding => ({ outcome: 'not_evaluable', reason })
const matchIf = (met: boolean, otherwise: string): Finding => (met ? matches : no(otherwise))
const notEvaluable = () => unknown('not_evaluable')

const atLogin = { perRequest: false, machine: false } as const
const eachRequest = { perRequest: true, machine: false } as const
const machines = { perRequest: true, machine: true } as const

export const matchers: { readonly [S in Selector]: Matcher<S> } = {
  everyone: { ...atLogin, match: () => matches },
  email: {
    ...atLogin,
    match: ({ email }, { identity }) =>
      ofPerson(identity, (person) => matchIf(sameText(person.email, email), 'email_differs')),
  },
  email_domain: {
    ...atLogin,
    match: ({ domain }, { identity }) =>
      ofPerson(identity, ({ email }) => {
        const theirs = email.slice(email.lastIndexOf('@') + 1)
        return matchIf(sameText(theirs, domain.replace(/^@/, '')), 'email_domain_differs')
      }),
  },
  email_list: {
    ...atLogin,
    match: ({ id }, { identity }, { lists }) => {
      const list = lists?.get(id)
      if (list === undefined) return unknown('list_unknown')
      return ofPerson(identity, ({ email }) =>
        matchIf(
          list.some((entry) => sameText(entry, email)),
          'email_not_in_list',
        ),
      )
    },
  },
  login_method: {
    ...atLogin,
    match: ({ id }, { identity }) =>
      ofPerson(identity, ({ idp }) =>
        idp === undefined
          ? unknown('login_method_unknown')
          : matchIf(idp.id === id, 'login_method_differs'),
      ),
  },
  auth_method: {
    ...atLogin,
    match: ({ auth_method }, { identity }) => ofClaim(identity, {}, 'amr', auth_method),
  },
  gsuite: {
    ...atLogin,
    match: (value, { identity }) => ofGroups(identity, value, [value.email]),
  },
  okta: {
    ...atLogin,
    match: (value, { identity }) => ofGroups(identity, value, [value.name]),
  },
  azureAD: {
    ...atLogin,
    match: (value, { identity }) => ofGroups(identity, value, [value.id]),
  },
  'github-organization': {
    ...atLogin,
    // A mock identity names a team `organization/team`; being in a team is being in its organization.
    match: (value, { identity }) =>
      value.team === undefined
        ? ofGroups(identity, value, [value.name], `${value.name}/`)
        : ofGroups(identity, value, [`${value.name}/${value.team}`]),
  },
  oidc: {
    ...atLogin,
    match: (value, { identity }) => ofClaim(identity, value, value.claim_name, value.claim_value),
  },
  saml: {
    ...atLogin,
    match: (value, { identity }) =>
      ofClaim(identity, value, value.attribute_name, value.attribute_value),
  },
  ip: { ...eachRequest, match: (value, { ip }) => ofAddress(ip, [value.ip]) },
  ip_list: {
    ...eachRequest,
    match: ({ id }, { ip }, { lists }) => {
      const list = lists?.get(id)
      return list === undefined ? unknown('list_unknown') : ofAddress(ip, list)
    },
  },
  geo: {
    ...eachRequest,
    match: ({ country_code }, { country }) =>
      country === undefined
        ? unknown('country_unknown')
        : matchIf(sameText(country, country_code), 'country_differs'),
  },
  certificate: {
    ...eachRequest,
    match: (_, { certificate }) => matchIf(certificate !== undefined, 'no_certificate'),
  },
  common_name: {
    ...eachRequest,
    match: ({ common_name }, { certificate }) =>
      certificate === undefined
        ? no('no_certificate')
        : matchIf(certificate.common_name === common_name, 'common_name_differs'),
  },
  group: { ...eachRequest, match: ({ id }, _, { resolveGroup }) => resolveGroup(id) },
  service_token: {
    ...machines,
    match: ({ token_id }, { pair }) =>
      pair.status === 'valid'
        ? matchIf(pair.token_id === token_id, 'other_service_token')
        : no(withoutToken[pair.status]),
  },
  any_valid_service_token: {
    ...machines,
    match: (_, { pair }) => (pair.status === 'valid' ? matches : no(withoutToken[pair.status])),
  },
  linked_app_token: { ...machines, match: notEvaluable },
  device_posture: { ...eachRequest, match: notEvaluable },
  user_risk_score: { ...eachRequest, match: notEvaluable },
  // Whether this one is re-checked is not known (edge-facts §8.3): the safer reading is that it is.
  cloudflare_account_member: { ...eachRequest, match: notEvaluable },
  external_evaluation: { ...atLogin, match: notEvaluable },
  auth_context: { ...atLogin, match: notEvaluable },
}

const withoutToken = {
  absent: 'no_service_token',
  unusable: 'service_token_unusable',
  invalid: 'service_token_invalid',
} as const

/** Asks the selector that a rule holds. */
export function match<S extends Selector>(
  selector: S,
  rule: Rule,
  asked: { readonly subject: Subject; readonly context: RuleContext },
): Finding {
  const values: Partial<Values> = rule
  const value = values[selector]
  const matcher: Matcher<S> = matchers[selector]
  if (value === undefined) return notEvaluable()
  return matcher.match(value, asked.subject, asked.context)
}

function sameText(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase()
}

function ofPerson(
  identity: Identity | undefined,
  decide: (identity: Identity) => Finding,
): Finding {
  if (identity === undefined) return { outcome: 'needs_identity', reason: 'login_needed' }
  return decide(identity)
}

type OfProvider = { readonly identity_provider_id?: unknown }

/** A fact that only the identity provider which the rule names can vouch for. */
function vouched(identity: Identity, { identity_provider_id }: OfProvider): Finding | undefined {
  if (identity_provider_id === undefined || identity_provider_id === '') return undefined
  if (identity.idp === undefined) return unknown('login_method_unknown')
  return identity.idp.id === identity_provider_id ? undefined : no('login_method_differs')
}

function ofGroups(
  identity: Identity | undefined,
  provider: OfProvider,
  names: readonly string[],
  prefix?: string,
): Finding {
  return ofPerson(identity, (person) => {
    const { groups } = person
    if (groups === undefined) return notEvaluable()
    const isMember = groups.some(
      (group) =>
        names.some((name) => sameText(group, name)) ||
        (prefix !== undefined && group.toLowerCase().startsWith(prefix.toLowerCase())),
    )
    return vouched(person, provider) ?? matchIf(isMember, 'not_in_group')
  })
}

function ofClaim(
  identity: Identity | undefined,
  provider: OfProvider,
  name: string,
  wanted: string,
): Finding {
  return ofPerson(identity, (person) => {
    const { claims } = person
    if (claims === undefined || !Object.hasOwn(claims, name)) return notEvaluable()
    const claim: unknown = claims[name]
    const given: readonly unknown[] = Array.isArray(claim) ? claim : [claim]
    const isGiven = given.some((value) => String(value) === wanted)
    return vouched(person, provider) ?? matchIf(isGiven, 'claim_differs')
  })
}

function ofAddress(ip: string | undefined, ranges: readonly string[]): Finding {
  const where = placeAmong(ip, ranges)
  if (where === 'inside') return matches
  return where === 'outside' ? no('ip_outside') : unknown(where)
}
