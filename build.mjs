/** Builds `dist`: the two commands as bundles that start fast, and the library entries with their packages left outside. */
import { spawn } from 'node:child_process'
import { existsSync, watch } from 'node:fs'
import { chmod, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import * as esbuild from 'esbuild'

const root = dirname(fileURLToPath(import.meta.url))
const dist = join(root, 'dist')

const commands = {
  'access-emulator': 'emulator/cli.ts',
  'access-client': 'client/cli/access-client.ts',
}
const libraries = {
  index: 'emulator/index.ts',
  contracts: 'contracts/index.ts',
  client: 'client/index.ts',
  vitest: 'emulator/vitest.ts',
}

// Node reads it with --require, before a program of either kind; of versions older than ours too.
const preloads = { preload: 'emulator/preload/index.ts' }

/** @type {esbuild.BuildOptions} */
const common = {
  absWorkingDir: root,
  outdir: dist,
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  // The ES module form of a package where it has one: @peculiar/x509 has no other that a dynamic import can read.
  mainFields: ['module', 'main'],
  write: false,
  metafile: true,
  logLevel: 'warning',
}

// Express and its packages are CommonJS: they call `require` for Node's modules, which an ES module lacks.
const requireForCommonJs =
  "import { createRequire as createRequire_ } from 'node:module';\nconst require = createRequire_(import.meta.url);"

// zod carries its messages in fifty languages, half a megabyte that every start would parse.
const englishOnly = {
  name: 'english-only',
  setup(build) {
    build.onLoad({ filter: /[\\/]zod[\\/]v4[\\/]locales[\\/]index\.js$/ }, ({ path }) => ({
      contents: "export { default as en } from './en.js'",
      resolveDir: dirname(path),
    }))
  },
}

// Express can decode request bodies in any East Asian charset; half a megabyte of tables for what an API of UTF-8
// refuses or cannot read anyway.
const unicodeOnly = {
  name: 'unicode-only',
  setup(build) {
    build.onLoad({ filter: /[\\/]iconv-lite[\\/]encodings[\\/]tables[\\/].*\.json$/ }, () => ({
      contents: '[]',
      loader: 'json',
    }))
  },
}

function present(entries, say) {
  const found = Object.entries(entries).filter(([, source]) => existsSync(join(root, source)))
  for (const [name, source] of Object.entries(entries)) {
    if (!existsSync(join(root, source)))
      say(`build: ${name} is left out, there is no ${source} yet`)
  }
  return Object.fromEntries(found)
}

async function bundle(entryPoints, options) {
  if (Object.keys(entryPoints).length === 0) return { outputFiles: [], inputs: [] }
  const { outputFiles, metafile } = await esbuild.build({ ...common, entryPoints, ...options })
  return { outputFiles, inputs: Object.keys(metafile.inputs) }
}

/** The licence of each package that a bundle contains: a copy of their code must carry it. */
async function licences(inputs) {
  const inPackage = /^.*node_modules\/(?:@[^/]+\/)?[^/]+/
  const folders = new Set(inputs.flatMap((input) => inPackage.exec(input)?.[0] ?? []))
  const texts = []
  for (const folder of [...folders].sort()) {
    const names = await readdir(join(root, folder))
    const licence = names.find((name) => /^licen[cs]e/i.test(name))
    const { name, version, license } = JSON.parse(
      await readFile(join(root, folder, 'package.json'), 'utf8'),
    )
    const text = licence
      ? await readFile(join(root, folder, licence), 'utf8')
      : `Licence: ${license}\n`
    texts.push(`${name} ${version}\n\n${text}`)
  }
  if (texts.length === 0) return []
  const contents = Buffer.from(texts.join(`\n${'-'.repeat(72)}\n\n`))
  return [{ path: join(dist, 'third-party-licences.txt'), contents }]
}

async function build(say) {
  const bundles = await Promise.all([
    bundle(present(commands, say), {
      chunkNames: 'command/[name]-[hash]',
      banner: { js: requireForCommonJs },
      plugins: [englishOnly, unicodeOnly],
      // Saves a tenth of the start; shorter identifiers save nothing more and spoil stack traces.
      minifyWhitespace: true,
      legalComments: 'none',
    }),
    bundle(present(libraries, say), { chunkNames: 'library/[name]-[hash]', packages: 'external' }),
    bundle(present(preloads, say), {
      format: 'cjs',
      splitting: false,
      target: 'node18',
      outExtension: { '.js': '.cjs' },
      minifyWhitespace: true,
      legalComments: 'none',
    }),
  ])
  const files = [
    ...bundles.flatMap(({ outputFiles }) => outputFiles),
    ...(await licences(bundles.flatMap(({ inputs }) => inputs))),
  ]
  await mkdir(dist, { recursive: true })
  for (const { path, contents } of files) await put(path, contents)
  await removeOthers(new Set(files.map((file) => file.path)))
  return files
}

/** Replaces a file in one step, so that a process that starts meanwhile never reads half of it. */
async function put(path, contents) {
  const isCommand = relative(dist, path).replace(/\.js$/, '') in commands
  const text = Buffer.from(contents)
  const bytes =
    isCommand && !text.toString('latin1', 0, 2).startsWith('#!')
      ? Buffer.concat([Buffer.from('#!/usr/bin/env node\n'), text])
      : text
  if (existsSync(path) && bytes.equals(await readFile(path))) return
  await mkdir(dirname(path), { recursive: true })
  const temporary = `${path}.${process.pid}`
  await writeFile(temporary, bytes)
  if (isCommand) await chmod(temporary, 0o755)
  await rename(temporary, path)
}

/** Removes what an earlier build left. The declarations in `types` are the compiler's. */
async function removeOthers(kept) {
  for (const entry of await readdir(dist, { withFileTypes: true, recursive: true })) {
    const path = join(entry.parentPath ?? entry.path, entry.name)
    const isType = relative(dist, path).startsWith('types')
    if (entry.isFile() && path.endsWith('.js') && !isType && !kept.has(path)) await rm(path)
  }
}

function report(files) {
  for (const { path, contents } of files) {
    const name = relative(dist, path)
    if (!name.includes('/')) console.log(`dist/${name}  ${Math.ceil(contents.length / 1024)} kB`)
  }
}

/** Rebuilds on change and starts the emulator anew with the arguments given. */
async function develop(args) {
  let child
  let pending

  async function again() {
    try {
      await build(() => {})
    } catch {
      return // esbuild has said why; the next change tries again
    }
    child?.kill('SIGTERM')
    child = spawn(process.execPath, [join(dist, 'access-emulator.js'), 'start', ...args], {
      stdio: 'inherit',
    })
  }
  for (const folder of ['contracts', 'emulator', 'client']) {
    watch(join(root, folder), { recursive: true }, () => {
      clearTimeout(pending)
      pending = setTimeout(again, 100)
    })
  }
  for (const signal of ['SIGINT', 'SIGTERM']) {
    process.on(signal, () => {
      child?.kill(signal)
      process.exit(0)
    })
  }
  await again()
}

const args = process.argv.slice(2)
try {
  if (args[0] === '--watch') {
    await develop(args.slice(1))
  } else {
    const quiet = args.includes('--quiet')
    const files = await build(quiet ? () => {} : console.log)
    if (!quiet) report(files)
  }
} catch (error) {
  if (!Array.isArray(error?.errors)) console.error(error)
  process.exitCode = 1
}
