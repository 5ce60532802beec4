/** Roots on disk: the first of several processes creates them; numbered, so that a renewal never overwrites one. */
import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto'
import { chmod, link, mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'

export interface Root {
  /** The file with the key and the certificate, readable only by its owner. */
  readonly keyPath: string
  readonly certPem: string
  readonly key: KeyObject
  /** Milliseconds of wall time. */
  readonly notAfterMs: number
  /** SHA-256 of the certificate: upper-case hex pairs separated by colons, as `openssl x509 -fingerprint` prints it. */
  readonly fingerprint256: string
}

export interface RootFiles {
  readonly folder: string
  /** The first part of the files' names. */
  readonly family: string
  readonly nowMs: number
  /** A root that is valid for less than this is replaced; milliseconds. */
  readonly renewBeforeMs: number
  make(): Promise<{ readonly certPem: string; readonly keyPem: string }>
}

const keyMode = 0o600
const folderMode = 0o700
const attempts = 8

/** The newest valid root; creates one if there is none. @throws Error if the folder cannot be read or written */
export async function openRoot(files: RootFiles): Promise<Root> {
  const { folder, family } = files
  await mkdir(folder, { recursive: true, mode: folderMode })
  await chmod(folder, folderMode)
  for (let attempt = 0; attempt < attempts; attempt++) {
    const [newest = 0, ...older] = await generations(files)
    const found = newest === 0 ? undefined : await readRoot(pathOf(files, newest))
    if (found !== undefined && isGood(found, files)) {
      await chmod(found.keyPath, keyMode)
      // A running process may still use the previous one; earlier ones are no longer in use.
      const spent = older
        .slice(1)
        .map((generation) => rm(pathOf(files, generation), { force: true }))
      await Promise.all(spent)
      return found
    }
    const { certPem, keyPem } = await files.make()
    await publish(pathOf(files, newest + 1), keyPem + certPem)
  }
  throw new Error(`Could not create a certificate authority in ${folder} (${family}).`)
}

/** The newest root of each family that begins with `prefix`, unless it has expired. */
export async function readRoots(folder: string, prefix: string, nowMs: number): Promise<Root[]> {
  const names = await readdir(folder).catch(() => [])
  const families = new Set(
    names.flatMap((name) => {
      const family = /^(.+)-\d+\.pem$/.exec(name)?.[1]
      return family?.startsWith(prefix) ? [family] : []
    }),
  )
  const roots = await Promise.all(
    [...families].sort().map(async (family) => {
      const [newest = 0] = await generations({ folder, family })
      return readRoot(pathOf({ folder, family }, newest))
    }),
  )
  return roots.flatMap((root) => (root !== undefined && root.notAfterMs > nowMs ? [root] : []))
}

/** Writes only the certificate, for others to trust. Atomic, so that no reader sees half of it. */
export async function publishCertificate(path: string, certPem: string): Promise<void> {
  const before = await readFile(path, 'utf8').catch(() => undefined)
  if (before === certPem) return
  const temporary = await writeTemporary(path, certPem, 0o644)
  await rename(temporary, path)
}

function pathOf({ folder, family }: Pick<RootFiles, 'folder' | 'family'>, generation: number) {
  return join(folder, `${family}-${generation}.pem`)
}

/** The numbers of a family's files, highest first. */
async function generations({ folder, family }: Pick<RootFiles, 'folder' | 'family'>) {
  const names = await readdir(folder)
  return names
    .flatMap((name) => {
      const number = /^-(\d{1,9})\.pem$/.exec(name.slice(family.length))?.[1]
      return name.startsWith(family) && number !== undefined ? [Number(number)] : []
    })
    .sort((a, b) => b - a)
}

/** Links a finished file to its name. A second process finds the name taken, and uses what the first has written. */
async function publish(path: string, text: string): Promise<void> {
  const temporary = await writeTemporary(path, text, keyMode)
  try {
    await link(temporary, path)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
  } finally {
    await rm(temporary, { force: true })
  }
}

async function writeTemporary(path: string, text: string, mode: number): Promise<string> {
  for (let count = 0; ; count++) {
    const temporary = `${path}.${process.pid}.${count}.new`
    const file = await open(temporary, 'wx', mode).catch((error: NodeJS.ErrnoException) => {
      // Left by another emulator in this process, or by an earlier process with the same id.
      if (error.code === 'EEXIST' && count < 100) return undefined
      throw error
    })
    if (file === undefined) continue
    try {
      await file.writeFile(text)
      await file.sync()
    } finally {
      await file.close()
    }
    return temporary
  }
}

/** Undefined if the file does not hold a certificate and its key. */
async function readRoot(keyPath: string): Promise<Root | undefined> {
  const text = await readFile(keyPath, 'utf8')
  const [keyPem] = /-----BEGIN PRIVATE KEY-----[\s\S]*?-----END PRIVATE KEY-----/.exec(text) ?? []
  const [certPem] = /-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/.exec(text) ?? []
  if (keyPem === undefined || certPem === undefined) return undefined
  try {
    const certificate = new X509Certificate(certPem)
    const key = createPrivateKey(keyPem)
    if (!certificate.checkPrivateKey(key)) return undefined
    return {
      keyPath,
      certPem: `${certPem}\n`,
      key,
      notAfterMs: Date.parse(certificate.validTo),
      fingerprint256: certificate.fingerprint256,
    }
  } catch {
    return undefined
  }
}

function isGood({ certPem, notAfterMs }: Root, { nowMs, renewBeforeMs }: RootFiles): boolean {
  const begins = Date.parse(new X509Certificate(certPem).validFrom)
  return begins <= nowMs && notAfterMs - nowMs > renewBeforeMs
}
