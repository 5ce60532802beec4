/** The package as npm would publish it, and projects that have it installed: nothing of this folder is in reach but by it. */
import { execFile } from 'node:child_process'
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { z } from 'zod'

const root = fileURLToPath(new URL('../../', import.meta.url))

const listing = z.array(
  z.object({
    filename: z.string(),
    unpackedSize: z.number(),
    files: z.array(z.object({ path: z.string(), size: z.number() })),
  }),
)

export interface Packed {
  /** The unpacked tarball. */
  readonly folder: string
  readonly unpackedSize: number
  readonly files: readonly { readonly path: string; readonly size: number }[]
  remove(): Promise<void>
}

/** Packs a copy of the sources, because packing builds into `dist`, which other tests use. */
export async function pack(): Promise<Packed> {
  const place = await mkdtemp(join(tmpdir(), 'packed-'))
  const sources = join(place, 'sources')
  const left = new Set(['node_modules', 'dist', '.git'])
  await mkdir(sources)
  for (const name of await readdir(root)) {
    if (!left.has(name)) await cp(join(root, name), join(sources, name), { recursive: true })
  }
  await symlink(join(root, 'node_modules'), join(sources, 'node_modules'))
  const run = promisify(execFile)
  const { stdout } = await run('npm', ['pack', '--json', '--pack-destination', place], {
    cwd: sources,
    maxBuffer: 64 * 1024 * 1024,
  })
  // What the build prints comes first.
  const [packed] = listing.parse(JSON.parse(stdout.slice(stdout.indexOf('[\n'))))
  if (packed === undefined) throw new Error(`npm packed nothing: ${stdout}`)
  await run('tar', ['-xzf', join(place, packed.filename), '-C', place])
  return {
    ...{ folder: join(place, 'package'), unpackedSize: packed.unpackedSize, files: packed.files },
    remove: () => rm(place, { recursive: true }),
  }
}

/**
 * A copy of a project with the package and what that depends on. It has nothing else but the tools that are named.
 * @param project below the root of the repository
 */
export async function consumer(
  { folder }: Packed,
  project: string,
  tools: readonly string[] = [],
): Promise<{ readonly path: string; remove(): Promise<void> }> {
  const place = await mkdtemp(join(tmpdir(), 'consumer-'))
  await cp(join(root, project), place, { recursive: true })
  const modules = join(place, 'node_modules')
  const own = join(modules, 'cloudflare-access-emulator')
  await cp(folder, own, { recursive: true })
  const manifest = z
    .object({
      bin: z.record(z.string(), z.string()),
      dependencies: z.record(z.string(), z.string()),
    })
    .parse(JSON.parse(await readFile(join(own, 'package.json'), 'utf8')))
  for (const each of [...Object.keys(manifest.dependencies), ...tools]) {
    const link = join(modules, each)
    await mkdir(dirname(link), { recursive: true })
    await symlink(join(root, 'node_modules', each), link)
  }
  await mkdir(join(modules, '.bin'))
  for (const [command, script] of Object.entries(manifest.bin)) {
    await symlink(join(own, script), join(modules, '.bin', command))
  }
  return { path: place, remove: () => rm(place, { recursive: true }) }
}
