/** What a token in a request stands for: a person, or a service token. */
import { evaluate, type OutcomeReading } from './evaluate.ts'
import { type AccessPolicy, isServiceAuthOnly } from './policy.ts'
import { type DecisionInput, type Matched, pass, type Ruling } from './stage.ts'
import type { Subject } from './subject.ts'

/** The subject, as if the person whose token it carries had just signed in. */
export function heldPerson({ subject }: DecisionInput): Subject | undefined {
  const holder = subject.applicationToken?.holder
  return holder?.kind === 'person' ? { ...subject, identity: holder.identity } : undefined
}

/** Whether the token is bound to its issuing policy, and this is another one. If the issuing policy is gone, any will do. */
export function isNotIssuer(policy: AccessPolicy, { rulebook, subject }: DecisionInput): boolean {
  if (rulebook.behaviour('application_token.bound_to') !== 'issuing_policy') return false
  const issuedBy = subject.applicationToken?.claims.policy_id
  const issuer = rulebook.policies.find(({ id }) => id === issuedBy)
  return issuer !== undefined && issuer !== policy
}

/** Whether the JWT of a service token is ignored, because there is no Allow policy. */
export function isJwtUnread({ rulebook, subject }: DecisionInput): boolean {
  return (
    subject.applicationToken?.holder.kind === 'service_token' &&
    rulebook.behaviour('application_token.replay') !== 'any_application' &&
    isServiceAuthOnly(rulebook.policies)
  )
}

/** The subject, as if it had sent the service token that its JWT was issued to. */
export function asHeldToken(question: DecisionInput): Subject | undefined {
  const { subject } = question
  const holder = subject.applicationToken?.holder
  if (holder?.kind !== 'service_token' || isJwtUnread(question)) return undefined
  const { token_id, client_id, name } = holder
  return { ...subject, pair: { status: 'valid', token_id, client_id, name } }
}

export function withoutIdentity(given: Subject | undefined): Subject | undefined {
  if (given?.identity === undefined) return given
  const { identity: _, ...subject } = given
  return subject
}

/** For Service Auth and Bypass: only they look at a token of another application (edge-linked-app-token). */
export function withLinkedToken({ subject, linkedToken }: DecisionInput): Subject | undefined {
  const alone = withoutIdentity(subject)
  return alone === undefined || linkedToken === undefined ? alone : { ...alone, linkedToken }
}

/** Admitted as the holder of the linked token, unless the policy matches without it (edge-linked-app-holder). */
export function admittedOr(
  otherwise: 'service_token' | 'non_identity',
  reading: OutcomeReading,
): (matched: Matched) => Ruling {
  return ({ question: { rulebook }, subject, policy }) => {
    const { linkedToken, ...alone } = subject
    if (linkedToken === undefined) return pass(otherwise)
    const { outcome } = evaluate(policy, { subject: alone, facts: rulebook, reading })
    return pass(outcome === 'match' ? otherwise : 'linked_app_token')
  }
}
