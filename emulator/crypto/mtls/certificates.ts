/** The CAs that an account uploads to verify client certificates with. */
import { createHash, X509Certificate } from 'node:crypto'

const pemBlocks = /-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g

/** The certificates of a PEM text in their order; undefined if there are none, or one is malformed. */
export function certificatesIn(pem: string): readonly X509Certificate[] | undefined {
  const blocks = pem.match(pemBlocks)
  if (blocks === null || pem.replace(pemBlocks, '').trim() !== '') return undefined
  try {
    return blocks.map((block) => new X509Certificate(block))
  } catch {
    return undefined
  }
}

/** Keys of the signature algorithms that Access allows (api-mtls-certificate-requirements). */
const allowedKeys: ReadonlySet<string | undefined> = new Set(['rsa', 'ec'])

/** Why a PEM text cannot be a CA for client certificates. */
export function authorityProblem(pem: string): string | undefined {
  const chain = certificatesIn(pem)
  if (chain === undefined) return 'certificate must be one or more PEM certificates'
  if (!chain.every(({ ca }) => ca)) return 'certificate must be a CA certificate'
  return chain.every(({ publicKey }) => allowedKeys.has(publicKey.asymmetricKeyType))
    ? undefined
    : 'certificate must be signed with RSA or ECDSA'
}

/** The first certificate's fingerprint, as `openssl x509 -md5 -fingerprint` prints it (api-mtls-certificates). */
export function md5Fingerprint({ raw }: X509Certificate): string {
  const pairs = createHash('md5').update(raw).digest('hex').toUpperCase().match(/../g) ?? []
  return `MD5 Fingerprint=${pairs.join(':')}`
}
