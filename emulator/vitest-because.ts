/** Which failure modes an explanation proves: what the matcher `toBeDeniedBecause` goes by. It never guesses. */
import type { AdviceChange } from '../contracts/control/advice.ts'
import type { Explanation, JournalEntry, Step } from '../contracts/control/shapes.ts'
import { isModeId, type ModeId } from '../contracts/modes/catalogue.ts'

/** What the emulator remembers of one request. */
export interface RememberedAnswer {
  readonly explanation: Explanation
  readonly entry: JournalEntry
}

/**
 * What keeps the pair from authenticating, as the trail's line of stage `credentials` says it. `unknown` is literal: no
 * service token has the client id, be it that it was removed, or that something else was pasted. `single_header_keys`
 * is not here: the keys may be wrong in another way than their case.
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
}

/** What is refused before any policy is asked. */
const ofHosts: Readonly<Record<string, ModeId>> = {
  unmatched_host_denied: 'host-unmatched-denied',
  worker_websocket_refused: 'worker-websocket-refused',
}

/** What is wrong with the application token, as the trail's line of stage `application_token` says it. */
const ofToken: Readonly<Record<string, ModeId>> = {
  jwt_of_other_application: 'jwt-other-application',
  jwt_of_other_issuer: 'organization-renamed',
  jwt_expired: 'jwt-expired',
  jwt_revoked: 'jwt-revoked',
  jwt_not_bound: 'jwt-without-binding-cookie',
  jwt_sent_as_bearer: 'jwt-as-bearer',
}

/** Every cause that is certain; none where Access did not refuse, or where several would look the same. */
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

/** What the refusal is called by itself, beside its modes: the verdict's reason, that of the pair and of the token. */
export function reasonsOf({ reason, trail }: Explanation): string[] {
  const isOwn = ({ stage, policy }: Step) =>
    stage === 'credentials' || (stage === 'application_token' && policy === undefined)
  const own = trail.filter(isOwn).map((step) => step.reason)
  return [...new Set([...(reason === null ? [] : [reason]), ...own])]
}

function hasReason(trail: readonly Step[], reason: string): boolean {
  return trail.some((step) => step.reason === reason)
}

/** Only if a good pair would be let in, or nothing else was asked. */
function credentialCause({ reason, trail, advice }: Explanation): ModeId[] {
  const step = trail.find(({ stage }) => stage === 'credentials')
  const mode = step === undefined ? undefined : ofCredentials[step.reason]
  const matters = reason === 'credentials_invalid' || advises(advice, 'send_service_token')
  return mode !== undefined && matters ? [mode] : []
}

/** Only if the token, in good order, would open the application. */
function tokenCause({ trail, advice }: Explanation): ModeId[] {
  const matters = advises(advice, 'send_application_token')
  const modes = trail.flatMap(({ stage, policy, reason }) =>
    stage === 'application_token' && policy === undefined ? (ofToken[reason] ?? []) : [],
  )
  return matters ? modes : []
}

function requestCause({ verdict, trail }: Explanation, { method, status }: JournalEntry): ModeId[] {
  if (hasReason(trail, 'no_allow_policy')) return ['jwt-replay-refused']
  // A login is offered by redirect, but for a preflight, which cannot follow it.
  return verdict === 'login' && method === 'OPTIONS' && status === 403 ? ['preflight-refused'] : []
}

function policyCauses({ verdict, reason, trail, advice }: Explanation): ModeId[] {
  if (reason === 'blocked_by_policy' || reason === 'blocked_before_login') {
    const isAlone = advises(advice, 'remove_policy') || advises(advice, 'add_exclude')
    return isAlone ? ['policy-block-first'] : []
  }
  // Offered only to a request whose pair authenticates.
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

/** As lines to read. */
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
    ...would_pass_if.map((way) => `It would pass if you ${way}.`),
  ].join('\n')
}
