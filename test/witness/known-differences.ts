/** What the emulator has beyond the official client and document, each with its reason. */
import type { Sources } from '../../contracts/evidence/sources.ts'

/** Built operations that the official client has no method for: plain `fetch` drives them. */
export const notInClient: Readonly<Record<string, string>> = {
  'organizations.patch':
    'neither the client nor the document has it; Cloudflare documents it for strict_service_token_auth',
  'users.deleteMfaAuthenticator': 'in the official document, in no official client yet',
  'jitRequestLogs.list': 'in the official document, in no official client yet',
  'authenticatorAaguids.list': 'in the official document, in no official client yet',
  'mcpPortals.effectiveRedirectUri': 'in the official document, in no official client yet',
  'targets.deleteBatch': 'the client’s method for the deprecated operation sends no body',
  'applicationPolicies.makeReusable': 'in the official document, in no official client yet',
  'customPages.validate': 'in a newer official document, in no official client yet',
}

/** Built operations that only ever refuse, each with the reason. */
export const onlyRefuses: Readonly<Record<string, string>> = {
  'jitRequestLogs.get': 'no approver is asked here, so there is no request to show',
}

/**
 * Calls that the official document leaves out, which is a part of the whole and older than some; the client's types alone
 * are their witness.
 */
export const beyondDocument =
  /^\w+ (\/zones\/\{\w*\}\/(dns_records|workers\/routes)|\/accounts\/\{\w*\}\/(access\/(user_populations|custom_pages\/validate)|tokens(?!\/verify)))/

export interface KeyDifference {
  readonly calls: RegExp
  /** Places in an answer: `result.uid`; those of a list are the same below `result[]`. */
  readonly keys: readonly string[]
  readonly reason: string
  readonly source: Sources
}

const bothScopes = {
  reason: 'a zone answers the same object as its account, as Terraform expects',
  source: ['api-zone-answers'],
} as const

/** Keys that the emulator answers though the official response schema does not know them. */
export const keyDifferences: readonly KeyDifference[] = [
  {
    calls: /\/access\/(apps|policies|groups|identity_providers)/,
    keys: ['result.uid', 'result.policies[].uid'],
    reason: 'it equals id on all of these',
    source: [
      'api-application-fields',
      'api-reusable-policy-fields',
      'api-identity-provider-fields',
    ],
  },
  {
    calls: /\/access\/apps/,
    keys: ['result.domain_type'],
    reason: 'it is in the fixtures of cloudflare-go',
    source: ['api-application-domain-type'],
  },
  {
    calls: /\/access\/custom_pages/,
    keys: ['result.contract_version', 'result.warnings'],
    reason: 'the official client, whose document is newer, has them',
    source: ['api-custom-page-templates'],
  },
  {
    calls: /^\w+ \/zones\/.*\/access\/apps/,
    keys: ['result.tags', 'result.self_hosted_domains', 'result.destinations', 'result.policies'],
    ...bothScopes,
  },
  {
    calls: /^\w+ \/zones\/.*\/access\/organizations/,
    keys: [
      'result.allow_authenticate_via_warp',
      'result.auto_redirect_to_identity',
      'result.session_duration',
    ],
    ...bothScopes,
  },
  {
    calls: /\/access\/apps/,
    keys: ['result.policies[].reusable'],
    reason: 'the answer embeds full policies, which tell reusable ones apart',
    source: ['api-application-policies', 'api-own-policy-fields'],
  },
  {
    calls: /\/access\/apps\/[^/]+\/policies/,
    keys: ['result.reusable'],
    reason: 'each policy of an application says whether it is reusable',
    source: ['api-own-policy-fields'],
  },
  {
    calls: /\/make_reusable$/,
    keys: ['result.app_count'],
    reason: 'the policy is a reusable one from here on; the document reuses the schema of own ones',
    source: ['api-policies', 'api-reusable-policy-fields'],
  },
  {
    calls: /\/access\/identity_providers/,
    keys: ['result.version'],
    reason: 'live providers have one, of 32 hex characters',
    source: ['api-identity-provider-fields'],
  },
  {
    calls: /^POST .*\/access\/service_tokens/,
    keys: [
      'result.expires_at',
      'result.last_seen_at',
      'result.client_secret_version',
      'result.previous_client_secret_expires_at',
    ],
    reason: 'create and rotate answer the token beside its secret',
    source: ['api-service-token-answer'],
  },
  {
    calls: /^PUT .*\/access\/service_tokens/,
    keys: [
      'result.client_secret',
      'result.client_secret_version',
      'result.previous_client_secret_expires_at',
    ],
    reason: 'a raised client_secret_version rotates, as Terraform does it',
    source: ['api-service-token-rotation'],
  },
  {
    calls: /\/access\/organizations$/,
    keys: ['result.strict_service_token_auth'],
    reason: 'newer than the document; the official client knows it',
    source: ['api-official-client'],
  },
  {
    calls: /\/(revoke_tokens|revoke_user)$/,
    keys: ['errors', 'messages'],
    reason: 'the document writes a bare result here; the envelope is whole everywhere else',
    source: ['api-envelope'],
  },
  {
    calls: /\/ai-controls\/mcp\//,
    keys: ['errors', 'messages', 'result', 'result_info'],
    reason: 'the document writes a shorter envelope here; it is whole everywhere else',
    source: ['api-envelope'],
  },
  {
    calls: /\/access_requests$/,
    keys: ['result.app_type', 'result.country', 'result.non_identity'],
    reason: 'the document filters by them and forgets them in the answer',
    source: ['api-access-log-answer'],
  },
  {
    calls: /\/(access_requests|policy-tests\/[^/]+\/users)$/,
    keys: ['result_info'],
    reason: 'the document takes page and per_page and forgets what answers them',
    source: ['api-access-log-answer', 'api-policy-test-outcomes'],
  },
  {
    calls: /^GET \/(accounts|memberships)$/,
    keys: ['result_info.total_pages'],
    reason: 'live lists carry all five numbers',
    source: ['api-list-numbers'],
  },
  {
    calls: /\/tokens\/verify$/,
    keys: ['messages[].type'],
    reason: 'it was null in a recorded answer',
    source: ['api-token-verify'],
  },
]
