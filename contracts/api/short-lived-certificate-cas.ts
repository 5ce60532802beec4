/**
 * The CA that signs an application's short-lived SSH certificates: at most one per application
 * (api-short-lived-certificate-cas).
 */
import { z } from 'zod'
import { endpoint, once } from '../declaration/endpoint.ts'
import { audTag, pageQuery } from '../declaration/primitives.ts'

const path = '/access/apps/{app_id}/ca'

const caId = once(() => z.string().regex(/^[0-9a-f]{48}$/, 'must be 48 hex characters'))

export const shortLivedCertificateCa = once(() =>
  z.object({
    id: caId(),
    aud: audTag(),
    /** One line, for `TrustedUserCAKeys` of sshd. */
    public_key: z.string().startsWith('ecdsa-sha2-nistp256 '),
  }),
)
export type ShortLivedCertificateCa = z.output<ReturnType<typeof shortLivedCertificateCa>>

const common = {
  scope: 'account_or_zone',
  evidence: 'documented',
  source: ['api-short-lived-certificate-cas'],
} as const
const one = {
  ...common,
  path,
  result: shortLivedCertificateCa,
  status: 200,
  errors: ['unknown_application', 'not_found'],
} as const

export const shortLivedCertificateCas = {
  list: endpoint({
    ...common,
    id: 'shortLivedCertificateCas.list',
    summary: 'List short-lived certificate CAs',
    method: 'GET',
    path: '/access/apps/ca',
    query: once(() => z.object(pageQuery)),
    result: once(() => z.array(shortLivedCertificateCa())),
    status: 200,
    paging: { per_page: 100, max: 1000 },
  }),
  get: endpoint({
    ...one,
    id: 'shortLivedCertificateCas.get',
    summary: 'Get the short-lived certificate CA of an application',
    method: 'GET',
  }),
  create: endpoint({
    ...one,
    id: 'shortLivedCertificateCas.create',
    summary: 'Create the short-lived certificate CA of an application',
    method: 'POST',
    errors: ['unknown_application', 'conflict'],
    source: [
      'api-short-lived-certificate-cas',
      'api-short-lived-certificate-ca-key',
      'api-short-lived-certificate-ca-once',
    ],
  }),
  delete: endpoint({
    ...one,
    id: 'shortLivedCertificateCas.delete',
    summary: 'Delete the short-lived certificate CA of an application',
    method: 'DELETE',
    result: once(() => z.object({ id: caId() })),
    status: 202,
  }),
} as const
