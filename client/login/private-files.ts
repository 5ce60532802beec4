/** Files and directories that only their owner can read; links are never followed. */
import { constants, lstat, mkdir, open, readdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import { AccessLoginError } from '../transport/errors.ts'

const folderMode = 0o700
const others = 0o077
// Windows has neither of these flags.
const notThroughLinks = (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0)

interface Owned {
  readonly uid: number
  readonly mode: number
}

/** Undefined if only we can access the file or folder. Windows has no modes to check. */
function problemOf({ uid, mode }: Owned): string | undefined {
  if (process.getuid === undefined) return undefined
  if (uid !== process.getuid()) return 'belongs to another user'
  if ((mode & others) === 0) return undefined
  return `is accessible to other users (mode ${(mode & 0o777).toString(8)})`
}

function unusable(path: string, problem: string, todo: string): AccessLoginError {
  return new AccessLoginError('store_unusable', { what: `${path} ${problem}.`, todo })
}

/**
 * Creates the folder if it does not exist.
 * @throws AccessLoginError if it is a link, or if other users can access it
 */
export async function makePrivate(folder: string): Promise<void> {
  await mkdir(dirname(folder), { recursive: true, mode: folderMode })
  await mkdir(folder, { mode: folderMode }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error
  })
  await isPrivate(folder)
}

/** Whether the folder exists. @throws AccessLoginError if it is a link, or if other users can access it */
export async function isPrivate(folder: string): Promise<boolean> {
  const found = await lstat(folder).catch(absent)
  if (found === undefined) return false
  if (!found.isDirectory()) {
    throw unusable(folder, 'is not a folder but a link or a file', 'Move it away.')
  }
  const problem = problemOf(found)
  if (problem !== undefined) throw unusable(folder, problem, `Run first: chmod 700 ${folder}`)
  return true
}

/** Undefined if there is no such file. @throws AccessLoginError if it is a link, or if other users can access it */
export async function readPrivate(file: string): Promise<string | undefined> {
  const handle = await open(file, constants.O_RDONLY | notThroughLinks).catch(
    (error: NodeJS.ErrnoException) => {
      if (error.code !== 'ELOOP') return absent(error)
      throw unusable(file, 'is a symbolic link', 'Remove it, then log in again.')
    },
  )
  if (handle === undefined) return undefined
  try {
    const found = await handle.stat()
    const problem = found.isFile() ? problemOf(found) : 'is not a file'
    if (problem !== undefined) throw unusable(file, problem, 'Remove it, then log in again.')
    return await handle.readFile('utf8')
  } finally {
    await handle.close()
  }
}

/** The names in a folder; empty if it does not exist. */
export async function namesIn(folder: string): Promise<readonly string[]> {
  return (await readdir(folder).catch(absent)) ?? []
}

function absent(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error
}
