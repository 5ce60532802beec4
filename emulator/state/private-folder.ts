/** A folder of secrets: closed to everybody but its owner, and no file in it is reached through a link. */
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

/** What is wrong with a folder, in words for the person who gave it. */
export class FolderProblem extends Error {}

const folderMode = 0o700
const fileMode = 0o600
const others = 0o077
// Windows has neither of the two, and keeps no modes.
const notThroughLinks = (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0)
const keepsModes = process.platform !== 'win32'

/** Makes the folder where it is not there. @throws FolderProblem where it is a link, or open to others */
export async function makePrivate(folder: string): Promise<void> {
  // With a slash at its end, the path of a link is that of the folder behind it.
  const path = resolve(folder)
  await mkdir(path, { recursive: true, mode: folderMode })
  const found = await lstat(path)
  if (found.isSymbolicLink()) {
    const advice = `Give --state the folder itself: ${await realpath(path)}.`
    throw new FolderProblem(
      `${folder} is a link, and the state is not kept behind links. ${advice}`,
    )
  }
  if (keepsModes && (found.mode & others) !== 0) {
    const mode = (found.mode & 0o777).toString(8).padStart(3, '0')
    throw new FolderProblem(
      `${folder} is open to other users of this machine (mode ${mode}), and secrets are kept in it. Close it first: chmod 700 ${quoted(folder)}`,
    )
  }
}

/** A file that must not be there yet, not even as a link. */
export function createPrivate(path: string): Promise<FileHandle> {
  return open(path, 'wx', fileMode)
}

/** The end of a file that is there. */
export function appendPrivate(path: string): Promise<FileHandle> {
  return withoutLinks(path, open(path, constants.O_WRONLY | constants.O_APPEND | notThroughLinks))
}

/** Undefined where there is no such file. @throws FolderProblem where it is a link */
export async function readPrivate(path: string): Promise<Buffer | undefined> {
  const read = readFile(path, { flag: constants.O_RDONLY | notThroughLinks })
  return withoutLinks(path, read).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
}

/** What the system says of a link that was not followed, in words. */
function withoutLinks<T>(path: string, opened: Promise<T>): Promise<T> {
  return opened.catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ELOOP') throw error
    throw new FolderProblem(
      `${path} is a link, and the state is not kept behind links. Put the file itself there, or remove the link.`,
    )
  })
}

function quoted(path: string): string {
  return /^[\w./+-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`
}
