/** Writes a bundle as one ZIP archive, for ticket systems that accept files but not folders. */
import { strToU8, type Zippable, zipSync } from 'fflate'
import { replaceFile } from '../cli/replace-file.ts'
import { AccessUsageError } from '../transport/errors.ts'
import { type Files, modeOf } from './bundle.ts'

/** The code for entries with Unix attributes. */
const unix = 3

/**
 * Puts all files into one folder named after the archive. An existing archive is replaced.
 * @param atMs milliseconds since the epoch: the time of every entry, which ZIP stores in this machine's time zone
 * @throws AccessUsageError if the file cannot be written
 */
export async function writeArchive(files: Files, file: string, atMs: number): Promise<void> {
  // A name consisting only of dots would escape the folder into which the archive is unpacked.
  const name = file.replace(/^.*[\\/]/, '').replace(/\.zip$/i, '')
  const folder = /^\.*$/.test(name) ? 'evidence' : name
  const entries: Zippable = {}
  for (const [name, text] of files) {
    const attrs = (0o100000 | modeOf(name)) * 2 ** 16
    entries[`${folder}/${name}`] = [strToU8(text), { mtime: atMs, os: unix, attrs }]
  }
  try {
    await replaceFile(file, zipSync(entries), 0o600)
  } catch (error) {
    throw new AccessUsageError({
      what: `${file} cannot be written (${error instanceof Error ? error.message : error}).`,
      todo: 'Choose another file with --out.',
    })
  }
}
