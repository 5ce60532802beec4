/** Short-lived SSH certificates: the endpoint of the team domain that `cloudflared access ssh-gen` asks for them. */
import { z } from 'zod'
import { type EndpointGroup, endpoint, once } from '../declaration/endpoint.ts'

/** A signing request. `issuer` is the `iss` of the JWT. */
export const certSignBody = once(() =>
  z.looseObject({ public_key: z.string(), jwt: z.string(), issuer: z.string() }),
)

const signed = once(() =>
  z.strictObject({
    /** The key id of the certificate. */
    id: z.string(),
    /** One line of OpenSSH, as in `id_ecdsa-cert.pub`. */
    certificate: z.string(),
    expires_at: z.iso.datetime(),
  }),
)

export const sshCertificates = {
  certSign: endpoint({
    id: 'edge.cert_sign',
    summary: 'Sign a short-lived SSH certificate for a person (JSON: public_key, jwt, issuer)',
    method: 'POST',
    scope: 'host',
    path: '/cdn-cgi/access/cert_sign',
    result: signed,
    status: 200,
    evidence: 'documented',
    source: [
      'sign-in-cert-sign',
      'sign-in-cert-sign-principal',
      'sign-in-cert-sign-values',
      'sign-in-cert-sign-issuer',
      'sign-in-cert-sign-without-ca',
      'sign-in-cert-sign-refused',
      'sign-in-cert-sign-token',
    ],
    wrap: 'plain',
  }),
} as const satisfies EndpointGroup
