/** Decides what an application does with a request: pass, login or deny, with the trail that says why. */
import {
  asMachine,
  asPerson,
  blockedSinceIssue,
  closed,
  evaluate,
  heldSinceIssue,
  namesOnlyMachines,
  towardsBlock,
} from './evaluate.ts'
import { all, atLeast } from './outcomes.ts'
import type { Subject } from './subject.ts'
import {
  type AccessPolicy,
  type DenyReason,
  deny,
  type Rulebook,
  type Step,
  stepsOf,
  type Verdict,
} from './verdict.ts'

export type { AccessPolicy, DenyReason, Rulebook, Step, Verdict } from './verdict.ts'

interface Question {
  readonly rulebook: Rulebook
  readonly subject: Subject
  /** Grows as the question goes from stage to stage. */
  readonly trail: Step[]
}

/** The documented order (edge-facts §8.1), and §4.4 where the organization is strict and a pair was sent. */
export function decide(rulebook: Rulebook, subject: Subject): Verdict {
  const question: Question = { rulebook, subject, trail: [] }
  const { pair } = subject
  const isStrict = rulebook.strict && pair.status !== 'absent'
  if (isStrict && pair.status !== 'valid') {
    question.trail.push({ stage: 'credentials', outcome: 'no_match', reason: pair.reason })
    return deny(question.trail, 'credentials_invalid')
  }
  const open = withoutIdentity(question)
  if (open !== undefined) return open
  if (isStrict) return deny(question.trail, 'not_authorized')
  return (
    byApplicationToken(question) ??
    byIdentity(question) ??
    byServiceToken(question) ??
    beforeLogin(question)
  )
}

/** Whether no policy of an application is for people. */
export function isServiceAuthOnly(policies: readonly Pick<AccessPolicy, 'decision'>[]): boolean {
  return policies.every(({ decision }) => decision !== 'allow')
}

/** Whether a policy is there for service tokens: a Service Auth policy, or an allow policy where those admit them. */
export function hasServiceAuth({ policies, ask }: Pick<Rulebook, 'policies' | 'ask'>): boolean {
  return policies.some(
    ({ decision }) =>
      decision === 'non_identity' ||
      (decision === 'allow' && ask('policy.allow_admits_service_tokens')),
  )
}

/** Bypass and Service Auth policies take no identity selectors, so no identity is shown to them. */
function withoutIdentity({ rulebook, subject: given, trail }: Question): Verdict | undefined {
  const { identity: _, ...subject } = given
  const isMachine = subject.pair.status === 'valid'
  for (const policy of rulebook.policies) {
    const { decision } = policy
    if (decision !== 'bypass' && decision !== 'non_identity') continue
    const reading = decision === 'non_identity' && isMachine ? asMachine(closed) : closed
    const evaluation = evaluate(policy, { subject, facts: rulebook, reading })
    trail.push(...stepsOf(policy, evaluation, { stage: 'non_identity' }))
    if (evaluation.outcome !== 'match') continue
    const by = decision === 'bypass' ? decision : isMachine ? 'service_token' : 'non_identity'
    return { kind: 'pass', by, policy, trail }
  }
  return undefined
}

/**
 * An issued token passes by the policy that it names, or else by any that could have issued it, as long as
 * what is re-checked on each request still holds, and no deny policy above applies by the same.
 */
function byApplicationToken({ rulebook, subject, trail }: Question): Verdict | undefined {
  const { applicationToken, refusedToken } = subject
  const stage = 'application_token'
  if (refusedToken !== undefined) {
    trail.push({ stage, outcome: 'no_match', reason: refusedToken.reason })
  }
  if (applicationToken === undefined) return undefined
  const isAnywhere = rulebook.ask('application_token.replay') === 'any_application'
  if (!isAnywhere && isServiceAuthOnly(rulebook.policies)) {
    trail.push({ stage, outcome: 'no_match', reason: 'no_allow_policy' })
    return undefined
  }
  const named = rulebook.policies.find(({ id }) => id === applicationToken.policy_id)
  const canAdmit = ({ id, decision }: AccessPolicy) => {
    if (named !== undefined && id !== named.id) return false
    return decision === 'allow' || (decision === 'non_identity' && (isAnywhere || id === named?.id))
  }
  const forMachines = rulebook.policies.filter(({ decision }) => decision === 'non_identity')
  for (const policy of [...forMachines, ...allowAndDeny(rulebook)]) {
    const isBlock = policy.decision === 'deny'
    if (!isBlock && !canAdmit(policy)) continue
    const reading = isBlock ? blockedSinceIssue : heldSinceIssue
    const evaluation = evaluate(policy, { subject, facts: rulebook, reading })
    trail.push(...stepsOf(policy, evaluation, { stage }))
    if (evaluation.outcome !== 'match') continue
    return isBlock ? undefined : { kind: 'pass', by: stage, policy, trail }
  }
  return undefined
}

function byIdentity({ rulebook, subject, trail }: Question): Verdict | undefined {
  if (subject.identity === undefined) return undefined
  const stage = 'identity'
  for (const policy of allowAndDeny(rulebook)) {
    const isBlock = policy.decision === 'deny'
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
function byServiceToken({ rulebook, subject, trail }: Question): Verdict | undefined {
  if (subject.pair.status !== 'valid') return undefined
  const stage = 'service_token'
  const isAdmitting = rulebook.ask('policy.allow_admits_service_tokens')
  const isFinal = rulebook.ask('policy.unnamed_service_token') === 'deny'
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
    if (!isBlock) return { kind: 'pass', by: stage, policy, trail }
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

/** Nobody is known yet: the first policy that a login could meet offers it, unless a block comes first. */
function beforeLogin({ rulebook, subject, trail }: Question): Verdict {
  const stage = 'login'
  for (const policy of allowAndDeny(rulebook)) {
    const isBlock = policy.decision === 'deny'
    const reading = isBlock ? towardsBlock : asPerson
    const found = evaluate(policy, { subject, facts: rulebook, reading })
    if (isBlock) {
      trail.push(...stepsOf(policy, found, { stage }))
      if (found.outcome === 'match') return deny(trail, 'blocked_before_login', policy)
      continue
    }
    const isForMachines = namesOnlyMachines(policy.include, rulebook.groups)
    if (isForMachines && rulebook.ask('policy.login_needs') === 'allow_for_people') {
      trail.push(...stepsOf(policy, found, { stage, reason: 'names_only_machines' }))
      continue
    }
    // Live offers a login even where only machines are named (edge-facts §4.3): nobody can meet that include.
    const include = isForMachines ? 'match' : found.include
    const outcome = all([include, found.require, found.exclude])
    const isOffered = atLeast(outcome, 'needs_identity')
    const told = isOffered ? { reason: 'offers_login' } : {}
    trail.push(...stepsOf(policy, { ...found, include, outcome }, { stage, ...told }))
    if (isOffered) return { kind: 'login', policy, trail }
  }
  return deny(trail, nothingLeft(rulebook, trail))
}

function nothingLeft({ policies }: Rulebook, trail: readonly Step[]): DenyReason {
  if (policies.length === 0) return 'no_policy'
  const isCause = ({ stage, policy, rule, reason }: Step) => {
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
