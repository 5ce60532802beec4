/** SAML certificate sets: what identity providers encrypt assertions with (api-saml-certificates). */
import { z } from 'zod'
import { endpoint, once } from '../declaration/endpoint.ts'
import { timestamp, uuid } from '../declaration/primitives.ts'
import { resource } from '../declaration/resource.ts'

const path = '/access/saml_certificates'
const item = `${path}/{saml_cert_set_id}` as const

const samlCertificate = once(() =>
  z.object({
    uid: uuid(),
    public_certificate: z.string().startsWith('-----BEGIN CERTIFICATE-----'),
    not_after: timestamp(),
    is_current: z.boolean(),
  }),
)
export type SamlCertificate = z.output<ReturnType<typeof samlCertificate>>

export const samlCertificateSet = once(() =>
  z.object({
    uid: uuid(),
    current_certificate: samlCertificate(),
    /** Null until the first rotation. */
    previous_certificate: samlCertificate().nullable(),
    created_at: timestamp(),
    updated_at: timestamp(),
  }),
)

const one = {
  status: 200,
  errors: ['not_found'],
  evidence: 'documented',
  source: ['api-saml-certificates', 'api-saml-certificate-keys'],
} as const

export const samlCertificates = resource(
  {
    name: 'samlCertificates',
    one: 'a SAML certificate set',
    many: 'SAML certificate sets',
    path,
    param: 'saml_cert_set_id',
    scope: 'account',
    key: 'uid',
    table: 'saml_certificates',
    /** An identity provider's operation creates them. */
    lacks: ['create', 'replace', 'delete'],
    paging: { per_page: 25, max: 1000 },
    /** Several uids, separated by commas. */
    filters: () => ({ id: z.string().optional() }),
    entity: samlCertificateSet,
    body: once(() => z.object({})),
    labels: [],
    unknown: 'not_found',
    evidence: 'documented',
    source: one.source,
    example: {},
  },
  (operations) => ({
    ...operations,
    pem: endpoint({
      ...one,
      id: 'samlCertificates.pem',
      summary: 'Download the current certificate of a SAML certificate set',
      method: 'GET',
      path: `${item}/pem`,
      result: once(() => z.string()),
      wrap: 'pem',
    }),
    rotate: endpoint({
      ...one,
      id: 'samlCertificates.rotate',
      summary: 'Rotate the certificate of a SAML certificate set',
      method: 'POST',
      path: `${item}/rotate`,
      result: samlCertificateSet,
    }),
  }),
)
