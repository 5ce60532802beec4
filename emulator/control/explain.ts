/** Explains why a request was let in or not, and what would let it in. */
import { adviceInWords } from '../../contracts/control/advice.ts'
import type { PlainRequest, Step } from '../../contracts/control/shapes.ts'
import { fail, isFailure } from '../../contracts/errors/errors.ts'
import { grantReasons } from '../../contracts/reasons/oauth.ts'
import type { Reason, ReasonRow } from '../../contracts/reasons/table.ts'
import { advise } from '../access/advice/advise.ts'
import type { KnownAccount } from '../access/advice/move.ts'
import { evaluate as matchLists, plainly } from '../access/evaluate.ts'
import { normalisePath } from '../access/hosts.ts'
import type { AccessPolicy, Rulebook } from '../access/policy.ts'
import type { Subject } from '../access/subject.ts'
import { applicationAt, evaluate, type RequestFacts } from '../account/evaluate.ts'
import type { Evaluation } from '../account/evaluation.ts'
import type { JournaledAnswer, RememberedEntry } from '../account/journal.ts'
import { identityOf } from '../account/sign-in.ts'
import { accountOf, type ControlHandler, type Controlled } from './context.ts'
import { reasonOf } from './entry.ts'
import { rememberedRay } from './journal.ts'
import { knownOf } from './known.ts'
import { adviceOnUnmatched, explainedUnmatched } from './unmatched.ts'
import { decidedInWords, whyOf } from './why.ts'

export type ExplainContext = Pick<Controlled, 'accounts' | 'world'>
export const explain: ControlHandler<'explain'> = async ({ query, body }, context) => {
  if ('ray' in body) {
    const remembered = await rememberedRay(query, body.ray, context)
    return isFailure(remembered) ? remembered : { result: explainedEntry(remembered, context) }
  }
  const asking = askingOf(body.request)
  if (asking === undefined) return fail('bad_request', 'request.url: the path is not valid')
  const ofHost = query.account === undefined ? context.accounts.byHost(asking.host) : undefined
  const account = ofHost ?? accountOf(query, context)
  if (isFailure(account)) return account
  const application = applicationAt(account, asking.host, asking.path)
  if (application === undefined) {
    return { result: explainedUnmatched(asking, account, context.world) }
  }
  const identity = body.identity === undefined ? undefined : identityOf(account, body.identity)
  const evaluation = await evaluate(account, context.world, application, asking, identity)
  return {
    result: explained(
      evaluation,
      decidedInWords(evaluation),
      knownOf(account, context.world.now()),
    ),
  }
}

/** Explains a request in the journal. */
export function explainedEntry(remembered: RememberedEntry, context: ExplainContext) {
  const { flow } = remembered.answered
  const explanation = explainedAnswer(remembered, context)
  return flow === undefined
    ? explanation
    : { ...explanation, flow: { id: flow.id, step: flow.step } }
}

function explainedAnswer(remembered: RememberedEntry, context: ExplainContext) {
  const { account, answered, evaluation } = remembered
  const why = whyOf(remembered)
  if (evaluation !== undefined) {
    const known = knownOf(context.accounts.byId(account ?? ''), context.world.now())
    return explained(evaluation, why, known)
  }
  const advice = adviceOnUnmatched(remembered, context)
  return {
    verdict: String(answered.status),
    reason: reasonOf(remembered),
    why,
    application: null,
    trail: [...(answered.trail ?? [])],
    would_pass_if: advice.length > 0 ? advice.map(adviceInWords) : fixOf(answered),
    advice,
  }
}

/** What the client of a refused grant can do, which no decision could be tried for. */
function fixOf({ because }: JournaledAnswer): string[] {
  const rows: Readonly<Record<string, ReasonRow>> = grantReasons
  const fix = because === undefined ? undefined : rows[because.reason]?.fix
  return fix === undefined ? [] : [fix]
}

function explained(
  { application, subject, rulebook, verdict }: Evaluation,
  why: string,
  known: KnownAccount,
) {
  const advice = [...advise(rulebook, subject, verdict, known)]
  return {
    verdict: verdict.kind,
    reason: verdict.kind === 'deny' ? verdict.reason : null,
    why,
    application: {
      id: application.id,
      name: application.name ?? '',
      aud: application.aud,
      domain: application.domain ?? null,
    },
    trail: [...unsaid({ subject, rulebook, verdict }), ...verdict.trail],
    would_pass_if: advice.map(adviceInWords),
    advice,
  }
}

/** Steps that a verdict takes for granted: its trail has them only if they alone decided. */
function unsaid({
  subject,
  rulebook,
  verdict,
}: Pick<Evaluation, 'subject' | 'rulebook' | 'verdict'>): Step[] {
  if (verdict.kind === 'pass') return []
  const { pair } = subject
  const stages = new Set<string>(verdict.trail.map(({ stage }) => stage))
  const noMatch = (stage: string, reason: Reason) => ({ stage, outcome: 'no_match', reason })
  const isBad = pair.status === 'invalid' || pair.status === 'unusable'
  const isGood = pair.status === 'valid'
  return [
    ...(isBad && !stages.has('credentials') ? [noMatch('credentials', pair.reason)] : []),
    ...(rulebook.policies.length === 0 ? [noMatch('policies', 'no_policy')] : []),
    ...(isGood && !stages.has('service_token') ? allowing(subject, rulebook) : []).map(
      ({ id, name, decision }) => ({
        ...noMatch('service_token', 'allow_admits_no_service_token'),
        policy: { id, name, decision },
      }),
    ),
  ]
}

/** The Allow policies that include the service token that was sent. */
function allowing(subject: Subject, rulebook: Rulebook): readonly AccessPolicy[] {
  return rulebook.policies.filter(
    (policy) =>
      policy.decision === 'allow' &&
      matchLists(policy, { subject, facts: rulebook, reading: plainly }).admitsMachine,
  )
}

function askingOf({ method, url, headers }: PlainRequest): RequestFacts | undefined {
  const { hostname, pathname, search } = new URL(url)
  const target = normalisePath(pathname + search)
  if (target === undefined) return undefined
  const lower = new Map(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]))
  const common_name = lower.get('access-emulator-certificate-common-name')
  return {
    host: hostname.toLowerCase(),
    path: target.path,
    method,
    headers: (name) => {
      const value = lower.get(name)
      return value === undefined ? [] : [value]
    },
    ip: lower.get('access-emulator-client-ip') ?? '127.0.0.1',
    country: lower.get('access-emulator-country') ?? 'XX',
    ...(common_name === undefined ? {} : { certificate: { common_name } }),
  }
}
