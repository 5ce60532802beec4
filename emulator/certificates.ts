/** Self-signed certificates of the signing keys, as certs answers them beside the JWKs. */
import { webcrypto } from 'node:crypto'
import { rs256, type SigningKey } from './keys.ts'

export interface KeyValidity {
  readonly notBeforeMs: number
  readonly notAfterMs: number
}

/** The pool's keys never change, so neither do their certificates. */
const published: KeyValidity = {
  notBeforeMs: Date.UTC(2020, 0, 1),
  notAfterMs: Date.UTC(2050, 0, 1),
}

/** The certificate of a key as every answer has it. */
export function publishedCertificate(key: SigningKey): Promise<string> {
  return certificate(key, published)
}

/**
 * PEM, without a newline at the end. Equal input gives equal bytes. The common name says that Cloudflare did not make it.
 * Milliseconds since the epoch; X.509 keeps whole seconds.
 */
export async function certificate(key: SigningKey, validity: KeyValidity): Promise<string> {
  // Both cost tens of milliseconds to load, and only who reads certs needs them.
  await import('reflect-metadata')
  const { X509CertificateGenerator } = await import('@peculiar/x509')
  const publicKey = await webcrypto.subtle.importKey('jwk', { ...key.publicJwk }, rs256, true, [
    'verify',
  ])
  const made = await X509CertificateGenerator.createSelfSigned(
    {
      // A serial is at most 20 bytes, and positive.
      serialNumber: `01${key.kid.slice(0, 30)}`,
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
