/** Writes a seed, as YAML or JSON, to a file or to stdout. */
import { writeFile } from 'node:fs/promises'
import type { Io } from '../cli/options.ts'
import { AccessUsageError } from '../transport/errors.ts'

export async function writeSeed(seed: object, file: string | undefined, io: Io): Promise<void> {
  // The default export: a bundle sees no other when it loads a CommonJS package dynamically.
  const { default: yaml } = await import('yaml')
  const text = file?.endsWith('.json')
    ? `${JSON.stringify(seed, null, 2)}\n`
    : yaml.stringify(seed, { lineWidth: 0, aliasDuplicateObjects: false })
  await writeText(text, file, io)
}

export async function writeText(text: string, file: string | undefined, io: Io): Promise<void> {
  if (file === undefined) {
    io.out(text)
    return
  }
  await writeFile(file, text).catch((error: unknown) => {
    throw new AccessUsageError({
      what: `${file} cannot be written (${error instanceof Error ? error.message : error}).`,
      todo: 'Choose another file with --out.',
    })
  })
}
