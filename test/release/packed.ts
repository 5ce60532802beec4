/** The package as npm would publish it, and projects that have it installed: nothing of this folder is in reach but by it. */
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { z } from 'zod'

const root = fileURLToPath(new URL('../../', import.meta.url))

const contents = {
  unpackedSize: z.number(),
  files: z.array(z.object({ path: z.string(), size: z.number() })),
}
const listing = z.array(z.object({ filename: z.string(), ...contents }))

/** `folder` is the unpacked tarball. */
const unpacked = z.object({ folder: z.string(), tarball: z.string(), ...contents })
export type Unpacked = z.output<typeof unpacked>

export interface Packed extends Unpacked {
  remove(): Promise<void>
}

/** The package of this run, packed when the first test asks for it; test/support/make-once.ts answers. */
export async function shared(madeAt: string): Promise<Unpacked> {
  const answer = await fetch(new URL('packed', madeAt))
  if (!answer.ok) throw new Error(`npm pack failed: ${await answer.text()}`)
  return unpacked.parse(await answer.json())
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
  const { filename, ...rest } = packed
  const tarball = join(place, filename)
  await run('tar', ['-xzf', tarball, '-C', place])
  return {
    ...{ ...rest, folder: join(place, 'package'), tarball },
    remove: () => rm(place, { recursive: true }),
  }
}

const manifest = z.object({
  name: z.string(),
  bin: z.union([z.string(), z.record(z.string(), z.string())]).default({}),
  dependencies: z.record(z.string(), z.string()).default({}),
})

async function manifestOf(folder: string) {
  const { name, bin, dependencies } = manifest.parse(
    JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')),
  )
  return { bin: typeof bin === 'string' ? { [basename(name)]: bin } : bin, dependencies }
}

/**
 * A project with the package and what that depends on. It has nothing else but the tools that are named.
 * @param project what to copy, below the root of the repository; an empty folder if not given
 * @param toolsFrom where the tools are installed, with all that they depend on; others are this repository's
 */
export async function consumer(
  { folder }: Pick<Packed, 'folder'>,
  project?: string,
  tools: readonly string[] = [],
  toolsFrom = join(root, 'node_modules'),
): Promise<{ readonly path: string; remove(): Promise<void> }> {
  const place = await mkdtemp(join(tmpdir(), 'consumer-'))
  if (project !== undefined) await cp(join(root, project), place, { recursive: true })
  const modules = join(place, 'node_modules')
  const own = join(modules, 'cloudflare-access-emulator')
  await cp(folder, own, { recursive: true })
  const { bin, dependencies } = await manifestOf(own)
  const bins = Object.entries(bin).map(([command, script]) => [command, join(own, script)] as const)
  const ours = (name: string) => join(root, 'node_modules', name)
  const toolAt = (name: string) =>
    existsSync(join(toolsFrom, name)) ? join(toolsFrom, name) : ours(name)
  const linked = new Map([
    ...Object.keys(dependencies).map((name) => [name, ours(name)] as const),
    ...tools.map((name) => [name, toolAt(name)] as const),
  ])
  for (const [name, target] of linked) {
    const link = join(modules, name)
    await mkdir(dirname(link), { recursive: true })
    await symlink(target, link)
  }
  for (const tool of tools) {
    const at = toolAt(tool)
    const { bin } = await manifestOf(at)
    bins.push(...Object.entries(bin).map(([name, script]) => [name, join(at, script)] as const))
  }
  await mkdir(join(modules, '.bin'))
  for (const [command, script] of bins) await symlink(script, join(modules, '.bin', command))
  return { path: place, remove: () => rm(place, { recursive: true, force: true }) }
}
