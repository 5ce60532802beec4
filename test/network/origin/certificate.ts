/** A self-signed certificate for 127.0.0.1. */
import 'reflect-metadata'
import { KeyObject, webcrypto } from 'node:crypto'
import { X509CertificateGenerator } from '@peculiar/x509'

export async function selfSigned(): Promise<{ key: string; cert: string }> {
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
  const certificate = await X509CertificateGenerator.createSelfSigned(
    { name: 'CN=127.0.0.1', keys, signingAlgorithm: algorithm },
    webcrypto,
  )
  const key = KeyObject.from(keys.privateKey).export({ type: 'pkcs8', format: 'pem' })
  return { key: key.toString(), cert: certificate.toString('pem') }
}
