/** Self-signed certificates of the signing keys, which `/cdn-cgi/access/certs` lists next to the JWKs. */
import { webcrypto } from 'node:crypto'
import { rs256, type SigningKey } from '../world/keys.ts'

export interface KeyValidity {
  readonly notBeforeMs: number
  readonly notAfterMs: number
}

/** The pool's keys never change, so neither do their certificates. */
const published: KeyValidity = {
  notBeforeMs: Date.UTC(2020, 0, 1),
  notAfterMs: Date.UTC(2050, 0, 1),
}

/** The certificate of a key; always the same one. */
export function publishedCertificate(key: SigningKey): Promise<string> {
  return certificate(key, published)
}

/**
 * PEM, without a trailing newline. Equal input gives equal bytes. The common name says that it is not Cloudflare's.
 * The validity is in milliseconds since the epoch; X.509 keeps whole seconds.
 */
export async function certificate(
  key: SigningKey,
  validity: KeyValidity,
  /** What makes it differ from others of the same key: hex digits. */
  serial = key.kid,
): Promise<string> {
  // Loaded lazily: both take tens of milliseconds, and only the certs endpoint needs them.
  await import('reflect-metadata')
  const { X509CertificateGenerator } = await import('@peculiar/x509')
  const publicKey = await webcrypto.subtle.importKey('jwk', { ...key.publicJwk }, rs256, true, [
    'verify',
  ])
  const made = await X509CertificateGenerator.createSelfSigned(
    {
      // A serial number is positive and at most 20 bytes long.
      serialNumber: `01${serial.slice(0, 30)}`,
      name: 'CN=Access emulator\\, not Cloudflare',
      notBefore: new Date(validity.notBeforeMs),
      notAfter: new Date(validity.notAfterMs),
      signingAlgorithm: rs256,
      keys: { privateKey: await key.private(), publicKey },
    },
    webcrypto,
  )
  return made.toString('pem')
}
