/** Decides what an application does with a request: pass, login or deny, with the trail that says why. */
import { asMachine, asPerson, beforeSignIn, closed, evaluate, towardsBlock } from './evaluate.ts'
import { atLeast } from './outcomes.ts'
import type { Holder, Identity, Subject } from './subject.ts'
import {
  type AccessPolicy,
  type Denied,
  type DenyReason,
  deny,
  type Passed,
  type Rulebook,
  type Stage,
  stepsOf,
  type TrailStep,
  type Verdict,
} from './verdict.ts'

export type { AccessPolicy, DenyReason, Rulebook, TrailStep as Step, Verdict } from './verdict.ts'

interface DecisionInput {
  readonly rulebook: Rulebook
  readonly subject: Subject
  /** Grows as the question goes from stage to stage. */
  readonly trail: TrailStep[]
}

/** The documented order (edge-policy-order); of a strict organization where a pair was sent (edge-strict-mode). */
export function decide(rulebook: Rulebook, subject: Subject): Verdict {
  const question: DecisionInput = { rulebook, subject, trail: [] }
  const { pair } = subject
  const isStrict = rulebook.strict && pair.status !== 'absent'
  if (isStrict && pair.status !== 'valid') {
    question.trail.push({ stage: 'credentials', outcome: 'no_match', reason: pair.reason })
    return deny(question.trail, 'credentials_invalid')
  }
  const open = withoutIdentity(question, 'non_identity')
  if (open !== undefined) return open
  if (isStrict) return deny(question.trail, 'not_authorized')
  return (
    byApplicationToken(question) ??
    byIdentity(question) ??
    byServiceToken(question, 'service_token') ??
    beforeLogin(question)
  )
}

/** What a login asks of the person it made known: Allow and Block policies alone, for no others lead to one. */
export function decideSignIn(rulebook: Rulebook, subject: Subject): Verdict {
  return byIdentity({ rulebook, subject, trail: [] }) ?? deny([], 'identity_not_admitted')
}

/** Whether no policy of an application is for people. */
export function isServiceAuthOnly(policies: readonly Pick<AccessPolicy, 'decision'>[]): boolean {
  return policies.every(({ decision }) => decision !== 'allow')
}

/** Whether a policy is there for service tokens: a Service Auth policy, or an allow policy where those admit them. */
export function hasServiceAuth({
  policies,
  behaviour: ask,
}: Pick<Rulebook, 'policies' | 'behaviour'>): boolean {
  return policies.some(
    ({ decision }) =>
      decision === 'non_identity' ||
      (decision === 'allow' && ask('policy.allow_admits_service_tokens')),
  )
}

/** Bypass and Service Auth policies take no identity selectors, so no identity is shown to them. */
function withoutIdentity(
  { rulebook, subject: given, trail }: DecisionInput,
  stage: Stage,
): Passed | undefined {
  const { identity: _, ...subject } = given
  const isMachine = subject.pair.status === 'valid'
  for (const policy of rulebook.policies) {
    const { decision } = policy
    if (decision !== 'bypass' && decision !== 'non_identity') continue
    const reading = decision === 'non_identity' && isMachine ? asMachine(closed) : closed
    const evaluation = evaluate(policy, { subject, facts: rulebook, reading })
    trail.push(...stepsOf(policy, evaluation, { stage }))
    if (evaluation.outcome !== 'match') continue
    const by = decision === 'bypass' ? decision : isMachine ? 'service_token' : 'non_identity'
    return { kind: 'pass', by, policy, trail }
  }
  return undefined
}

/** A token that is held is its subject, asked from here and now; undefined where it changes nothing. */
function byApplicationToken(question: DecisionInput): Verdict | undefined {
  const { applicationToken, refusedToken } = question.subject
  if (refusedToken !== undefined) {
    const { reason } = refusedToken
    question.trail.push({ stage: 'application_token', outcome: 'no_match', reason })
  }
  if (applicationToken === undefined) return undefined
  const { holder, claims } = applicationToken
  return holder.kind === 'person'
    ? byHeldSession(question, holder.identity, claims.policy_id)
    : byServiceTokenJwt(question, holder)
}

function byHeldSession(
  question: DecisionInput,
  identity: Identity,
  issuedBy: string | undefined,
): Verdict | undefined {
  const { rulebook } = question
  const stage = 'application_token'
  const isBound = rulebook.behaviour('application_token.bound_to') === 'issuing_policy'
  const issuer = isBound ? rulebook.policies.find(({ id }) => id === issuedBy) : undefined
  const verdict = byPerson(question, identity, { stage, issuer })
  return verdict.kind === 'pass' ? verdict : undefined
}

/** Judged like the pair it was issued for, if it is a credential at all (edge-service-token-jwt-policies). */
function byServiceTokenJwt(
  question: DecisionInput,
  { token_id, client_id, name }: Holder & { readonly kind: 'service_token' },
): Verdict | undefined {
  const { rulebook, subject, trail } = question
  const stage = 'application_token'
  const isAnywhere = rulebook.behaviour('application_token.replay') === 'any_application'
  if (!isAnywhere && isServiceAuthOnly(rulebook.policies)) {
    trail.push({ stage, outcome: 'no_match', reason: 'no_allow_policy' })
    return undefined
  }
  const pair = { status: 'valid', token_id, client_id, name } as const
  const asked: DecisionInput = { ...question, subject: { ...subject, pair } }
  const found = withoutIdentity(asked, stage) ?? byServiceToken(asked, stage)
  if (found?.kind === 'pass') {
    return found.by === 'service_token' ? { ...found, by: stage } : found
  }
  const isAlone = subject.pair.status === 'absent' && subject.identity === undefined
  return isAlone ? (found ?? beforeLogin(asked)) : undefined
}

function byIdentity(question: DecisionInput): Verdict | undefined {
  const { identity } = question.subject
  return identity && byPerson(question, identity, { stage: 'identity' })
}

interface PersonStage {
  readonly stage: 'identity' | 'application_token'
  /** The only allow policy that may admit; any of them where absent. */
  readonly issuer?: AccessPolicy | undefined
}

function byPerson(
  { rulebook, subject: given, trail }: DecisionInput,
  identity: Identity,
  { stage, issuer }: PersonStage,
): Passed | Denied {
  const subject = { ...given, identity }
  for (const policy of allowAndDeny(rulebook)) {
    const isBlock = policy.decision === 'deny'
    if (!isBlock && issuer !== undefined && policy !== issuer) continue
    const reading = isBlock ? towardsBlock : asPerson
    const evaluation = evaluate(policy, { subject, facts: rulebook, reading })
    trail.push(...stepsOf(policy, evaluation, { stage }))
    if (evaluation.outcome !== 'match') continue
    return isBlock
      ? deny(trail, 'blocked_by_policy', policy)
      : { kind: 'pass', by: stage, policy, trail }
  }
  return deny(trail, 'identity_not_admitted')
}

/** Undefined where the request goes on as one without credentials. */
function byServiceToken(
  { rulebook, subject, trail }: DecisionInput,
  stage: 'service_token' | 'application_token',
): Passed | Denied | undefined {
  if (subject.pair.status !== 'valid') return undefined
  const isAdmitting =
    rulebook.behaviour('policy.allow_admits_service_tokens') ||
    (stage === 'application_token' &&
      rulebook.behaviour('service_token_jwt.judged_by') === 'any_policy')
  // A JWT that no policy admits goes on as no credential: only of a pair is it known that the answer is final.
  const isFinal =
    stage === 'service_token' && rulebook.behaviour('policy.unnamed_service_token') === 'deny'
  if (!isAdmitting && !isFinal) return undefined
  for (const policy of allowAndDeny(rulebook)) {
    const isBlock = policy.decision === 'deny'
    const reading = asMachine(isBlock ? towardsBlock : closed)
    const evaluation = evaluate(policy, { subject, facts: rulebook, reading })
    const isMet = evaluation.outcome === 'match'
    const refusal = isMet && !isBlock ? refusalOf(isAdmitting, evaluation.admitsMachine) : undefined
    const told = refusal === undefined ? {} : { reason: refusal }
    trail.push(...stepsOf(policy, evaluation, { stage, ...told }))
    if (!isMet || refusal !== undefined) continue
    if (!isBlock) return { kind: 'pass', by: 'service_token', policy, trail }
    // As anonymous, an allow policy above this one may still offer a login.
    return isFinal ? deny(trail, 'blocked_by_policy', policy) : undefined
  }
  return isFinal ? deny(trail, 'not_authorized') : undefined
}

/** Why an allow policy that a machine meets does not let it in. */
function refusalOf(isAdmitting: boolean, isNamed: boolean): string | undefined {
  if (!isNamed) return 'names_no_sent_service_token'
  return isAdmitting ? undefined : 'allow_admits_no_service_token'
}

/**
 * Nobody is known yet. An Allow policy offers a login unless what does not depend on identity already fails it; the
 * first that does is offered, unless a block comes before it.
 */
function beforeLogin({ rulebook, subject, trail }: DecisionInput): Verdict {
  const stage = 'login'
  for (const policy of allowAndDeny(rulebook)) {
    const asked = { subject, facts: rulebook }
    if (policy.decision === 'deny') {
      const found = evaluate(policy, { ...asked, reading: beforeSignIn('block') })
      trail.push(...stepsOf(policy, found, { stage }))
      if (found.outcome === 'match') return deny(trail, 'blocked_before_login', policy)
      continue
    }
    const found = evaluate(policy, { ...asked, reading: beforeSignIn('inert') })
    const isOpen = atLeast(found.outcome, 'needs_identity')
    const isOffered =
      isOpen &&
      (rulebook.behaviour('policy.login_needs') === 'any_allow' ||
        atLeast(
          evaluate(policy, { ...asked, reading: beforeSignIn('unmet') }).outcome,
          'needs_identity',
        ))
    const told = isOffered ? 'offers_login' : isOpen ? 'names_only_machines' : undefined
    trail.push(...stepsOf(policy, found, { stage, ...(told && { reason: told }) }))
    if (isOffered) return { kind: 'login', policy, trail }
  }
  return deny(trail, nothingLeft(rulebook, trail))
}

function nothingLeft({ policies }: Rulebook, trail: readonly TrailStep[]): DenyReason {
  if (policies.length === 0) return 'no_policy'
  const isCause = ({ stage, policy, rule, reason }: TrailStep) => {
    if (policy === undefined || rule !== undefined || policy.decision === 'deny') return false
    if (stage !== 'login' && stage !== 'non_identity') return false
    // A login cannot meet what the include asks of the request itself, such as an address.
    if (reason === 'include_not_met') return stage === 'login'
    return reason === 'require_not_met' || reason === 'exclude_met'
  }
  return trail.some(isCause) ? 'requirements_failed' : 'no_interactive_policy'
}

function allowAndDeny({ policies }: Rulebook): readonly AccessPolicy[] {
  return policies.filter(({ decision }) => decision === 'allow' || decision === 'deny')
}
