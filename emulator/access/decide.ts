/** Decides on a request to an application: pass, login or deny, with the trail that says why. */
import { evaluate } from './evaluate.ts'
import { orderOfRequest, orderOfSignIn } from './order.ts'
import { atLeast } from './outcomes.ts'
import type { AccessPolicy, Rulebook } from './policy.ts'
import type { DecisionInput, Order, PolicyStage, Ruling, Stage } from './stage.ts'
import type { Subject } from './subject.ts'
import { deny, stepsOf, type TrailStep, type Verdict } from './verdict.ts'

export function decide(rulebook: Rulebook, subject: Subject): Verdict {
  const { linkedToken, ...alone } = subject
  return linkedToken === undefined
    ? run(orderOfRequest, { rulebook, subject })
    : run(orderOfRequest, { rulebook, subject: alone, linkedToken })
}

/** Decides on a sign-in. Only Allow and Block policies are evaluated, since no others lead to a login. */
export function decideSignIn(rulebook: Rulebook, subject: Subject): Verdict {
  return run(orderOfSignIn, { rulebook, subject })
}

/** The first stage that reaches a verdict decides. */
function run({ stages, otherwise }: Order, question: DecisionInput): Verdict {
  const trail: TrailStep[] = []
  for (const stage of stages) {
    const verdict = verdictOf(stage, question, trail)
    if (verdict !== undefined) return verdict
  }
  return deny(trail, otherwise(question, trail))
}

function verdictOf(stage: Stage, question: DecisionInput, trail: TrailStep[]): Verdict | undefined {
  if ('asks' in stage) return askPolicies(stage, question, trail)
  const reason = stage.finds(question)
  if (reason === undefined) return undefined
  trail.push({ stage: stage.name, outcome: 'no_match', reason })
  return stage.denies && deny(trail, stage.denies)
}

function askPolicies(
  { name: stage, asks, policies, otherwise }: PolicyStage,
  question: DecisionInput,
  trail: TrailStep[],
): Verdict | undefined {
  const { rulebook } = question
  const subject = asks(question)
  if (subject === undefined) return undefined
  for (const policy of rulebook.policies) {
    const role = policies[policy.decision]
    if (role === undefined || role.skips?.(policy, question)) continue
    const { reading, from = 'match', match } = role
    const evaluation = evaluate(policy, { subject, facts: rulebook, reading })
    const matched = atLeast(evaluation.outcome, from)
      ? { question, subject, policy, evaluation }
      : undefined
    const ruling = matched && (typeof match === 'function' ? match(matched) : match)
    trail.push(...stepsOf(policy, evaluation, { stage, reason: ruling?.noted }))
    if (ruling === undefined || ruling.kind === 'next_policy') continue
    return ruling.kind === 'next_stage' ? undefined : reached(ruling, policy, trail)
  }
  const reason = otherwise?.(question)
  return reason && deny(trail, reason)
}

type Final = Exclude<Ruling, { readonly kind: 'next_policy' | 'next_stage' }>

function reached(ruling: Final, policy: AccessPolicy, trail: readonly TrailStep[]): Verdict {
  switch (ruling.kind) {
    case 'pass':
      return { kind: 'pass', by: ruling.by, policy, trail }
    case 'login':
      return { kind: 'login', policy, trail }
    case 'deny':
      return deny(trail, ruling.reason, policy)
    default:
      return ruling satisfies never
  }
}
