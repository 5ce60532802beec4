/** How each host treats client certificates: in China, and towards its origin (api-mtls-hostname-settings). */
import { z } from 'zod'
import { endpoint, once } from '../declaration/endpoint.ts'
import { certificateHostname } from './certificates.ts'

export const certificateSetting = once(() =>
  z.strictObject({
    hostname: certificateHostname(),
    china_network: z.boolean(),
    /** Whether the origin gets the client's certificate in a header. */
    client_certificate_forwarding: z.boolean(),
  }),
)
export type CertificateSetting = z.output<ReturnType<typeof certificateSetting>>

const common = {
  scope: 'account_or_zone',
  path: '/access/certificates/settings',
  result: once(() => z.array(certificateSetting())),
  evidence: 'documented',
  source: ['api-mtls-hostname-settings'],
} as const

export const certificateSettings = {
  get: endpoint({
    ...common,
    id: 'certificateSettings.get',
    summary: 'List the mTLS settings of hosts',
    method: 'GET',
    status: 200,
  }),
  update: endpoint({
    ...common,
    id: 'certificateSettings.update',
    summary: 'Replace the mTLS settings of hosts',
    method: 'PUT',
    body: once(() => z.looseObject({ settings: z.array(certificateSetting()) })),
    status: 202,
    errors: ['invalid_request'],
  }),
} as const
