/** A file of our own in the place of whatever stands there. */
import { chmod, rename, rm, writeFile } from 'node:fs/promises'

/**
 * Whole or not at all: what is there already is not lost to a full disk. Nothing is written through a link, or into a
 * file of somebody else's.
 */
export async function replaceFile(
  file: string,
  content: string | Uint8Array,
  mode: number,
): Promise<void> {
  const next = `${file}.next`
  await rm(next, { force: true })
  await writeFile(next, content, { mode, flag: 'wx' })
  // Of the mode above the process may mask a part.
  await chmod(next, mode)
  await rename(next, file)
}
