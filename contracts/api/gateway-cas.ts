/** The authorities that sign SSH certificates for Access for Infrastructure (api-gateway-cas). */
import { z } from 'zod'
import { endpoint, once } from '../endpoint.ts'
import { uuid } from '../primitives.ts'

const path = '/access/gateway_ca'

const gatewayCa = once(() =>
  z.object({
    id: uuid(),
    /** One line, for `TrustedUserCAKeys` of sshd. */
    public_key: z.string().startsWith('ecdsa-sha2-nistp256 '),
  }),
)

const common = { evidence: 'documented', source: ['api-gateway-cas'] } as const

export const gatewayCas = {
  list: endpoint({
    ...common,
    id: 'gatewayCas.list',
    summary: 'List SSH certificate authorities',
    method: 'GET',
    path,
    result: once(() => z.array(gatewayCa())),
    status: 200,
  }),
  create: endpoint({
    ...common,
    id: 'gatewayCas.create',
    summary: 'Create an SSH certificate authority',
    method: 'POST',
    path,
    result: gatewayCa,
    status: 201,
    errors: ['conflict'],
    source: ['api-gateway-cas', 'api-gateway-ca-once'],
  }),
  delete: endpoint({
    ...common,
    id: 'gatewayCas.delete',
    summary: 'Delete an SSH certificate authority',
    method: 'DELETE',
    path: `${path}/{gateway_ca_id}`,
    result: once(() => z.object({ id: uuid() })),
    status: 200,
    errors: ['not_found'],
  }),
} as const
