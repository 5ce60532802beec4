/** Files of the user that libpq reads: certificates, keys and passwords. */
import { readFile, stat } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'

const isWindows = process.platform === 'win32'
const others = 0o077

/** The default place of a file, by its names on Windows and elsewhere. */
export function inHome(elsewhere: string, onWindows: string): string {
  return isWindows
    ? join(process.env.APPDATA ?? '', 'postgresql', onWindows)
    : join(process.env.HOME || homedir(), elsewhere)
}

/** @returns undefined if there is no such file. @throws Error with a reason for the user */
export async function readText(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    const { code } = Object(error) as { code?: unknown }
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined
    throw new Error(`cannot read ${path} (${code})`)
  }
}

/** @throws Error if others may read it */
export async function mustBePrivate(path: string): Promise<void> {
  if (isWindows) return
  const { mode, uid } = await stat(path)
  // Of root's files, a group may be given to read: that is how secrets are mounted into containers.
  if ((mode & (uid === 0 ? 0o037 : others)) === 0) return
  throw new Error(`${path} is accessible to others. Run: chmod 600 ${path}`)
}
