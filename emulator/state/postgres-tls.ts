/** TLS to a database, by the `sslmode` of libpq: the driver gives some of them another meaning. */
import { X509Certificate } from 'node:crypto'
import { type ConnectionOptions, createSecureContext } from 'node:tls'
import type { DatabaseAddress } from './postgres-address.ts'
import { inHome, mustBePrivate, readText } from './postgres-files.ts'

const modes = ['disable', 'allow', 'prefer', 'require', 'verify-ca', 'verify-full']

export interface Tls {
  readonly ssl: ConnectionOptions | false
  /** Whether a server without TLS will do. */
  readonly isOptional: boolean
}

/** @throws Error with a reason for the user */
export async function tlsOf(address: DatabaseAddress): Promise<Tls> {
  const { host = 'localhost', sslrootcert } = address
  const isPublic = sslrootcert === 'system'
  const mode = address.sslmode ?? (isPublic ? 'verify-full' : 'prefer')
  if (!modes.includes(mode)) {
    throw new Error(`sslmode must be one of ${modes.join(', ')}`)
  }
  if (mode === 'disable' || host.startsWith('/')) return { ssl: false, isOptional: false }
  if (isPublic && mode !== 'verify-full') {
    throw new Error(
      `sslrootcert=system needs sslmode=verify-full, for anyone can get a certificate of a public CA`,
    )
  }
  const ca = isPublic ? undefined : await pem(sslrootcert, 'root.crt')
  if (ca === undefined && mode === 'verify-ca') {
    throw new Error(
      'sslmode=verify-ca needs the certificate of the CA. Name its file in sslrootcert',
    )
  }
  const cert = await pem(address.sslcert, 'postgresql.crt')
  const key = cert === undefined ? undefined : await privateKey(address)
  const crl = await pem(address.sslcrl, 'root.crl')
  return {
    ssl: {
      secureContext: contextOf({ ca, cert, key, crl }),
      // As libpq: who names a CA has its certificates checked.
      rejectUnauthorized: ca !== undefined || mode === 'verify-full',
      ...(mode === 'verify-full' ? {} : { checkServerIdentity: () => undefined }),
    },
    isOptional: mode === 'allow' || mode === 'prefer',
  }
}

interface Pem {
  readonly file: string
  readonly text: string
}

/** A file that is named, or one of libpq's own if it is there. */
async function pem(named: string | undefined, own: string): Promise<Pem | undefined> {
  const file = named ?? inHome(`.postgresql/${own}`, own)
  const text = await readText(file)
  if (text === undefined && named !== undefined) throw new Error(`there is no file ${file}`)
  return text === undefined ? undefined : { file, text }
}

async function privateKey({ sslkey }: DatabaseAddress): Promise<string> {
  const file = sslkey ?? inHome('.postgresql/postgresql.key', 'postgresql.key')
  const key = await readText(file)
  if (key === undefined)
    throw new Error(`the client certificate needs its key: there is no file ${file}`)
  await mustBePrivate(file)
  return key
}

interface TlsFiles {
  readonly ca: Pem | undefined
  readonly cert: Pem | undefined
  readonly key: string | undefined
  readonly crl: Pem | undefined
}

function contextOf({ ca, cert, key, crl }: TlsFiles) {
  // Node passes over what is not a certificate.
  if (ca !== undefined) usable([ca], () => new X509Certificate(ca.text))
  const files = { ca: ca?.text, cert: cert?.text, key, crl: crl?.text }
  return usable([cert, crl], () => createSecureContext(files))
}

function usable<T>(files: readonly (Pem | undefined)[], use: () => T): T {
  try {
    return use()
  } catch (error) {
    const names = files.flatMap((each) => (each === undefined ? [] : [each.file]))
    const { message } = Object(error) as { message?: unknown }
    throw new Error(`cannot use ${names.join(', ')}, or its key: ${message}`)
  }
}
