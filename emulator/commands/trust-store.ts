/** A Java trust store: a PKCS #12 file of certificates only, without keys, encryption or password (RFC 7292). */

/** Java trusts only certificates that carry this attribute. */
const trustedKeyUsage = '2.16.840.1.113894.746875.1.1'
const anyExtendedKeyUsage = '2.5.29.37.0'
const data = '1.2.840.113549.1.7.1'
const certBag = '1.2.840.113549.1.12.10.1.3'
const x509Certificate = '1.2.840.113549.1.9.22.1'

/** @param pem any number of certificates; text between them is ignored */
export function trustStore(pem: string): Buffer {
  const bags = certificatesIn(pem).map((certificate) =>
    sequence(
      oid(certBag),
      explicit(sequence(oid(x509Certificate), explicit(octets(certificate)))),
      set(sequence(oid(trustedKeyUsage), set(oid(anyExtendedKeyUsage)))),
    ),
  )
  const version = element(0x02, Buffer.from([3]))
  return sequence(version, content(sequence(content(sequence(...bags)))))
}

function certificatesIn(pem: string): readonly Buffer[] {
  const blocks = pem.matchAll(/-----BEGIN CERTIFICATE-----([^-]+)-----END CERTIFICATE-----/g)
  return [...blocks].map(([, base64 = '']) => Buffer.from(base64, 'base64'))
}

/** A ContentInfo of type data. */
function content(what: Buffer): Buffer {
  return sequence(oid(data), explicit(octets(what)))
}

const sequence = (...parts: readonly Buffer[]) => element(0x30, ...parts)
const set = (...parts: readonly Buffer[]) => element(0x31, ...parts)
const octets = (bytes: Buffer) => element(0x04, bytes)
/** [0] EXPLICIT */
const explicit = (what: Buffer) => element(0xa0, what)

/** Distinguished Encoding Rules: tag, length, value (X.690). */
function element(tag: number, ...parts: readonly Buffer[]): Buffer {
  const value = Buffer.concat(parts)
  if (value.length < 0x80) return Buffer.concat([Buffer.from([tag, value.length]), value])
  const length = Buffer.alloc(4)
  length.writeUInt32BE(value.length)
  const significant = length.subarray(length.findIndex((byte) => byte > 0))
  return Buffer.concat([Buffer.from([tag, 0x80 | significant.length]), significant, value])
}

function oid(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number)
  return element(0x06, Buffer.from([first * 40 + second, ...rest].flatMap(base128)))
}

function base128(arc: number): readonly number[] {
  const digits = [arc % 128]
  for (let left = Math.floor(arc / 128); left > 0; left = Math.floor(left / 128)) {
    digits.unshift((left % 128) | 0x80)
  }
  return digits
}
