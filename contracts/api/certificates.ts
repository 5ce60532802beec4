/** mTLS certificates: the CAs that client certificates are verified with, each for its own host names (api-mtls-certificates). */
import { z } from 'zod'
import { once } from '../declaration/endpoint.ts'
import { timestamp, uuid } from '../declaration/primitives.ts'
import { resource } from '../declaration/resource.ts'

/** A fully qualified host name. */
export const certificateHostname = once(() =>
  z
    .string()
    .regex(
      /^(?=.{1,253}$)([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?\.)+[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/i,
      'must be a fully qualified host name',
    ),
)

/** PEM: the CA itself, or the CA that signs client certificates and those above it (api-mtls-certificate-requirements). */
const pem = once(() => z.string().min(1))

export const mtlsCertificate = once(() =>
  z.object({
    id: uuid(),
    name: z.string(),
    /** `MD5 Fingerprint=1E:80:…` (api-mtls-certificates). */
    fingerprint: z.string(),
    associated_hostnames: z.array(certificateHostname()),
    created_at: timestamp(),
    updated_at: timestamp(),
    expires_on: timestamp(),
  }),
)

export const mtlsCertificateBody = once(() =>
  z.looseObject({
    name: z.string().min(1),
    certificate: pem(),
    associated_hostnames: z.array(certificateHostname()).optional(),
  }),
)

/**
 * PUT names all host names again: without them, none is left (api-mtls-certificate-put-without-hostnames). The certificate
 * itself never changes: one that is sent is ignored.
 */
export const mtlsCertificateUpdate = once(() =>
  z.looseObject({
    name: z.string().min(1).optional(),
    certificate: pem().optional(),
    associated_hostnames: z.array(certificateHostname()).optional(),
  }),
)

/** A CA without a known private key. */
export const exampleCa = `-----BEGIN CERTIFICATE-----
MIIBmzCCAUGgAwIBAgIUPnle51C5J1cZDDBpJBguyaRLo8kwCgYIKoZIzj0EAwIw
GjEYMBYGA1UEAwwPRXhhbXBsZSByb290IENBMCAXDTI2MTEyNjIyMTUyNFoYDzIx
MjYxMTAyMjIxNTI0WjAaMRgwFgYDVQQDDA9FeGFtcGxlIHJvb3QgQ0EwWTATBgcq
hkjOPQIBBggqhkjOPQMBBwNCAASS4KAtot8zqGg/4vqc/XsVVc+9EIAGbl692Adi
xulKKmWSeF0ldhNmkYwdmiz1zzlK/5rT0R6xOeR2rcJc3PCfo2MwYTAdBgNVHQ4E
FgQUwmySODV33V12x/PTljwSR77tl88wHwYDVR0jBBgwFoAUwmySODV33V12x/PT
ljwSR77tl88wDwYDVR0TAQH/BAUwAwEB/zAOBgNVHQ8BAf8EBAMCAQYwCgYIKoZI
zj0EAwIDSAAwRQIhAP1ONhhOo92HqLF7yxkey/fqWqZDz2wf7t9B14HXXf1rAiAC
FFfp6VSnlbfdGAkWt1qpsttc9nSq4paq1N/llXyEJQ==
-----END CERTIFICATE-----
`

export const certificates = resource(
  {
    name: 'certificates',
    one: 'an mTLS certificate',
    many: 'mTLS certificates',
    path: '/access/certificates',
    param: 'certificate_id',
    scope: 'account_or_zone',
    table: 'certificates',
    paging: { per_page: 50, max: 1000 },
    entity: mtlsCertificate,
    body: mtlsCertificateBody,
    kept: () => ({ certificate: pem() }),
    defaults: { associated_hostnames: [] },
    deleted: once(() => z.object({ id: uuid() })),
    deleteStatus: 200,
    writeErrors: ['conflict'],
    deleteErrors: ['conflict'],
    unknown: 'unknown_certificate',
    evidence: 'documented',
    source: ['api-mtls-certificates'],
    recognisedBy: [['associated_hostnames', 'fingerprint']],
    example: {
      name: 'Devices',
      certificate: exampleCa,
      associated_hostnames: ['devices.example.com'],
    },
    lifeCycle: {
      body: ({ name }) => ({
        name: name('certificate'),
        certificate: exampleCa,
        associated_hostnames: [],
      }),
      change: ({ name }) => ({ name: name('renamed') }),
      hidden: ['certificate'],
      invalid: {
        'no certificate': { name: 'x' },
        'a certificate that is not PEM': { name: 'x', certificate: 'MIIBmzCCAUGgAwIBAgIU' },
        'a host name with a path': {
          name: 'x',
          certificate: exampleCa,
          associated_hostnames: ['host.example.com/path'],
        },
      },
    },
  },
  (five) => ({
    replace: { ...five.replace, body: mtlsCertificateUpdate, whole: mtlsCertificateBody },
  }),
)
