/** Replaces a file atomically. */
import { chmod, rename, rm, writeFile } from 'node:fs/promises'

/**
 * Writes all or nothing, so that a full disk does not destroy the existing file. Never writes through a link or into
 * another user's file.
 */
export async function replaceFile(
  file: string,
  content: string | Uint8Array,
  mode: number,
): Promise<void> {
  const next = `${file}.next`
  await rm(next, { force: true })
  await writeFile(next, content, { mode, flag: 'wx' })
  // The umask may have removed some of the permissions above.
  await chmod(next, mode)
  await rename(next, file)
}
