/** The order in which a request or a sign-in is decided: a list of stages, and the first that reaches a verdict decides. */
import type { DenyReason, TrailReason } from '../../contracts/reasons/table.ts'
import { asMachine, asPerson, beforeSignIn, closed, evaluate, towardsBlock } from './evaluate.ts'
import {
  admittedOr,
  asHeldToken,
  heldPerson,
  isJwtUnread,
  isNotIssuer,
  withLinkedToken,
  withoutIdentity,
} from './held-token.ts'
import { atLeast } from './outcomes.ts'
import type { Rulebook } from './policy.ts'
import {
  type DecisionInput,
  denied,
  login,
  type Matched,
  nextPolicy,
  nextStage,
  type Order,
  type PolicyStage,
  pass,
  type Ruling,
} from './stage.ts'
import type { Subject } from './subject.ts'
import type { Trail, TrailStep } from './verdict.ts'

const closedToMachine = asMachine(closed)
const blockOfMachine = asMachine(towardsBlock)

/** Allow and Block, for a person who has just signed in. */
const identity: PolicyStage = {
  name: 'identity',
  asks: ({ subject }) => (subject.identity === undefined ? undefined : subject),
  policies: {
    allow: { reading: asPerson, match: pass('identity') },
    deny: { reading: towardsBlock, match: denied('blocked_by_policy') },
  },
  otherwise: () => 'identity_not_admitted',
}

/** Only Allow and Block policies, since no others lead to a login. */
export const orderOfSignIn: Order = {
  stages: [identity],
  otherwise: () => 'identity_not_admitted',
}

/** The documented order (edge-policy-order), including strict organizations (edge-strict-mode). */
export const orderOfRequest: Order = {
  stages: [
    // A strict organization refuses a service token that does not authenticate, whatever its policies say.
    { name: 'credentials', finds: unauthenticatedPair, denies: 'credentials_invalid' },

    // Bypass and Service Auth, with a service token. They allow no identity selectors, so they get no identity.
    {
      name: 'non_identity',
      asks: (question) => (hasPair(question) ? withLinkedToken(question) : undefined),
      policies: {
        bypass: { reading: closed, match: pass('bypass') },
        non_identity: {
          reading: closedToMachine,
          match: admittedOr('service_token', closedToMachine),
        },
      },
      // In a strict organization, no other policy admits a service token.
      otherwise: ({ rulebook }) => (rulebook.strict ? 'not_authorized' : undefined),
    },

    // Bypass and Service Auth, without a service token.
    {
      name: 'non_identity',
      asks: (question) => (hasPair(question) ? undefined : withLinkedToken(question)),
      policies: {
        bypass: { reading: closed, match: pass('bypass') },
        non_identity: { reading: closed, match: admittedOr('non_identity', closed) },
      },
    },

    // A refused application token is only noted; the request continues as if without it.
    { name: 'application_token', finds: ({ subject }) => subject.refusedToken?.reason },

    // A person's token stands for that person, here and now. It either lets the request in or changes nothing.
    {
      name: 'application_token',
      asks: heldPerson,
      policies: {
        allow: { reading: asPerson, match: pass('application_token'), skips: isNotIssuer },
        deny: { reading: towardsBlock, match: nextStage },
      },
    },

    // The JWT of a service token stands for that service token, if it is read at all (edge-service-token-jwt-policies).
    {
      name: 'application_token',
      finds: (question) => (isJwtUnread(question) ? 'no_allow_policy' : undefined),
    },
    {
      name: 'application_token',
      asks: (question) => withoutIdentity(asHeldToken(question)),
      policies: {
        bypass: { reading: closed, match: pass('bypass') },
        non_identity: { reading: closedToMachine, match: pass('application_token') },
      },
    },
    {
      name: 'application_token',
      asks: (question) => (admitsJwt(question) ? asHeldToken(question) : undefined),
      policies: {
        allow: { reading: closedToMachine, match: ifNamed(() => pass('application_token')) },
        deny: { reading: blockOfMachine, match: nextStage },
      },
    },

    identity,

    // Allow and Block, with a service token. Unless the answer is final, the request continues as if without it: an Allow
    // policy above the Block may still offer a login.
    {
      name: 'service_token',
      asks: (question) => (isAskedOfPair(question) ? question.subject : undefined),
      policies: {
        allow: {
          reading: closedToMachine,
          match: ifNamed(({ rulebook }) =>
            admitsPair(rulebook)
              ? pass('service_token')
              : nextPolicy('allow_admits_no_service_token'),
          ),
        },
        deny: {
          reading: blockOfMachine,
          match: ({ question }) =>
            isFinal(question.rulebook) ? denied('blocked_by_policy') : nextStage,
        },
      },
      otherwise: ({ rulebook }) => (isFinal(rulebook) ? 'not_authorized' : undefined),
    },

    // No one has signed in yet. The first Allow policy that a login could satisfy offers one, unless a Block precedes it.
    {
      name: 'login',
      asks: loginSubject,
      policies: {
        allow: { reading: beforeSignIn('inert'), from: 'needs_identity', match: offered },
        deny: { reading: beforeSignIn('block'), match: denied('blocked_before_login') },
      },
    },
  ],
  otherwise: nothingLeft,
}

function unauthenticatedPair({
  rulebook,
  subject: { pair },
}: DecisionInput): TrailReason | undefined {
  const isBad = pair.status === 'unusable' || pair.status === 'invalid'
  return rulebook.strict && isBad ? pair.reason : undefined
}

function hasPair({ subject }: DecisionInput): boolean {
  return subject.pair.status === 'valid'
}

function admitsPair({ behaviour }: Rulebook): boolean {
  return behaviour('policy.allow_admits_service_tokens')
}

function admitsJwt({ rulebook }: DecisionInput): boolean {
  return admitsPair(rulebook) || rulebook.behaviour('service_token_jwt.judged_by') === 'any_policy'
}

/** Whether a service token that no policy names is denied, rather than ignored. */
function isFinal({ behaviour }: Rulebook): boolean {
  return behaviour('policy.unnamed_service_token') === 'deny'
}

/** Only if the outcome could make a difference. */
function isAskedOfPair(question: DecisionInput): boolean {
  const { rulebook } = question
  return hasPair(question) && (admitsPair(rulebook) || isFinal(rulebook))
}

/** An Allow policy admits a machine only through a rule that names it. */
function ifNamed(ruling: (question: DecisionInput) => Ruling): (matched: Matched) => Ruling {
  return ({ question, evaluation }) =>
    evaluation.admitsMachine ? ruling(question) : nextPolicy('names_no_sent_service_token')
}

/** Rules about service tokens also apply to a JWT that was sent without other credentials. */
function loginSubject(question: DecisionInput): Subject {
  const { subject } = question
  const isAlone = subject.pair.status === 'absent' && subject.identity === undefined
  return (isAlone ? asHeldToken(question) : undefined) ?? subject
}

/** A policy that only machines can satisfy offers no login. */
function offered({ question: { rulebook }, subject, policy }: Matched): Ruling {
  if (rulebook.behaviour('policy.login_needs') === 'any_allow') return login('offers_login')
  const asked = { subject, facts: rulebook, reading: beforeSignIn('unmet') }
  const isForPeople = atLeast(evaluate(policy, asked).outcome, 'needs_identity')
  return isForPeople ? login('offers_login') : nextPolicy('names_only_machines')
}

function nothingLeft({ rulebook: { policies } }: DecisionInput, trail: Trail): DenyReason {
  if (policies.length === 0) return 'no_policy'
  const isCause = ({ stage, policy, rule, reason }: TrailStep) => {
    if (policy === undefined || rule !== undefined || policy.decision === 'deny') return false
    if (stage !== 'login' && stage !== 'non_identity') return false
    // A login cannot satisfy includes about the request itself, such as its IP address.
    if (reason === 'include_not_met') return stage === 'login'
    return reason === 'require_not_met' || reason === 'exclude_met'
  }
  return trail.some(isCause) ? 'requirements_failed' : 'no_interactive_policy'
}
