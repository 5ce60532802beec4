/** The CAs that an account uploaded to verify the client certificates of a host (edge-mtls-hosts). */
import type { X509Certificate } from 'node:crypto'
import { certificatesIn } from '../mtls/certificates.ts'
import { perRow } from '../state/per-row.ts'
import type { CertificateRow } from '../state/rows.ts'
import type { Account } from './account.ts'

const certificatesOf = perRow(
  ({ certificate }: CertificateRow) => certificatesIn(certificate) ?? [],
)

export function clientAuthorities(account: Account, host: string): readonly X509Certificate[] {
  return account.state.tables.certificates
    .by('hostname', host)
    .flatMap((row) => certificatesOf(row))
}
