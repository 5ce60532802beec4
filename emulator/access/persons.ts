/** Rules about people: their identity, and what only their identity provider can vouch for. */
import { matchIf, no, notEvaluable, type RuleFinding, unknown } from './findings.ts'
import type { Identity } from './subject.ts'

export function sameText(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase()
}

export function ofPerson(
  identity: Identity | undefined,
  decide: (identity: Identity) => RuleFinding,
): RuleFinding {
  if (identity === undefined) return { outcome: 'needs_identity', reason: 'login_needed' }
  return decide(identity)
}

type OfProvider = { readonly identity_provider_id?: unknown }

/** Checks the rule's identity provider, if it names one. Undefined if the person came through it. */
function vouched(
  identity: Identity,
  { identity_provider_id }: OfProvider,
): RuleFinding | undefined {
  if (identity_provider_id === undefined || identity_provider_id === '') return undefined
  if (identity.idp === undefined) return unknown('login_method_unknown')
  return identity.idp.id === identity_provider_id ? undefined : no('login_method_differs')
}

/** `nothing` for a person who used a One-time PIN, which proves an address only: they have no groups and no claims. */
export function nothingOf<T>({ idp }: Identity, nothing: T): T | undefined {
  return idp?.type === 'onetimepin' ? nothing : undefined
}

export function ofGroups(
  identity: Identity | undefined,
  provider: OfProvider,
  names: readonly string[],
  prefix?: string,
): RuleFinding {
  return ofPerson(identity, (person) => {
    const elsewhere = vouched(person, provider)
    const groups = person.groups ?? nothingOf(person, [])
    if (elsewhere !== undefined) return elsewhere
    if (groups === undefined) return notEvaluable()
    const isMember = groups.some(
      (group) =>
        names.some((name) => sameText(group, name)) ||
        (prefix !== undefined && group.toLowerCase().startsWith(prefix.toLowerCase())),
    )
    return matchIf(isMember, 'not_in_group')
  })
}

export function ofClaim(
  identity: Identity | undefined,
  provider: OfProvider,
  name: string,
  wanted: string,
): RuleFinding {
  return ofPerson(identity, (person) => {
    const elsewhere = vouched(person, provider)
    const claims = person.claims ?? nothingOf<Readonly<Record<string, unknown>>>(person, {})
    if (elsewhere !== undefined) return elsewhere
    if (claims === undefined) return notEvaluable()
    if (!Object.hasOwn(claims, name)) return no('claim_absent')
    const claim: unknown = claims[name]
    const given: readonly unknown[] = Array.isArray(claim) ? claim : [claim]
    const isGiven = given.some((value) => String(value) === wanted)
    return matchIf(isGiven, 'claim_differs')
  })
}
