/** A seed in which every reference is by an arbitrary name. */
import type { SeedInput } from '../../contracts/control/seed.ts'
import type { Invented } from '../support/invented.ts'

export function inventedSeed({ name, host }: Invented): SeedInput {
  const [token, group, reusable, tag] = [name(), name(), name(), name(30)]
  return {
    accounts: [
      {
        name: name(),
        api_token: 'token-of-the-account-with-names',
        zones: [{ name: 'example.com' }],
        organization: { name: name(), auth_domain: 'names.cloudflareaccess.com' },
        tags: [{ name: tag }],
        service_tokens: [{ name: token }],
        groups: [{ name: group, include: [{ service_token: { name: token } }] }],
        policies: [
          { name: reusable, decision: 'non_identity', include: [{ group: { name: group } }] },
        ],
        applications: [
          {
            type: 'self_hosted',
            name: name(),
            domain: host('example.com'),
            tags: [tag],
            policies: [
              { policy: reusable },
              // Of one name with the other, and not the same.
              { name: reusable, decision: 'deny', include: [{ ip: { ip: '192.0.2.1' } }] },
              { name: reusable, decision: 'bypass', include: [{ ip: { ip: '192.0.2.2' } }] },
            ],
          },
        ],
      },
    ],
  }
}
