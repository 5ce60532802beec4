/** The seed `example`: names as in documentation, and one application of each kind. Every secret is obviously fake. */
import type { Seed } from '../../contracts/control/seed.ts'

export const example: Seed = {
  accounts: [
    {
      id: '023e105f4ecef8ad9ca31a8372d0c353',
      name: 'Example account',
      api_token: 'example-api-token-not-a-secret-0000000000',
      api_key: '144c9defac04969c7bfad8efaa8ea194',
      email: 'user@example.com',
      zones: [
        {
          id: '9a7806061c88ada191ed06f989cc3dac',
          name: 'example.com',
          dns_records: [
            { type: 'A', name: '@', content: '192.0.2.1', proxied: true },
            { type: 'AAAA', name: 'machines', content: '100::', proxied: true },
            { type: 'A', name: 'wiki', content: '192.0.2.10', proxied: true },
            { type: 'CNAME', name: 'shop', content: 'shop.example.net', proxied: true },
          ],
          worker_routes: [{ pattern: 'machines.example.com/*', script: 'machines' }],
        },
      ],
      organization: { name: 'Example team', auth_domain: 'example-team.cloudflareaccess.com' },
      identity_providers: [{ type: 'onetimepin', name: 'One-time PIN', config: {} }],
      service_tokens: [
        {
          name: 'ci deploy',
          client_id: 'e0a1e0a1e0a1e0a1e0a1e0a1e0a1e0a1.access',
          client_secret: 'cfast_exampleSecretOfCiDeployNotARealOne00000000000000',
        },
        {
          name: 'unused',
          client_id: 'e0a2e0a2e0a2e0a2e0a2e0a2e0a2e0a2.access',
          client_secret: 'cfast_exampleSecretOfUnusedNotARealOne0000000000000000',
        },
      ],
      applications: [
        {
          type: 'self_hosted',
          name: 'Machines only',
          domain: 'machines.example.com',
          policies: [
            {
              name: 'Service Auth for ci deploy',
              decision: 'non_identity',
              include: [{ service_token: { name: 'ci deploy' } }],
            },
          ],
        },
        {
          type: 'self_hosted',
          name: 'People and machines',
          domain: 'wiki.example.com',
          policies: [
            {
              name: 'Service Auth for ci deploy',
              decision: 'non_identity',
              include: [{ service_token: { name: 'ci deploy' } }],
            },
            {
              name: 'Allow example.com',
              decision: 'allow',
              include: [{ email_domain: { domain: 'example.com' } }],
            },
          ],
        },
        {
          type: 'self_hosted',
          name: 'Admin pages of the shop',
          domain: 'shop.example.com/admin',
          policies: [
            {
              name: 'Service Auth for ci deploy',
              decision: 'non_identity',
              include: [{ service_token: { name: 'ci deploy' } }],
            },
          ],
        },
      ],
    },
  ],
}
