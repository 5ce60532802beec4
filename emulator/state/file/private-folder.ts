/** A folder for secrets: accessible only to its owner, and no file in it is opened through a symbolic link. */
import {
  constants,
  type FileHandle,
  lstat,
  mkdir,
  open,
  readFile,
  realpath,
} from 'node:fs/promises'
import { resolve } from 'node:path'
import { quoted } from '../../world/shell-quote.ts'
import { StateProblem } from '../durable-log.ts'

const folderMode = 0o700
const fileMode = 0o600
const others = 0o077
// Windows has neither flag, and no file modes.
const notThroughLinks = (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0)
const keepsModes = process.platform !== 'win32'

/** Creates the folder if it does not exist. @throws StateProblem if it is a symbolic link, or accessible to others */
export async function makePrivate(folder: string): Promise<void> {
  // A trailing slash would make `lstat` follow the link.
  const path = resolve(folder)
  await mkdir(path, { recursive: true, mode: folderMode })
  const found = await lstat(path)
  if (found.isSymbolicLink()) {
    const advice = `Give --state the folder itself: ${await realpath(path)}.`
    throw new StateProblem(
      `${folder} is a symbolic link, and the state is not kept behind links. ${advice}`,
    )
  }
  if (keepsModes && (found.mode & others) !== 0) {
    const mode = (found.mode & 0o777).toString(8).padStart(3, '0')
    throw new StateProblem(
      `${folder} is accessible to other users of this machine (mode ${mode}), but will contain secrets. Run first: chmod 700 ${/^[\w./+-]+$/.test(folder) ? folder : quoted(folder)}`,
    )
  }
}

/** Creates a file, which must not exist yet, not even as a link. */
export function createPrivate(path: string): Promise<FileHandle> {
  return open(path, 'wx', fileMode)
}

/** Opens an existing file for writing. */
export function writePrivate(path: string): Promise<FileHandle> {
  return withoutLinks(path, open(path, constants.O_WRONLY | notThroughLinks))
}

/** Undefined if there is no such file. @throws StateProblem if it is a symbolic link */
export async function readPrivate(path: string): Promise<Buffer | undefined> {
  const read = readFile(path, { flag: constants.O_RDONLY | notThroughLinks })
  return withoutLinks(path, read).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
}

/** Explains the system's error for a link that was not followed. */
function withoutLinks<T>(path: string, opened: Promise<T>): Promise<T> {
  return opened.catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ELOOP') throw error
    throw new StateProblem(
      `${path} is a symbolic link, and the state is not kept behind links. Put the file itself there, or remove the link.`,
    )
  })
}
