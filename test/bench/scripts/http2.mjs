/** A bare node:http2 server behind TLS, with a certificate of its own. It answers the same few bytes to everyone. */
import 'reflect-metadata'
import { webcrypto } from 'node:crypto'
import { createSecureServer } from 'node:http2'
import {
  cryptoProvider,
  PemConverter,
  SubjectAlternativeNameExtension,
  X509CertificateGenerator,
} from '@peculiar/x509'

const [host] = process.argv.slice(2)
cryptoProvider.set(webcrypto)
const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }
const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
const certificate = await X509CertificateGenerator.createSelfSigned({
  name: `CN=${host}`,
  notBefore: new Date(Date.now() - 60_000),
  notAfter: new Date(Date.now() + 86_400_000),
  keys,
  signingAlgorithm: algorithm,
  extensions: [new SubjectAlternativeNameExtension([{ type: 'dns', value: host }])],
})
const key = PemConverter.encode(
  await webcrypto.subtle.exportKey('pkcs8', keys.privateKey),
  'PRIVATE KEY',
)
const cert = certificate.toString('pem')
const body = Buffer.from(JSON.stringify({ answer: 'x'.repeat(1000) }))

const server = createSecureServer({ key, cert })
server.on('stream', (stream) => {
  stream.respond({ ':status': 200, 'content-type': 'application/json' })
  stream.end(body)
})
server.listen(0, '127.0.0.1', () => {
  const url = `http://127.0.0.1:${server.address().port}`
  process.stdout.write(`${JSON.stringify({ url, ca: cert })}\n`)
})
process.once('SIGTERM', () => process.exit(0))
