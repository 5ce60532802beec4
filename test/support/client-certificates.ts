/** Certificate authorities of the tests, and the client certificates that they issue. */
import 'reflect-metadata'
import { createPrivateKey, webcrypto } from 'node:crypto'
import { isIP } from 'node:net'
import * as x509 from '@peculiar/x509'

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }
const day = 24 * 3_600_000

export interface Issued {
  readonly cert: string
  readonly key: string
}

export interface ClientOptions {
  readonly commonName?: string
  /** Extended key usage; empty for none. */
  readonly purposes?: readonly string[]
  /** Of a server: DNS names and IP addresses. */
  readonly names?: readonly string[]
  readonly notBefore?: Date
  readonly notAfter?: Date
}

export interface TestAuthority {
  readonly certPem: string
  client(options?: ClientOptions): Promise<Issued>
  /** An authority below this one. */
  intermediate(): Promise<TestAuthority>
}

interface Above {
  readonly certificate: x509.X509Certificate
  readonly privateKey: webcrypto.CryptoKey
}

/** Serial numbers differ, as OpenSSL wants of one issuer. */
let serial = 0

async function issue(
  subject: string,
  above: Above | undefined,
  validity: Pick<ClientOptions, 'notBefore' | 'notAfter'>,
  extensions: x509.Extension[],
) {
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
  serial += 1
  const certificate = await x509.X509CertificateGenerator.create(
    {
      serialNumber: serial.toString(16).padStart(4, '01'),
      subject,
      issuer: above?.certificate.subject ?? subject,
      notBefore: validity.notBefore ?? new Date(Date.now() - 3650 * day),
      notAfter: validity.notAfter ?? new Date(Date.now() + 3650 * day),
      signingAlgorithm: algorithm,
      publicKey: keys.publicKey,
      signingKey: above?.privateKey ?? keys.privateKey,
      extensions,
    },
    webcrypto,
  )
  return { certificate, ...keys }
}

export async function testAuthority(name: string, above?: Above): Promise<TestAuthority> {
  const own = await issue(`CN=${name}`, above, {}, [
    new x509.BasicConstraintsExtension(true, undefined, true),
    new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign, true),
  ])
  return {
    certPem: own.certificate.toString('pem'),
    async client({
      commonName = 'device-1',
      purposes = ['1.3.6.1.5.5.7.3.2'],
      names = [],
      ...validity
    } = {}) {
      const alternatives = names.map((value) => ({
        type: isIP(value) === 0 ? ('dns' as const) : ('ip' as const),
        value,
      }))
      const made = await issue(`CN=${commonName}`, own, validity, [
        new x509.BasicConstraintsExtension(false, undefined, true),
        ...(purposes.length === 0 ? [] : [new x509.ExtendedKeyUsageExtension([...purposes])]),
        ...(names.length === 0 ? [] : [new x509.SubjectAlternativeNameExtension(alternatives)]),
      ])
      const der = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', made.privateKey))
      const key = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' })
      return {
        cert: made.certificate.toString('pem'),
        key: String(key.export({ format: 'pem', type: 'pkcs8' })),
      }
    },
    intermediate: () => testAuthority(`${name} below`, own),
  }
}
