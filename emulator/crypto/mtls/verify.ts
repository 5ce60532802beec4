/** Verifies a client certificate: chain, dates and purpose (edge-mtls-verification). */
import type { X509Certificate } from 'node:crypto'

export type CertificateRefusal =
  | 'certificate_untrusted'
  | 'certificate_expired'
  | 'certificate_not_for_clients'

export type CertificateCheck =
  | { readonly status: 'valid'; readonly common_name: string }
  | { readonly status: 'refused'; readonly reason: CertificateRefusal }

const clientAuth = '1.3.6.1.5.5.7.3.2'
const anyPurpose = '2.5.29.37.0'

/** Longer chains are not followed. */
const longestChain = 10

/** @param authorities the certificates that were uploaded for the host, roots and intermediates */
export function verifyClient(
  certificate: X509Certificate,
  authorities: readonly X509Certificate[],
  nowMs: number,
): CertificateCheck {
  if (!isTrusted(certificate, authorities)) return refused('certificate_untrusted')
  if (!isTrusted(certificate, authorities, nowMs)) return refused('certificate_expired')
  // Node names these `keyUsage`; they are the extended ones. Without any, every purpose is allowed.
  const purposes: readonly string[] | undefined = certificate.keyUsage
  const isForClients = purposes?.some((each) => each === clientAuth || each === anyPurpose) ?? true
  if (!isForClients) return refused('certificate_not_for_clients')
  return { status: 'valid', common_name: commonNameOf(certificate) }
}

function refused(reason: CertificateRefusal): CertificateCheck {
  return { status: 'refused', reason }
}

/** Whether a chain of the authorities leads to a root among them; with `nowMs`, one that is valid at that time. */
function isTrusted(
  certificate: X509Certificate,
  authorities: readonly X509Certificate[],
  nowMs?: number,
  depth = 0,
): boolean {
  if (depth > longestChain || !(nowMs === undefined || isCurrent(certificate, nowMs))) return false
  const isUploaded = authorities.some(
    ({ fingerprint256 }) => fingerprint256 === certificate.fingerprint256,
  )
  if (isUploaded && isIssuedBy(certificate, certificate)) return true
  return authorities.some(
    (issuer) =>
      issuer.fingerprint256 !== certificate.fingerprint256 &&
      isIssuedBy(certificate, issuer) &&
      isTrusted(issuer, authorities, nowMs, depth + 1),
  )
}

function isIssuedBy(certificate: X509Certificate, issuer: X509Certificate): boolean {
  return issuer.ca && certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey)
}

function isCurrent({ validFrom, validTo }: X509Certificate, nowMs: number): boolean {
  return Date.parse(validFrom) <= nowMs && nowMs <= Date.parse(validTo)
}

/** Empty if the subject has none; the first of several. */
function commonNameOf(certificate: X509Certificate): string {
  const { subject } = certificate.toLegacyObject()
  const name: string | readonly string[] | undefined = subject?.CN
  return (typeof name === 'string' ? name : name?.[0]) ?? ''
}
