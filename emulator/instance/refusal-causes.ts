/** Which failure modes an explanation proves; used by the matchers `toBeDeniedBecause`. It never guesses. */
import type { AdviceChange } from '../../contracts/control/advice.ts'
import type { Explanation, JournalEntry, Step } from '../../contracts/control/shapes.ts'
import type { AnswerReason } from '../../contracts/errors/errors.ts'
import { isModeId, type ModeId } from '../../contracts/modes/catalogue.ts'
import type {
  PairReason,
  Reason,
  TokenReason,
  UnusablePairReason,
} from '../../contracts/reasons/table.ts'

/** What the emulator's journal has on one request. */
export interface RememberedAnswer {
  readonly explanation: Explanation
  readonly entry: JournalEntry
}

/**
 * Why a service token did not authenticate, by the reason of the trail's step `credentials`. `unknown` is literal: no
 * service token has that client id, whether it was deleted or something else was pasted. `single_header_keys` is
 * missing on purpose: the keys may be wrong in other ways than their case.
 */
const ofCredentials: Readonly<Record<string, ModeId>> = {
  wrong_secret: 'token-wrong-secret',
  unknown: 'token-unknown',
  expired: 'token-expired',
  disabled: 'token-disabled',
  previous_secret_expired: 'token-rotated',
  client_id_missing: 'token-header-missing',
  client_secret_missing: 'token-header-missing',
  both_forms_sent: 'token-both-headers',
  header_sent_twice: 'token-both-headers',
} satisfies { readonly [R in PairReason | UnusablePairReason]?: ModeId }

/** Refusals before any policy is evaluated. */
const ofHosts: Readonly<Record<string, ModeId>> = {
  unmatched_host_denied: 'host-unmatched-denied',
  worker_websocket_refused: 'worker-websocket-refused',
} satisfies { readonly [R in AnswerReason]?: ModeId }

/** What is wrong with the application token, by the reason of the trail's step `application_token`. */
const ofToken: Readonly<Record<string, ModeId>> = {
  jwt_of_other_application: 'jwt-other-application',
  jwt_of_other_issuer: 'organization-renamed',
  jwt_expired: 'jwt-expired',
  jwt_revoked: 'jwt-revoked',
  jwt_not_bound: 'jwt-without-binding-cookie',
  jwt_sent_as_bearer: 'jwt-as-bearer',
} satisfies { readonly [R in TokenReason]?: ModeId }

/** Every cause that is certain; none if Access did not refuse, or if several would look the same. */
export function causesOf({ explanation, entry }: RememberedAnswer): ModeId[] {
  const { verdict, reason, trail } = explanation
  const ofFault = entry.mode === null || !isModeId(entry.mode) ? [] : [entry.mode]
  if (ofFault.length > 0) return ofFault
  if (hasReason(trail, 'cookies_too_large')) return ['cookie-overflow']
  const ofHost = reason === null ? undefined : ofHosts[reason]
  if (ofHost !== undefined) return [ofHost]
  if (verdict !== 'deny' && verdict !== 'login') return []
  if (reason === 'identity_not_admitted') return ['login-identity-refused']
  if (reason === 'no_policy' || hasReason(trail, 'no_policy')) return ['policy-missing']
  const ofRequest = [
    ...credentialCause(explanation),
    ...tokenCause(explanation),
    ...requestCause(explanation, entry),
  ]
  if (reason === 'credentials_invalid') return ofRequest
  return [...new Set([...ofRequest, ...policyCauses(explanation)])]
}

/** The reasons for the refusal in the emulator's own terms: those of the verdict, the service token and the application token. */
export function reasonsOf({ reason, trail }: Explanation): string[] {
  const isOwn = ({ stage, policy }: Step) =>
    stage === 'credentials' || (stage === 'application_token' && policy === undefined)
  const own = trail.filter(isOwn).map((step) => step.reason)
  return [...new Set([...(reason === null ? [] : [reason]), ...own])]
}

function hasReason(trail: readonly Step[], reason: Reason): boolean {
  return trail.some((step) => step.reason === reason)
}

/** Only if a valid service token would be let in, or if invalid credentials are the verdict's reason. */
function credentialCause({ reason, trail, advice }: Explanation): ModeId[] {
  const step = trail.find(({ stage }) => stage === 'credentials')
  const mode = step === undefined ? undefined : ofCredentials[step.reason]
  const matters = reason === 'credentials_invalid' || advises(advice, 'send_service_token')
  return mode !== undefined && matters ? [mode] : []
}

/** Only if a valid application token would be let in. */
function tokenCause({ trail, advice }: Explanation): ModeId[] {
  const matters = advises(advice, 'send_application_token')
  const modes = trail.flatMap(({ stage, policy, reason }) =>
    stage === 'application_token' && policy === undefined ? (ofToken[reason] ?? []) : [],
  )
  return matters ? modes : []
}

function requestCause({ verdict, trail }: Explanation, { method, status }: JournalEntry): ModeId[] {
  if (hasReason(trail, 'no_allow_policy')) return ['jwt-replay-refused']
  // A login is offered as a redirect, except to a preflight, which cannot follow it.
  return verdict === 'login' && method === 'OPTIONS' && status === 403 ? ['preflight-refused'] : []
}

function policyCauses({ verdict, reason, trail, advice }: Explanation): ModeId[] {
  if (reason === 'blocked_by_policy' || reason === 'blocked_before_login') {
    const isAlone = advises(advice, 'remove_policy') || advises(advice, 'add_exclude')
    return isAlone ? ['policy-block-first'] : []
  }
  // This advice is given only if the service token authenticates.
  const isGoodPair = advises(advice, 'add_policy')
  const including = new Set(trail.filter(includesToken).map(({ policy }) => policy?.id))
  const isAsked = ({ policy, stage }: Step) =>
    isGoodPair ? including.has(policy?.id) : verdict === 'deny' || stage === 'non_identity'
  const unmet = trail.filter((step) => step.rule === undefined && isAsked(step))
  const allowing = trail.filter(({ reason }) => reason === 'allow_admits_no_service_token')
  const isUnderAllow = allowing.some(({ policy }) =>
    advice.some(({ changes }) =>
      changes.some((change) => change.change === 'set_decision' && change.policy_id === policy?.id),
    ),
  )
  const isNowhere = isGoodPair && including.size + allowing.length === 0
  return [
    ...(isUnderAllow ? ['token-under-allow' as const] : []),
    ...(hasReason(unmet, 'require_not_met') ? ['policy-require-fails' as const] : []),
    ...(hasReason(unmet, 'exclude_met') ? ['policy-exclude-matches' as const] : []),
    ...(isNowhere && hasReason(trail, 'other_service_token')
      ? ['token-not-included' as const]
      : []),
  ]
}

function advises(advice: Explanation['advice'], wanted: AdviceChange['change']): boolean {
  return advice.some(({ changes }) => changes.some(({ change }) => change === wanted))
}

function includesToken({ rule = '', outcome }: Step): boolean {
  return outcome === 'match' && /^include\.(.*\.)?(any_valid_)?service_token$/.test(rule)
}

/** The explanation as lines of text. */
export function explainedText({ explanation, entry }: RememberedAnswer): string {
  const { verdict, reason, trail, would_pass_if, application } = explanation
  const steps = trail.map(
    ({ policy, rule, stage, outcome, reason: why }) =>
      `  ${[stage, policy && `"${policy.name}" (${policy.decision})`, rule].filter(Boolean).join(' ')}: ${outcome}, ${why}`,
  )
  return [
    `${entry.method} https://${entry.host}${entry.path} was answered ${entry.status} (ray ${entry.ray}).`,
    `Verdict: ${verdict}${reason === null ? '' : `, ${reason}`}${application === null ? '' : `, application "${application.name}"`}.`,
    ...steps,
    ...would_pass_if.map((change) => `It would pass if you ${change}.`),
  ].join('\n')
}
