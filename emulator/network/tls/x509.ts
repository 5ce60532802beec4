/** X.509 certificates of the local CA: roots, cross-certificates and leaves, all with P-256 keys. */
import { createHash, type KeyObject, webcrypto } from 'node:crypto'
import { isIP } from 'node:net'

type Key = webcrypto.CryptoKey

export interface CertificateValidity {
  /** Milliseconds since the epoch, wall time; X.509 keeps whole seconds. */
  readonly notBeforeMs: number
  readonly notAfterMs: number
}

export interface KeyPair {
  /** PKCS#8. */
  readonly keyPem: string
  /** SHA-256 of the public key, 64 hex digits. */
  readonly keyId: string
  readonly publicKey: Key
  readonly privateKey: Key
}

/** A root's certificate and its key, to sign with. */
export interface Signer {
  readonly certPem: string
  readonly key: KeyObject
}

const p256 = { name: 'ECDSA', namedCurve: 'P-256' }
const signing = { name: 'ECDSA', hash: 'SHA-256' }

/** Loaded lazily: tens of milliseconds, needed for TLS only. */
async function library() {
  await import('reflect-metadata')
  return import('@peculiar/x509')
}

export async function newPair(): Promise<KeyPair> {
  // Extractable, because the key is written to a file or passed to OpenSSL as PEM.
  const { publicKey, privateKey } = await webcrypto.subtle.generateKey(p256, true, [
    'sign',
    'verify',
  ])
  const pkcs8 = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', privateKey))
  const spki = Buffer.from(await webcrypto.subtle.exportKey('spki', publicKey))
  const keyId = createHash('sha256').update(spki).digest('hex')
  return { keyPem: pem('PRIVATE KEY', pkcs8), keyId, publicKey, privateKey }
}

/** A self-signed root. With `names`, its name constraints limit it to them and their subdomains. */
export async function newRoot(
  pair: KeyPair,
  about: CertificateValidity & { readonly commonName: string; readonly names?: readonly string[] },
): Promise<string> {
  const { X509CertificateGenerator, SubjectKeyIdentifierExtension, Extension } = await library()
  const subjectId = await SubjectKeyIdentifierExtension.create(pair.publicKey, false, webcrypto)
  const made = await X509CertificateGenerator.createSelfSigned(
    {
      name: [{ CN: [about.commonName] }],
      ...validity(about),
      signingAlgorithm: signing,
      keys: { publicKey: pair.publicKey, privateKey: pair.privateKey },
      extensions: [
        ...(await authority()),
        subjectId,
        ...(about.names === undefined
          ? []
          : [new Extension(nameConstraintsId, true, nameConstraints(about.names))]),
      ],
    },
    webcrypto,
  )
  return made.toString('pem')
}

/** A certificate for `subject`'s key and name, signed by `signer`: clients that trust only `signer` can verify the leaf. */
export async function crossCertificate(
  subject: Signer,
  signer: Signer,
  times: CertificateValidity,
): Promise<string> {
  const x509 = await library()
  const certificate = new x509.X509Certificate(subject.certPem)
  return sign(signer, {
    ...validity(times),
    subject: certificate.subjectName,
    publicKey: certificate.publicKey,
    extensions: [
      ...(await authority()),
      await x509.SubjectKeyIdentifierExtension.create(certificate.publicKey, false, webcrypto),
    ],
  })
}

/** A server's certificate. `names` are DNS names and IP addresses. */
export async function leafCertificate(
  pair: KeyPair,
  signer: Signer,
  about: CertificateValidity & { readonly names: readonly string[] },
): Promise<string> {
  const x509 = await library()
  const names = about.names.map((value) => ({
    type: isIP(value) === 0 ? ('dns' as const) : ('ip' as const),
    value,
  }))
  return sign(signer, {
    ...validity(about),
    // The host names are in the extension; a long one would not fit into the common name.
    subject: 'CN=Access emulator\\, not Cloudflare',
    publicKey: pair.publicKey,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      new x509.SubjectAlternativeNameExtension(names),
      await x509.SubjectKeyIdentifierExtension.create(pair.publicKey, false, webcrypto),
    ],
  })
}

type CertificateContent = Pick<
  import('@peculiar/x509').X509CertificateCreateWithKeyParams,
  'subject' | 'publicKey' | 'notBefore' | 'notAfter' | 'extensions'
>

async function sign({ certPem, key }: Signer, content: CertificateContent): Promise<string> {
  const x509 = await library()
  const issuer = new x509.X509Certificate(certPem)
  const signingKey = await webcrypto.subtle.importKey(
    'pkcs8',
    key.export({ format: 'der', type: 'pkcs8' }),
    p256,
    false,
    ['sign'],
  )
  const issuerId = await x509.AuthorityKeyIdentifierExtension.create(
    issuer.publicKey,
    false,
    webcrypto,
  )
  // The library picks a random 16-byte serial, as it should: serials must not repeat between runs.
  const made = await x509.X509CertificateGenerator.create(
    {
      ...content,
      issuer: issuer.subjectName,
      signingAlgorithm: signing,
      signingKey,
      extensions: [...(content.extensions ?? []), issuerId],
    },
    webcrypto,
  )
  return made.toString('pem')
}

async function authority() {
  const x509 = await library()
  return [
    new x509.BasicConstraintsExtension(true, undefined, true),
    new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
  ]
}

function validity({ notBeforeMs, notAfterMs }: CertificateValidity) {
  return { notBefore: new Date(notBeforeMs), notAfter: new Date(notAfterMs) }
}

const nameConstraintsId = '2.5.29.30'

/**
 * RFC 5280 4.2.1.10: permits the DNS names and excludes every IP address, which a constraint on DNS names alone would leave
 * unrestricted. The library lacks this extension.
 */
function nameConstraints(names: readonly string[]): Uint8Array<ArrayBuffer> {
  const [permitted, excluded] = [0xa0, 0xa1]
  const [dnsName, ipAddress] = [0x82, 0x87]
  const subtrees = (tag: number, kind: number, bases: readonly Buffer[]) =>
    der(tag, ...bases.map((base) => der(0x30, der(kind, base))))
  const everyAddress = [Buffer.alloc(8), Buffer.alloc(32)]
  return new Uint8Array(
    der(
      0x30,
      subtrees(
        permitted,
        dnsName,
        names.map((name) => Buffer.from(name, 'latin1')),
      ),
      subtrees(excluded, ipAddress, everyAddress),
    ),
  )
}

function der(tag: number, ...contents: readonly Buffer[]): Buffer {
  const content = Buffer.concat(contents)
  const { length } = content
  const size =
    length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff]
  return Buffer.concat([Buffer.from([tag, ...size]), content])
}

function pem(label: string, bytes: Buffer): string {
  const lines = bytes.toString('base64').match(/.{1,64}/g) ?? []
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ''].join('\n')
}
