/** Policies in words: who is meant by each rule, and by the lists of rules together. */
import type { Rule, RuleLists, Selector } from '../../../contracts/api/rules.ts'
import type { Account } from '../../account/account.ts'

type SelectorValues = { readonly [S in Selector]: Extract<Rule, { readonly [K in S]: unknown }>[S] }

/** The name of an object that a rule refers to by its id, or the id if there is none. */
interface Names {
  readonly serviceToken: (id: string) => string
  readonly group: (id: string) => string
  readonly provider: (id: string) => string
}

const phrases: { readonly [S in Selector]: (value: SelectorValues[S], names: Names) => string } = {
  any_valid_service_token: () => 'any valid service token',
  auth_context: ({ ac_id }) => `authentication context ${ac_id}`,
  auth_method: ({ auth_method }) => `signed in with the method ${auth_method}`,
  azureAD: ({ id }) => `members of the Microsoft Entra group ${id}`,
  certificate: () => 'any valid client certificate',
  cloudflare_account_member: () => 'members of the Cloudflare account',
  common_name: ({ common_name }) => `the client certificate ${common_name}`,
  device_posture: ({ integration_uid }) => `devices that pass the check ${integration_uid}`,
  email: ({ email }) => email,
  email_domain: ({ domain }) => `anyone @${domain.replace(/^@/, '')}`,
  email_list: ({ id }) => `addresses of the list ${id}`,
  everyone: () => 'everyone',
  external_evaluation: ({ evaluate_url }) => `whom ${evaluate_url} admits`,
  geo: ({ country_code }) => `from the country ${country_code}`,
  'github-organization': ({ name, team }) =>
    `members of the GitHub organization ${name}${team === undefined ? '' : `, team ${team}`}`,
  group: ({ id }, { group }) => `the rule group "${group(id)}"`,
  gsuite: ({ email }) => `members of the Google group ${email}`,
  ip: ({ ip }) => `from ${ip}`,
  ip_list: ({ id }) => `addresses of the IP list ${id}`,
  linked_app_token: ({ app_uid }) => `tokens of the application ${app_uid}`,
  login_method: ({ id }, { provider }) => `signed in with ${provider(id)}`,
  oidc: ({ claim_name, claim_value }) => `people with the claim ${claim_name} = ${claim_value}`,
  okta: ({ name }) => `members of the Okta group ${name}`,
  saml: ({ attribute_name, attribute_value }) =>
    `people with the attribute ${attribute_name} = ${attribute_value}`,
  service_token: ({ token_id }, { serviceToken }) =>
    `the service token "${serviceToken(token_id)}"`,
  user_risk_score: ({ user_risk_score }) => `a risk score of ${user_risk_score.join(' or ')}`,
}

export function namesIn({ state: { tables } }: Account): Names {
  return {
    serviceToken: (id) => tables.service_tokens.get(id)?.name ?? id,
    group: (id) => tables.groups.get(id)?.name ?? id,
    provider: (id) => tables.identity_providers.get(id)?.name ?? id,
  }
}

function phrase<S extends Selector>(selector: S, value: SelectorValues[S], names: Names): string {
  return phrases[selector](value, names)
}

export function ruleInWords(rule: Rule, names: Names): string {
  const [entry] = Object.entries(rule) as [[Selector, SelectorValues[Selector]]]
  return phrase(entry[0], entry[1], names)
}

/** Such as `anyone @example.com, who is also from the country DE, except ada@example.com`. */
export function rulesInWords({ include, require, exclude }: RuleLists, names: Names): string {
  const list = (rules: readonly Rule[], joint: string) =>
    rules.map((rule) => ruleInWords(rule, names)).join(joint)
  const parts = [
    include.length === 0 ? 'no one' : list(include, ' or '),
    require.length === 0 ? '' : `only if also ${list(require, ' and ')}`,
    exclude.length === 0 ? '' : `except ${list(exclude, ' and ')}`,
  ]
  return parts.filter((part) => part !== '').join(', ')
}
