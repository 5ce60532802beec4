/**
 * A second implementation of the documented decision, written without reading the first. Where Cloudflare's
 * documentation is silent, it follows the behaviours of a profile.
 */
import type { Rule, RuleLists } from '../../../contracts/api/rules.ts'
import {
  groupIds,
  type Machine,
  machines,
  type Person,
  type Place,
  type Policy,
  type Profile,
  providers,
  type Request,
  type Setting,
} from './model.ts'
import { inNetwork } from './networks.ts'

export type Answer = 'pass' | 'login' | 403 | 401

/** `open` depends on the user who signs in. */
type Truth = 'yes' | 'no' | 'open'

interface View {
  readonly place: Place
  readonly groups: readonly RuleLists[]
  /** `nobody` has no identity and will not get one; `whoever` has yet to sign in. */
  readonly person: Person | 'nobody' | 'whoever'
  /** Service tokens that authenticated. */
  readonly machines: readonly Machine[]
  /** What a machine selector counts as where it would help to be admitted; what it says, where absent. */
  readonly machinesHelp?: Truth
}

const not = (truth: Truth): Truth => (truth === 'open' ? 'open' : truth === 'yes' ? 'no' : 'yes')
const all = (truths: readonly Truth[]): Truth =>
  truths.includes('no') ? 'no' : truths.includes('open') ? 'open' : 'yes'
const any = (truths: readonly Truth[]): Truth => not(all(truths.map(not)))
const when = (condition: boolean): Truth => (condition ? 'yes' : 'no')

/** `helps`: whether a match favours the client; what cannot be evaluated never does. */
function listsHold(lists: RuleLists, view: View, helps: boolean): Truth {
  return all([
    any(lists.include.map((rule) => ruleHolds(rule, view, helps))),
    ...lists.require.map((rule) => ruleHolds(rule, view, helps)),
    ...lists.exclude.map((rule) => not(ruleHolds(rule, view, !helps))),
  ])
}

function ruleHolds(rule: Rule, view: View, helps: boolean): Truth {
  const cannot = when(!helps)
  if ('everyone' in rule) return 'yes'
  if ('ip' in rule) return when(inNetwork(view.place.ip, rule.ip.ip))
  if ('geo' in rule) return when(view.place.country === rule.geo.country_code)
  if ('certificate' in rule) return when(view.place.certificate !== undefined)
  if ('common_name' in rule) {
    return when(view.place.certificate === rule.common_name.common_name)
  }
  if ('group' in rule) {
    const at = groupIds.indexOf(rule.group.id)
    const group = view.groups[at]
    if (group === undefined || nesting(view.groups, at) > 64) return cannot
    return listsHold(group, view, helps)
  }
  const isOfMachines =
    'service_token' in rule || 'any_valid_service_token' in rule || 'linked_app_token' in rule
  if (isOfMachines) {
    if (helps && view.machinesHelp !== undefined) return view.machinesHelp
    // No token of another application is ever sent as one.
    if ('linked_app_token' in rule) return 'no'
    if ('any_valid_service_token' in rule) return when(view.machines.length > 0)
    const { token_id } = rule.service_token
    return when(view.machines.some((machine) => machines[machine].id === token_id))
  }
  if ('device_posture' in rule || 'ip_list' in rule) return cannot
  if (view.person === 'whoever') return 'open'
  return (
    (view.person === 'nobody' ? nobodyMatches(rule) : personMatches(rule, view.person)) ?? cannot
  )
}

/** A service token has no address, provider, groups or claims; the rest only a login would ask. */
function nobodyMatches(rule: Rule): Truth | undefined {
  return personMatches(rule, { email: '', provider: 'onetimepin' }) === undefined ? undefined : 'no'
}

/** Undefined if it cannot be decided. */
function personMatches(rule: Rule, person: Person): Truth | undefined {
  if ('email' in rule) return when(person.email === rule.email.email)
  if ('email_domain' in rule) return when(person.email.endsWith(`@${rule.email_domain.domain}`))
  if ('login_method' in rule) return when(providers[person.provider] === rule.login_method.id)
  // The official document requires the provider. A rule without one says nothing of where the fact comes from; only a
  // One-time PIN is known to state none.
  const from = (id: string | undefined) =>
    id === undefined ? person.provider !== 'onetimepin' : id === providers[person.provider]
  const inGroup = (id: string | undefined, name: string) =>
    from(id) ? person.groups && when(person.groups.includes(name)) : 'no'
  const claims = (id: string | undefined, name: string, value: string) =>
    from(id)
      ? person.claims && when([person.claims[name]].flat().map(String).includes(value))
      : 'no'
  if ('okta' in rule) return inGroup(rule.okta.identity_provider_id, rule.okta.name)
  if ('azureAD' in rule) return inGroup(rule.azureAD.identity_provider_id, rule.azureAD.id)
  if ('gsuite' in rule) return inGroup(rule.gsuite.identity_provider_id, rule.gsuite.email)
  if ('github-organization' in rule) {
    const { identity_provider_id, name } = rule['github-organization']
    return inGroup(identity_provider_id, name)
  }
  if ('saml' in rule) {
    const { identity_provider_id, attribute_name, attribute_value } = rule.saml
    return claims(identity_provider_id, attribute_name, attribute_value)
  }
  if ('oidc' in rule) {
    const { identity_provider_id, claim_name, claim_value } = rule.oidc
    return claims(identity_provider_id, claim_name, claim_value)
  }
  if ('auth_method' in rule) {
    // Every sign-in has a method; only a One-time PIN is known not to state it.
    return person.claims?.amr === undefined && person.provider !== 'onetimepin'
      ? undefined
      : claims(undefined, 'amr', rule.auth_method.auth_method)
  }
  return undefined
}

/** A group's nesting depth, including itself; infinite for cycles. */
function nesting(groups: readonly RuleLists[], at: number, above: readonly number[] = []): number {
  if (above.includes(at)) return Number.POSITIVE_INFINITY
  const { include = [], require = [], exclude = [] } = groups[at] ?? {}
  const members = [...include, ...require, ...exclude].flatMap((rule) =>
    'group' in rule ? [groupIds.indexOf(rule.group.id)] : [],
  )
  return 1 + Math.max(0, ...members.map((member) => nesting(groups, member, [...above, at])))
}

const ofLogin = (policies: readonly Policy[]) =>
  policies.filter(({ decision }) => decision === 'allow' || decision === 'deny')

/** Allow and Block together, top to bottom; the first match decides, and no match refuses. */
function loginAdmits(
  policies: readonly Policy[],
  view: View,
  admitted: (policy: Policy) => boolean = () => true,
): 'pass' | 'blocked' | 'none' {
  for (const policy of ofLogin(policies)) {
    if (policy.decision === 'deny') {
      const { machinesHelp: _, ...asked } = view
      if (listsHold(policy, asked, false) !== 'no') return 'blocked'
    } else if (listsHold(policy, view, true) === 'yes' && admitted(policy)) return 'pass'
  }
  return 'none'
}

/** Whether a user may sign in from a place. */
export function signsIn(setting: Setting, place: Place, person: Person): boolean {
  const view: View = { place, person, groups: setting.groups, machines: [] }
  return loginAdmits(setting.policies, view) === 'pass'
}

/** A request's credentials after evaluating its pair and token. */
export interface Credentials {
  readonly pair: Request['pair']
  /** The pair's service token, if it authenticates. */
  readonly pairOf?: Machine
  /** Of a valid application token. */
  readonly held?: { readonly person: Person } | { readonly machine: Machine }
}

export function judge(
  { policies, groups }: Setting,
  place: Place,
  { pair, pairOf, held }: Credentials,
  profile: Profile,
): Answer {
  const nobody: View = { place, groups, person: 'nobody', machines: [] }
  /**
   * The identity is unknown before a login, so nothing depends on it; but for a Service Auth policy a service token is
   * no one. A Bypass policy takes no identity selectors at all.
   */
  const serviceAuthAdmits = (machine?: Machine) =>
    policies.some((policy) => {
      if (policy.decision !== 'bypass' && policy.decision !== 'non_identity') return false
      const isOpen = policy.decision === 'bypass' || machine === undefined
      const view: View = {
        ...nobody,
        person: isOpen ? 'whoever' : 'nobody',
        machines: machine === undefined ? [] : [machine],
      }
      return listsHold(policy, view, true) === 'yes'
    })
  /** Only what names the service token admits it. */
  const allowAdmits = (machine: Machine) => {
    const view = { ...nobody, machines: [machine] }
    return loginAdmits(policies, view, ({ include }) => namesMachine(include, view)) === 'pass'
  }
  if (profile === 'strict' && pair !== undefined) {
    if (pairOf === undefined) return 401
    return serviceAuthAdmits(pairOf) ? 'pass' : 403
  }
  if (serviceAuthAdmits(pairOf)) return 'pass'
  const isExpected = profile === 'expected'
  if (isExpected && pairOf !== undefined && allowAdmits(pairOf)) return 'pass'
  const hasAllow = policies.some(({ decision }) => decision === 'allow')
  const credential = isExpected || hasAllow ? held : undefined
  const jwtOf = credential !== undefined && 'machine' in credential ? credential.machine : undefined
  if (jwtOf !== undefined) {
    if (serviceAuthAdmits(jwtOf)) return 'pass'
    if (isExpected && allowAdmits(jwtOf)) return 'pass'
  }
  // The pair is the identity: a JWT next to it that no policy admits is no credential, for Block policies either.
  const seen = [pair === undefined ? jwtOf : pairOf].filter((machine) => machine !== undefined)
  if (credential !== undefined && 'person' in credential) {
    const { person } = credential
    const view: View = { ...nobody, person, machines: seen, machinesHelp: 'no' }
    if (loginAdmits(policies, view) === 'pass') return 'pass'
  }
  // A pair that no policy admits leads to no login. A token next to it counts: only strict mode ignores those.
  if (isExpected && pairOf !== undefined) return 403
  const machinesHelp = isExpected ? 'no' : 'open'
  const whoever: View = { ...nobody, person: 'whoever', machines: seen }
  for (const policy of ofLogin(policies)) {
    if (policy.decision === 'deny') {
      if (listsHold(policy, whoever, false) === 'yes') return 403
    } else if (listsHold(policy, { ...whoever, machinesHelp }, true) !== 'no') return 'login'
  }
  return 403
}

/** Whether the rules match through a service token that they or their groups name. */
function namesMachine(include: readonly Rule[], view: View): boolean {
  return include.some((rule) => {
    if (ruleHolds(rule, view, true) !== 'yes') return false
    if ('service_token' in rule || 'any_valid_service_token' in rule) return true
    const group = 'group' in rule ? view.groups[groupIds.indexOf(rule.group.id)] : undefined
    return group !== undefined && namesMachine(group.include, view)
  })
}
