/** The certificate that a client presented over TLS, verified with the CAs of the host that it asks for (edge-mtls-hosts). */
import { createHash, type X509Certificate } from 'node:crypto'
import type { MtlsAuth } from '../../contracts/edge/claims.ts'
import type { Account, CertificateRow, RequestFacts } from '../account/account.ts'
import { certificatesIn } from '../crypto/mtls/certificates.ts'
import type { TlsClientFacts } from '../crypto/mtls/client.ts'
import { verifyClient } from '../crypto/mtls/verify.ts'
import { perRow } from '../state/per-row.ts'

/** What policies and the block page learn of a client certificate. */
export interface ClientCertificate
  extends Pick<RequestFacts, 'certificate' | 'certificateRefused'> {
  /** `NONE`, `SUCCESS` or `FAILED` (edge-mtls-status). */
  readonly mtlsStatus: string
  /** What a login redirect says of it. Undefined without one, and for a host without a CA. */
  readonly mtls?: MtlsAuth | undefined
  /** The headers that tell the origin of it, in place of the client's own (edge-mtls-forged). Undefined on plain HTTP. */
  readonly certificateHeaders?: readonly (readonly [string, string])[] | undefined
}

const authoritiesOf = perRow(({ certificate }: CertificateRow) => certificatesIn(certificate) ?? [])

export function clientCertificate(
  { certificate }: TlsClientFacts,
  host: string,
  account: Account | undefined,
  nowMs: number,
): ClientCertificate {
  const none = { mtlsStatus: 'NONE', certificateHeaders: [] }
  if (certificate === undefined || account === undefined) return none
  const { hosts } = account
  const authorities = hosts.certificates(host).flatMap((row) => authoritiesOf(row))
  if (authorities.length === 0) return none
  const check = verifyClient(certificate, authorities, nowMs)
  if (check.status === 'refused') {
    const mtls = mtlsAuth(certificate, 'FAILED', '')
    return { ...none, mtlsStatus: 'FAILED', certificateRefused: check.reason, mtls }
  }
  const isForwarded = hosts.certificateSettings(host)?.client_certificate_forwarding === true
  return {
    mtlsStatus: 'SUCCESS',
    certificate: { common_name: check.common_name },
    mtls: mtlsAuth(certificate, 'SUCCESS', check.common_name),
    certificateHeaders: isForwarded ? forwardedHeaders(certificate.raw) : [],
  }
}

/** The identifier of the issuer's key is not read: it would be the only use of the certificate's extensions. */
function mtlsAuth(
  { issuer, serialNumber }: X509Certificate,
  auth_status: string,
  common_name: string,
): MtlsAuth {
  return {
    cert_issuer_dn: issuer.split('\n').join(','),
    cert_serial: serialNumber,
    cert_issuer_ski: '',
    cert_presented: true,
    common_name,
    auth_status,
  }
}

/** The certificate for the origin (edge-mtls-forwarding). */
function forwardedHeaders(der: Buffer): readonly (readonly [string, string])[] {
  return [
    ['Cf-Client-Cert-Der-Base64', der.toString('base64')],
    ['Cf-Client-Cert-Sha256', createHash('sha256').update(der).digest('hex')],
  ]
}
