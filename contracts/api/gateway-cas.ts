/** The authorities that sign SSH certificates for Access for Infrastructure: at most one per account (api-gateway-cas). */
import { z } from 'zod'
import { once } from '../declaration/endpoint.ts'
import { uuid } from '../declaration/primitives.ts'
import { resource } from '../declaration/resource.ts'

const gatewayCa = once(() =>
  z.object({
    id: uuid(),
    /** One line, for `TrustedUserCAKeys` of sshd. */
    public_key: z.string().startsWith('ecdsa-sha2-nistp256 '),
  }),
)

export const gatewayCas = resource(
  {
    name: 'gatewayCas',
    one: 'an SSH certificate authority',
    noun: 'gateway CA',
    many: 'SSH certificate authorities',
    path: '/access/gateway_ca',
    param: 'gateway_ca_id',
    scope: 'account',
    table: 'gateway_cas',
    lacks: ['get', 'replace'],
    entity: gatewayCa,
    body: once(() => z.object({})),
    derived: ['public_key'],
    /** What its key derives from: 96 hex digits. */
    kept: () => ({ secret: z.string().regex(/^[0-9a-f]{96}$/) }),
    labels: [],
    unique: { by: [], failure: 'conflict' },
    deleted: once(() => z.object({ id: uuid() })),
    deleteStatus: 200,
    unknown: 'not_found',
    evidence: 'documented',
    source: ['api-gateway-cas', 'api-gateway-ca-once'],
    recognisedBy: [['id', 'public_key']],
    example: {},
    lifeCycle: { body: () => ({}), invalid: {} },
  },
  ({ create: { body: _, ...create }, ...others }) => ({ ...others, create }),
)
