/**
 * How Cloudflare's Terraform provider, version 5, names what an account stores (api-terraform-provider). What has no row
 * here, such as DNS records, is not exported.
 */
import type { ResourceTable } from '../../contracts/api/operations.ts'

export interface TerraformType {
  readonly table: ResourceTable
  readonly type: string
  /** Resources that a zone can have too are imported by a longer id. */
  readonly importedBy: 'account/id' | 'accounts/account/id'
  /** Fields of the body, or of an object in it (`a.b`), that the provider does not have or reads by itself. */
  readonly without?: readonly string[]
  /** An attribute that the provider cannot read back, and that a change of would replace the object. */
  readonly ignoresChangesOf?: string
}

/** In the order in which one may refer to another. */
export const terraformTypes: readonly TerraformType[] = [
  {
    table: 'identity_providers',
    type: 'cloudflare_zero_trust_access_identity_provider',
    importedBy: 'accounts/account/id',
    without: ['config.redirect_url', 'scim_config.scim_base_url', 'scim_config.secret'],
  },
  {
    table: 'certificates',
    type: 'cloudflare_zero_trust_access_mtls_certificate',
    importedBy: 'accounts/account/id',
    ignoresChangesOf: 'certificate',
  },
  {
    table: 'service_tokens',
    type: 'cloudflare_zero_trust_access_service_token',
    importedBy: 'accounts/account/id',
    without: [
      'client_secret',
      'enabled',
      'client_secret_version',
      'previous_client_secret_expires_at',
    ],
  },
  { table: 'tags', type: 'cloudflare_zero_trust_access_tag', importedBy: 'account/id' },
  {
    table: 'groups',
    type: 'cloudflare_zero_trust_access_group',
    importedBy: 'accounts/account/id',
  },
  { table: 'policies', type: 'cloudflare_zero_trust_access_policy', importedBy: 'account/id' },
  {
    table: 'custom_pages',
    type: 'cloudflare_zero_trust_access_custom_page',
    importedBy: 'account/id',
  },
  {
    table: 'targets',
    type: 'cloudflare_zero_trust_access_infrastructure_target',
    importedBy: 'account/id',
  },
  {
    table: 'mcp_servers',
    type: 'cloudflare_zero_trust_access_ai_controls_mcp_server',
    importedBy: 'account/id',
  },
  {
    table: 'mcp_portals',
    type: 'cloudflare_zero_trust_access_ai_controls_mcp_portal',
    importedBy: 'account/id',
  },
  {
    table: 'applications',
    type: 'cloudflare_zero_trust_access_application',
    importedBy: 'accounts/account/id',
    // Of the three ways to say its hosts, the provider takes one.
    without: [
      'self_hosted_domains',
      'saas_app.client_id',
      'saas_app.client_secret',
      'saas_app.public_key',
    ],
  },
]
