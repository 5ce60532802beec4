/** Who could sign in instead: the people whom the policies describe. */
import { type Rule, selectorOf } from '../../../contracts/api/rules.ts'
import type { Rulebook } from '../policy.ts'
import type { Identity, Subject } from '../subject.ts'
import { type KnownAccount, type Move, ofSubject } from './move.ts'
import { rulesOf, waysToMeet } from './rules-of.ts'

/** What a set of rules requires of a person. */
interface Described {
  readonly email?: string
  readonly domain?: string
  readonly groups?: readonly string[]
  readonly claims?: Readonly<Record<string, unknown>>
  readonly provider?: string
}

export function persons(
  rulebook: Rulebook,
  subject: Subject,
  known: KnownAccount,
): readonly Move[] {
  const ways = rulebook.policies.flatMap((policy) => waysToMeet(policy, rulebook.groups))
  // Also people excepted from Block policies: anyone named anywhere may be the one.
  const alone = rulesOf(rulebook).map((rule) => [rule])
  const described = [...ways, ...alone].flatMap((rules) => {
    const person = describedBy(rules)
    return person === undefined ? [] : [person]
  })
  const moves = [{}, ...described].map((person) => signingIn(person, subject, known))
  return [...new Map(moves.map((move) => [move.says, move])).values()].slice(0, 40)
}

/** Undefined if no person can satisfy all rules. */
function describedBy(rules: readonly Rule[]): Described | undefined {
  return rules.reduce<Described | undefined>((person, rule) => {
    const more = asked(rule)
    if (person === undefined) return undefined
    const email = agreed(person.email, more.email)
    const provider = agreed(person.provider, more.provider)
    const domain = agreed(person.domain, more.domain)
    if (email === null || provider === null || domain === null) return undefined
    return {
      ...(email && { email }),
      ...(domain && { domain }),
      ...(provider && { provider }),
      ...joined(person, more),
    }
  }, {})
}

/** Null if the two contradict each other. */
function agreed(one: string | undefined, other: string | undefined): string | undefined | null {
  if (one === undefined || other === undefined) return one ?? other
  return one === other ? one : null
}

function joined(one: Described, other: Described): Pick<Described, 'groups' | 'claims'> {
  const groups = [...(one.groups ?? []), ...(other.groups ?? [])]
  const claims = { ...one.claims, ...other.claims }
  return {
    ...(groups.length > 0 && { groups }),
    ...(Object.keys(claims).length > 0 && { claims }),
  }
}

function asked(rule: Rule): Described {
  const provider = providerOf(rule)
  const by = provider === undefined ? {} : { provider }
  if ('email' in rule) return { email: rule.email.email }
  if ('email_domain' in rule) return { domain: rule.email_domain.domain.replace(/^@/, '') }
  if ('login_method' in rule) return { provider: rule.login_method.id }
  if ('gsuite' in rule) return { groups: [rule.gsuite.email], ...by }
  if ('okta' in rule) return { groups: [rule.okta.name], ...by }
  if ('azureAD' in rule) return { groups: [rule.azureAD.id], ...by }
  if ('oidc' in rule) return { claims: { [rule.oidc.claim_name]: rule.oidc.claim_value }, ...by }
  if ('saml' in rule) {
    return { claims: { [rule.saml.attribute_name]: rule.saml.attribute_value }, ...by }
  }
  if ('auth_method' in rule) return { claims: { amr: [rule.auth_method.auth_method] } }
  if ('github-organization' in rule) {
    const { name, team } = rule['github-organization']
    return { groups: [team === undefined ? name : `${name}/${team}`], ...by }
  }
  return {}
}

function providerOf(rule: Rule): string | undefined {
  const values: Readonly<Record<string, unknown>> = rule
  const value = values[selectorOf(rule)]
  if (typeof value !== 'object' || value === null) return undefined
  const id = 'identity_provider_id' in value ? value.identity_provider_id : undefined
  return typeof id === 'string' && id !== '' ? id : undefined
}

function signingIn(
  { email, domain, groups, claims, provider }: Described,
  now: Subject,
  known: KnownAccount,
): Move {
  const address = email ?? `somebody@${domain ?? 'nowhere.example'}`
  const idp = known.providers.find(({ id }) => provider === undefined || id === provider)
  const identity: Identity = {
    email: address,
    ...(groups && { groups }),
    ...(claims && { claims }),
    ...(idp && { idp }),
  }
  return {
    dimension: 'credential',
    says: words(
      {
        ...(email && { email }),
        ...(domain && { domain }),
        ...(groups && { groups }),
        ...(claims && { claims }),
        ...(provider && { provider }),
      },
      now,
    ),
    changes: [
      {
        change: 'sign_in',
        email: address,
        ...(groups && { groups: [...groups] }),
        ...(claims && { claims }),
        ...(idp && provider !== undefined && { identity_provider_id: provider }),
      },
    ],
    apply: ofSubject((subject) => {
      const { applicationToken: _, refusedToken: __, ...rest } = subject
      return { ...rest, pair: { status: 'absent' }, identity }
    }),
  }
}

function words({ email, domain, groups, claims, provider }: Described, now: Subject): string {
  const isKnown = now.identity !== undefined || now.applicationToken?.holder.kind === 'person'
  const as =
    email !== undefined
      ? ` as ${email}`
      : domain !== undefined
        ? ` with an address at ${domain}`
        : isKnown
          ? ' as somebody else'
          : ''
  const details = [
    ...(groups ?? []).map((group) => `in the group "${group}"`),
    ...Object.entries(claims ?? {}).map(
      ([name, value]) => `with ${name} "${[value].flat().join(', ')}"`,
    ),
    ...(provider === undefined ? [] : [`by the identity provider ${provider}`]),
  ]
  return `sign in${as}${details.length === 0 ? '' : `, ${details.join(' and ')}`}`
}
