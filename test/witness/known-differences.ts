/** What the official client and the official document do not have and the emulator does, each with its reason. */

/** Built operations that the official client has no method for: plain `fetch` drives them. */
export const notInClient: Readonly<Record<string, string>> = {
  'organizations.patch':
    'neither the client nor the document has it; Cloudflare documents it for strict_service_token_auth',
  'applicationPolicies.makeReusable': 'in the official document, in no official client yet',
}

/** Calls that the official document, which is a part of the whole, leaves out; the client's types alone are their witness. */
export const beyondDocument = /^\w+ \/zones\/\{zone_id\}\/(dns_records|workers\/routes)/

export interface KeyDifference {
  readonly calls: RegExp
  /** Places in an answer: `result.uid`; those of a list are the same below `result[]`. */
  readonly keys: readonly string[]
  readonly reason: string
}

const bothScopes =
  'a zone answers the same object as its account, as Terraform expects (api-facts 1)'
const wholeEnvelope =
  'the document writes a bare result here; the envelope is whole everywhere else'

/** Keys that the emulator answers though the official response schema does not know them. */
export const keyDifferences: readonly KeyDifference[] = [
  {
    calls: /\/access\/(apps|policies|groups|identity_providers)/,
    keys: ['result.uid', 'result.policies[].uid'],
    reason: 'recorded: it equals id on all of these (api-facts 5)',
  },
  {
    calls: /\/access\/apps/,
    keys: ['result.domain_type'],
    reason: 'recorded in the fixtures of cloudflare-go (api-facts 5)',
  },
  {
    calls: /^\w+ \/zones\/.*\/access\/apps/,
    keys: ['result.tags', 'result.self_hosted_domains', 'result.destinations', 'result.policies'],
    reason: bothScopes,
  },
  {
    calls: /^\w+ \/zones\/.*\/access\/organizations/,
    keys: [
      'result.allow_authenticate_via_warp',
      'result.auto_redirect_to_identity',
      'result.session_duration',
    ],
    reason: bothScopes,
  },
  {
    calls: /\/access\/apps/,
    keys: ['result.policies[].reusable'],
    reason: 'the answer embeds full policies, which tell reusable ones apart (api-facts 5)',
  },
  {
    calls: /\/access\/apps\/[^/]+\/policies/,
    keys: ['result.reusable'],
    reason: 'recorded, 2025-10-14: each policy of an application says whether it is reusable',
  },
  {
    calls: /\/make_reusable$/,
    keys: ['result.app_count'],
    reason: 'the policy is a reusable one from here on; the document reuses the schema of own ones',
  },
  {
    calls: /\/access\/identity_providers/,
    keys: ['result.version'],
    reason: 'recorded: 32 hex characters (api-facts 5)',
  },
  {
    calls: /^POST .*\/access\/service_tokens/,
    keys: [
      'result.expires_at',
      'result.last_seen_at',
      'result.client_secret_version',
      'result.previous_client_secret_expires_at',
    ],
    reason: 'create and rotate answer the token beside its secret (api-facts 5)',
  },
  {
    calls: /^PUT .*\/access\/service_tokens/,
    keys: [
      'result.client_secret',
      'result.client_secret_version',
      'result.previous_client_secret_expires_at',
    ],
    reason: 'a raised client_secret_version rotates, as Terraform does it (api-facts 5)',
  },
  {
    calls: /\/access\/organizations$/,
    keys: ['result.strict_service_token_auth'],
    reason: 'newer than the document; the official client knows it (api-facts 0)',
  },
  {
    calls: /\/(revoke_tokens|revoke_user)$/,
    keys: ['errors', 'messages'],
    reason: wholeEnvelope,
  },
  {
    calls: /\/access_requests$/,
    keys: ['result.app_type', 'result.country', 'result.non_identity'],
    reason: 'the document filters by them and forgets them in the answer (api-facts 2)',
  },
  {
    calls: /\/access_requests$/,
    keys: ['result_info'],
    reason: 'the document takes page and per_page and forgets what answers them (api-facts 2)',
  },
  {
    calls: /^GET \/accounts$/,
    keys: ['result_info.total_pages'],
    reason: 'live lists carry all five numbers (api-facts 2)',
  },
  {
    calls: /\/tokens\/verify$/,
    keys: ['messages[].type'],
    reason: 'recorded: null (api-facts 3)',
  },
]
