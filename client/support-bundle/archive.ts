/** A bundle as one ZIP archive, for a ticket system that takes a file and no folder. */
import { strToU8, type Zippable, zipSync } from 'fflate'
import { AccessUsageError } from '../errors.ts'
import { type Files, modeOf } from './bundle.ts'
import { replaceFile } from './replace-file.ts'

/** The attributes of an entry are those of Unix. */
const unix = 3

/**
 * All files under one folder that is named as the archive. A file that is there is replaced.
 * @param atMs milliseconds since the epoch: the time of every entry, in the zone of this machine, as ZIP has it
 * @throws AccessUsageError where the file cannot be written
 */
export async function writeArchive(files: Files, file: string, atMs: number): Promise<void> {
  // Of dots alone it would lead out of where somebody unpacks it.
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
      todo: 'Name another file in --out.',
    })
  }
}
