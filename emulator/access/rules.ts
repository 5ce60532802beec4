/** How each selector of a rule is matched against a subject: one row per selector. */
import type { Rule, Selector } from '../../contracts/api/rules.ts'
import { placeAmong } from './addresses.ts'
import { matches, matchIf, no, notEvaluable, type RuleFinding, unknown } from './findings.ts'
import { nothingOf, ofClaim, ofGroups, ofPerson, sameText } from './persons.ts'
import type { Subject } from './subject.ts'

/** Entries of Zero Trust lists, by list id. */
export type Lists = ReadonlyMap<string, readonly string[]>

export interface RuleContext {
  readonly lists?: Lists
  /** Evaluates a rule group; the caller guards against cycles. */
  resolveGroup(id: string): RuleFinding
}

type Values = { readonly [S in Selector]: Extract<Rule, { readonly [K in S]: unknown }>[S] }

interface Matcher<S extends Selector> {
  /** What the selector is about: a person, known after a login; a machine, which no person satisfies; or the request itself. */
  readonly of: 'person' | 'machine' | 'request'
  match(value: Values[S], subject: Subject, context: RuleContext): RuleFinding
}

const ofPeople = { of: 'person' } as const
const ofMachines = { of: 'machine' } as const
const ofRequest = { of: 'request' } as const

export const matchers: { readonly [S in Selector]: Matcher<S> } = {
  everyone: { ...ofRequest, match: () => matches },
  email: {
    ...ofPeople,
    match: ({ email }, { identity }) =>
      ofPerson(identity, (person) => matchIf(sameText(person.email, email), 'email_differs')),
  },
  email_domain: {
    ...ofPeople,
    match: ({ domain }, { identity }) =>
      ofPerson(identity, ({ email }) => {
        const theirs = email.slice(email.lastIndexOf('@') + 1)
        return matchIf(sameText(theirs, domain.replace(/^@/, '')), 'email_domain_differs')
      }),
  },
  email_list: {
    ...ofPeople,
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
    ...ofPeople,
    match: ({ id }, { identity }) =>
      ofPerson(identity, ({ idp }) =>
        idp === undefined
          ? unknown('login_method_unknown')
          : matchIf(idp.id === id, 'login_method_differs'),
      ),
  },
  auth_method: {
    ...ofPeople,
    // Unlike other claims, some method was used even if none is stated.
    match: ({ auth_method }, { identity }) =>
      ofPerson(identity, (person) =>
        person.claims?.amr === undefined && nothingOf(person, true) === undefined
          ? notEvaluable()
          : ofClaim(person, {}, 'amr', auth_method),
      ),
  },
  gsuite: {
    ...ofPeople,
    match: (value, { identity }) => ofGroups(identity, value, [value.email]),
  },
  okta: {
    ...ofPeople,
    match: (value, { identity }) => ofGroups(identity, value, [value.name]),
  },
  azureAD: {
    ...ofPeople,
    match: (value, { identity }) => ofGroups(identity, value, [value.id]),
  },
  'github-organization': {
    ...ofPeople,
    // A mock identity names a team `organization/team`; being in a team is being in its organization.
    match: (value, { identity }) =>
      value.team === undefined
        ? ofGroups(identity, value, [value.name], `${value.name}/`)
        : ofGroups(identity, value, [`${value.name}/${value.team}`]),
  },
  oidc: {
    ...ofPeople,
    match: (value, { identity }) => ofClaim(identity, value, value.claim_name, value.claim_value),
  },
  saml: {
    ...ofPeople,
    match: (value, { identity }) =>
      ofClaim(identity, value, value.attribute_name, value.attribute_value),
  },
  ip: { ...ofRequest, match: (value, { ip }) => ofAddress(ip, [value.ip]) },
  ip_list: {
    ...ofRequest,
    match: ({ id }, { ip }, { lists }) => {
      const list = lists?.get(id)
      return list === undefined ? unknown('list_unknown') : ofAddress(ip, list)
    },
  },
  geo: {
    ...ofRequest,
    match: ({ country_code }, { country }) =>
      country === undefined
        ? unknown('country_unknown')
        : matchIf(sameText(country, country_code), 'country_differs'),
  },
  certificate: {
    ...ofRequest,
    match: (_, { certificate, certificateRefused }) =>
      matchIf(certificate !== undefined, certificateRefused ?? 'no_certificate'),
  },
  common_name: {
    ...ofRequest,
    match: ({ common_name }, { certificate, certificateRefused }) =>
      certificate === undefined
        ? no(certificateRefused ?? 'no_certificate')
        : matchIf(certificate.common_name === common_name, 'common_name_differs'),
  },
  group: { ...ofRequest, match: ({ id }, _, { resolveGroup }) => resolveGroup(id) },
  service_token: {
    ...ofMachines,
    match: ({ token_id }, { pair }) =>
      pair.status === 'valid'
        ? matchIf(pair.token_id === token_id, 'other_service_token')
        : no(withoutToken[pair.status]),
  },
  any_valid_service_token: {
    ...ofMachines,
    match: (_, { pair }) => (pair.status === 'valid' ? matches : no(withoutToken[pair.status])),
  },
  linked_app_token: {
    ...ofMachines,
    match: ({ app_uid }, { linkedToken }) => {
      if (linkedToken === undefined) return no('no_linked_token')
      if (linkedToken.app_uid !== app_uid) return no('other_linked_application')
      return matchIf(linkedToken.status === 'valid', 'linked_token_invalid')
    },
  },
  // Checked on the device, before any login (edge-rules-before-login).
  device_posture: { ...ofRequest, match: notEvaluable },
  user_risk_score: { ...ofPeople, match: notEvaluable },
  cloudflare_account_member: { ...ofPeople, match: notEvaluable },
  external_evaluation: { ...ofPeople, match: notEvaluable },
  auth_context: { ...ofPeople, match: notEvaluable },
}

const withoutToken = {
  absent: 'no_service_token',
  unusable: 'service_token_unusable',
  invalid: 'service_token_invalid',
} as const

/** Matches a rule by its selector. */
export function match<S extends Selector>(
  selector: S,
  rule: Rule,
  asked: { readonly subject: Subject; readonly context: RuleContext },
): RuleFinding {
  const values: Partial<Values> = rule
  const value = values[selector]
  const matcher: Matcher<S> = matchers[selector]
  if (value === undefined) return notEvaluable()
  return matcher.match(value, asked.subject, asked.context)
}

function ofAddress(ip: string | undefined, ranges: readonly string[]): RuleFinding {
  const where = placeAmong(ip, ranges)
  if (where === 'inside') return matches
  return where === 'outside' ? no('ip_outside') : unknown(where)
}
