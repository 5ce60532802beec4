/** What an application token that a request carries stands for: a person, or a service token. */
import { type AccessPolicy, isServiceAuthOnly } from './policy.ts'
import type { Question } from './stage.ts'
import type { Subject } from './subject.ts'

/** The request as if the person had just signed in whose token it carries. */
export function heldPerson({ subject }: Question): Subject | undefined {
  const holder = subject.applicationToken?.holder
  return holder?.kind === 'person' ? { ...subject, identity: holder.identity } : undefined
}

/** Whether a token is good for its issuing policy alone, and this is another. Without that policy, any of them will do. */
export function isNotIssuer(policy: AccessPolicy, { rulebook, subject }: Question): boolean {
  if (rulebook.behaviour('application_token.bound_to') !== 'issuing_policy') return false
  const issuedBy = subject.applicationToken?.claims.policy_id
  const issuer = rulebook.policies.find(({ id }) => id === issuedBy)
  return issuer !== undefined && issuer !== policy
}

/** Whether the JWT of a service token is no credential, because no policy is Allow. */
export function isJwtUnread({ rulebook, subject }: Question): boolean {
  return (
    subject.applicationToken?.holder.kind === 'service_token' &&
    rulebook.behaviour('application_token.replay') !== 'any_application' &&
    isServiceAuthOnly(rulebook.policies)
  )
}

/** The request as if it had sent the pair that its JWT was issued for. */
export function asHeldToken(question: Question): Subject | undefined {
  const { subject } = question
  const holder = subject.applicationToken?.holder
  if (holder?.kind !== 'service_token' || isJwtUnread(question)) return undefined
  const { token_id, client_id, name } = holder
  return { ...subject, pair: { status: 'valid', token_id, client_id, name } }
}
