/** Which failure mode explains a refused request, and whether its credentials belong to no account of the emulator. */
import type { Explanation, JournalEntry } from '../../../contracts/control/shapes.ts'
import type { AnswerReason } from '../../../contracts/errors/errors.ts'
import type { ModeId } from '../../../contracts/modes/catalogue.ts'
import { causesOf } from '../../instance/refusal-causes.ts'

/** Reasons that exactly one failure mode explains. */
const modeOfReason: Readonly<Record<string, ModeId>> = {
  service_auth_absent: 'service-auth-absent',
  service_auth_wrong_method: 'service-auth-wrong-method',
  aud_unknown: 'service-auth-unknown-aud',
  path_unknown: 'access-path-unknown',
  organization_unknown: 'organization-unknown',
  not_enabled: 'organization-not-enabled',
  host_without_record: 'dns-missing',
  unmatched_host_denied: 'host-unmatched-denied',
  application_unknown: 'login-application-unknown',
  route_unknown: 'api-route-unknown',
  no_credentials: 'api-no-credentials',
  token_malformed: 'api-token-malformed',
  authentication_error: 'api-token-unknown',
  permission_missing: 'api-permission-missing',
  permission_forbidden: 'api-permission-missing',
  api_token_disabled: 'api-token-expired',
  api_token_expired: 'api-token-expired',
  api_token_location: 'api-token-location',
  unauthorized_resource: 'api-account-foreign',
  unknown_application: 'api-application-unknown',
  not_found: 'api-object-unknown',
  application_already_exists: 'api-application-exists',
  service_token_in_use: 'api-token-in-use',
  rate_limited: 'api-rate-limited',
  origin_refused: 'origin-down',
} satisfies { readonly [R in AnswerReason]?: ModeId }

export function modeBehind(entry: JournalEntry, explanation: Explanation): ModeId | undefined {
  // The sentence already names a mode or fault that was set.
  if (entry.mode !== null || entry.fault !== null) return undefined
  const isExchange = entry.operation === 'edge.service_auth'
  if (entry.expected_only && entry.status < 400 && !isExchange) return passedOnlyBy(explanation)
  const reason = isExchange && entry.expected_only ? 'service_auth_absent' : entry.reason
  const named = reason === null ? undefined : modeOfReason[reason]
  if (named === 'service-auth-absent' && entry.host.endsWith('.cloudflareaccess.com')) {
    return 'service-auth-absent-team'
  }
  if (named !== undefined) return named
  const causes = causesOf({ entry, explanation })
  return causes.length === 1 ? causes[0] : undefined
}

/** Why real Cloudflare refuses a request that only profile `expected` lets in. */
function passedOnlyBy({ trail }: Explanation): ModeId | undefined {
  const admitting = trail.findLast(({ reason }) => reason === 'admits')
  if (admitting?.stage === 'service_token') return 'token-under-allow'
  return admitting?.stage === 'application_token' ? 'jwt-replay-refused' : undefined
}

const foreignReasons: readonly (string | null)[] = [
  'authentication_error',
  'api_token_invalid',
  'unable_to_authenticate',
] satisfies AnswerReason[]

export function foreignCredentials({ reason }: JournalEntry, { trail }: Explanation): boolean {
  const isUnknownPair = trail.some(
    (step) => step.stage === 'credentials' && step.reason === 'unknown',
  )
  return foreignReasons.includes(reason) || isUnknownPair
}
