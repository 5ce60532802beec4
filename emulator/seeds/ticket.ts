/** The seed `ticket`: the account, zone, applications, service token and Allow policy of the support ticket. */
import type { SeedPolicyInput } from '../../contracts/api/policies.ts'
import type { Seed } from '../../contracts/control/seed.ts'

const settings = {
  type: 'self_hosted',
  enable_binding_cookie: false,
  auto_redirect_to_identity: false,
  service_auth_401_redirect: true,
} as const

const allowTheToken: SeedPolicyInput = {
  name: 'Allow svc-debug-ticket-123',
  decision: 'allow',
  include: [{ service_token: { name: 'svc-debug-ticket-123' } }],
}

export const ticket: Seed = {
  accounts: [
    {
      id: '25ee8d3e1a867dcc2e777fd20073a0a4',
      name: 'Cloudcache',
      api_token: 'ticket-api-token-not-a-secret-00000000000',
      api_key: '25ee25ee25ee25ee25ee25ee25ee25ee25ee2',
      email: 'owner@cloudcache.ai',
      zones: [
        {
          id: '72aa78962e638f32e5e3ceadcb1ea435',
          name: 'cloudcache.ai',
          dns_records: [
            { type: 'AAAA', name: 'staging-apex', content: '100::', proxied: true },
            { type: 'AAAA', name: 'staging-website', content: '100::', proxied: true },
          ],
          worker_routes: [
            { pattern: 'staging-apex.cloudcache.ai/*', script: 'staging-apex' },
            { pattern: 'staging-website.cloudcache.ai/*', script: 'staging-website' },
          ],
        },
      ],
      organization: { name: 'Cloudcache', auth_domain: 'cloudcache.cloudflareaccess.com' },
      identity_providers: [{ type: 'onetimepin', name: 'One-time PIN', config: {} }],
      service_tokens: [
        {
          name: 'svc-debug-ticket-123',
          client_id: 'e0b1e0b1e0b1e0b1e0b1e0b1e0b1e0b1.access',
          client_secret: 'cfast_ticketSecretOfSvcDebugNotARealOne000000000000000',
        },
      ],
      applications: [
        {
          ...settings,
          name: 'manual-app-probe',
          domain: 'staging-apex.cloudcache.ai',
          policies: [allowTheToken],
        },
        {
          ...settings,
          name: 'staging-website',
          domain: 'staging-website.cloudcache.ai',
          policies: [allowTheToken],
        },
      ],
    },
  ],
}
