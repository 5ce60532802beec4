/** The files that make tools trust the local CA: root bundles, and the user's curl and wget settings with ours added. */
import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { rootCertificates } from 'node:tls'

export interface TrustFiles {
  /** The roots that the caller already trusted, and ours. */
  readonly bundle: string
  /** For Node, which adds these to its own roots: those that the caller had already added, and ours. */
  readonly extra: string
  /** For `CURL_HOME`: a folder with a `.curlrc`. */
  readonly curlHome: string
  /** For `WGETRC`. */
  readonly wgetrc: string
  /** For Java's `javax.net.ssl.trustStore`: the bundle as PKCS #12. */
  readonly javaTrustStore: string
  /** For `PHP_INI_SCAN_DIR`: a folder with an ini file. */
  readonly phpIni: string
  /** The folder that holds all folders of such files, including those of earlier starts. */
  readonly parent: string
}

/** Where systems keep their trusted roots in one file. */
const systemBundles = [
  '/etc/ssl/certs/ca-certificates.crt',
  '/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem',
  '/etc/pki/tls/certs/ca-bundle.crt',
  '/etc/ssl/ca-bundle.pem',
  '/etc/ssl/cert.pem',
]

/** The roots that this machine trusts by default, PEM. */
export async function systemRoots(): Promise<string> {
  return (await firstText(systemBundles)) ?? rootCertificates.join('\n')
}

/** All roots that the caller trusts: Node's, those of `SSL_CERT_FILE` or the system, and `NODE_EXTRA_CA_CERTS`; PEM. */
export async function callersRoots(environment: NodeJS.ProcessEnv): Promise<readonly string[]> {
  const { SSL_CERT_FILE, NODE_EXTRA_CA_CERTS } = environment
  const [own, extra] = await Promise.all(
    [SSL_CERT_FILE, NODE_EXTRA_CA_CERTS].map((path) =>
      path === undefined ? undefined : firstText([path]),
    ),
  )
  return [
    ...rootCertificates,
    own ?? (await systemRoots()),
    ...(extra === undefined ? [] : [extra]),
  ]
}

/**
 * Writes the files to a folder below `state` that is named after their content, so that equal ones are written once and
 * none changes while a program reads it. Skips our own files, which `environment` names if the shell is already set up.
 */
export async function writeTrustFiles(
  certPem: string,
  { state, environment }: { readonly state: string; readonly environment: NodeJS.ProcessEnv },
): Promise<TrustFiles> {
  const parent = join(state, 'tools')
  const theirs = (names: readonly (string | undefined)[]) =>
    names.flatMap((name) => (name === undefined || name.startsWith(parent) ? [] : [name]))
  const { SSL_CERT_FILE, NODE_EXTRA_CA_CERTS, CURL_HOME, XDG_CONFIG_HOME, WGETRC } = environment
  const home = environment.HOME ?? homedir()
  const inHome = (folder: string | undefined, name: string) =>
    folder === undefined ? [] : theirs([join(folder, name)])
  const [roots, extra, curlrc, wgetrc] = await Promise.all([
    firstText(theirs([SSL_CERT_FILE])).then((found) => found ?? systemRoots()),
    firstText(theirs([NODE_EXTRA_CA_CERTS])),
    firstText([
      ...inHome(CURL_HOME, '.curlrc'),
      ...inHome(XDG_CONFIG_HOME, '.curlrc'),
      ...inHome(home, '.curlrc'),
      ...inHome(home, '.config/curlrc'),
    ]),
    firstText([...theirs([WGETRC]), ...inHome(home, '.wgetrc')]),
  ])
  const files = {
    'bundle.pem': lines(roots, extra, certPem),
    'extra.pem': lines(extra, certPem),
    // Otherwise curl -i would print the proxy's answer to CONNECT as part of the host's.
    '.curlrc': lines(curlrc, 'suppress-connect-headers'),
  }
  const digest = createHash('sha256')
    .update(JSON.stringify([files, wgetrc, Object.keys(derived('', ''))]))
    .digest('hex')
  const folder = join(parent, digest.slice(0, 16))
  await writeFolder(folder, async () => ({
    ...files,
    ...derived(folder, wgetrc),
    [trustStoreFile]: await trustStoreOf(files['bundle.pem']),
  }))
  return {
    bundle: join(folder, 'bundle.pem'),
    extra: join(folder, 'extra.pem'),
    curlHome: folder,
    wgetrc: join(folder, 'wgetrc'),
    javaTrustStore: join(folder, trustStoreFile),
    phpIni: folder,
    parent,
  }
}

const trustStoreFile = 'bundle.p12'

/** Settings that point to the bundle in the same folder. */
function derived(folder: string, wgetrc: string | undefined): Readonly<Record<string, string>> {
  const bundle = join(folder, 'bundle.pem')
  return {
    wgetrc: lines(wgetrc, `ca_certificate = ${bundle}`),
    'access-emulator.ini': lines(`curl.cainfo = "${bundle}"`, `openssl.cafile = "${bundle}"`),
  }
}

/** Loaded lazily: needed only when a folder is written. */
async function trustStoreOf(pem: string): Promise<Buffer> {
  const { trustStore } = await import('./trust-store.ts')
  return trustStore(pem)
}

/** Atomic; a concurrent writer produces the same files. */
async function writeFolder(
  folder: string,
  make: () => Promise<Readonly<Record<string, string | Buffer>>>,
): Promise<void> {
  if ((await firstText([join(folder, 'wgetrc')])) !== undefined) return
  const files = await make()
  await mkdir(join(folder, '..'), { recursive: true, mode: 0o700 })
  const temporary = await mkdtemp(`${folder}.`)
  // The user's own settings may hold secrets.
  await Promise.all(
    Object.entries(files).map(([name, text]) =>
      writeFile(join(temporary, name), text, { mode: 0o600 }),
    ),
  )
  await rename(temporary, folder).catch(() => rm(temporary, { recursive: true, force: true }))
}

async function firstText(paths: readonly string[]): Promise<string | undefined> {
  for (const path of paths) {
    const text = await readFile(path, 'utf8').catch(() => undefined)
    if (text !== undefined) return text
  }
  return undefined
}

function lines(...parts: readonly (string | undefined)[]): string {
  const present = parts.flatMap((part) => (part === undefined ? [] : [part.trimEnd()]))
  return `${present.join('\n')}\n`
}
