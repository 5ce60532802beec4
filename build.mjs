/** Builds `dist`: the two commands as bundles that start fast, and the library entries with their packages left outside. */
import { spawn } from 'node:child_process'
import { existsSync, watch } from 'node:fs'
import { chmod, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, isAbsolute, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import * as rolldown from 'rolldown'

const root = dirname(fileURLToPath(import.meta.url))
const dist = join(root, 'dist')

/** The executable of each command: it runs the bundle of its own name. */
const boot = 'emulator/commands/boot/boot.ts'
const commands = {
  'access-emulator': 'emulator/commands/cli.ts',
  'access-client': 'client/commands/access-client.ts',
}
const libraries = {
  index: 'emulator/index.ts',
  contracts: 'contracts/index.ts',
  client: 'client/index.ts',
  miniflare: 'client/miniflare.ts',
  playwright: 'emulator/testing/playwright.ts',
}
/** An ES module, for what it imports is one that cannot be required. */
const modules = { vitest: 'emulator/testing/vitest.ts' }

/** Loaded by a start, beside what the command itself imports. */
const startCommand = 'emulator/commands/start.ts'

// Runs in a browser, in the pages of the dashboard.
const scripts = { dashboard: 'emulator/control/dashboard/browser/dashboard.ts' }

// Node reads it with --require, before a program of either kind; of versions older than ours too.
const preloads = { preload: 'emulator/network/preload/index.ts' }

const replaced = (name, id, handler) => ({ name, load: { filter: { id }, handler } })

const lean = [
  // zod carries its messages in fifty languages, half a megabyte that every start would parse.
  replaced(
    'english-only',
    /[\\/]zod[\\/]v4[\\/]locales[\\/]index\.js$/,
    () => "export { default as en } from './en.js'",
  ),
  // The body parser can decode any East Asian charset; half a megabyte of tables for what an API of UTF-8 refuses or
  // cannot read anyway.
  replaced('unicode-only', /[\\/]iconv-lite[\\/]encodings[\\/]tables[\\/].*\.json$/, () => '[]'),
  replaced('no-double-bytes', /[\\/]iconv-lite[\\/]encodings[\\/]dbcs-.*\.js$/, () => ''),
  // The query parser prints keys with it in an error that nothing here can cause.
  replaced('no-inspection', /[\\/]object-inspect[\\/]index\.js$/, () => 'module.exports = String'),
  // It also knows the type of any file by its extension. It is asked for these.
  replaced('few-mime-types', /[\\/]mime-db[\\/]db\.json$/, async (id) => {
    const all = Object.entries(JSON.parse(await readFile(id, 'utf8')))
    return JSON.stringify(Object.fromEntries(all.filter(([type]) => mimeTypes.test(type))))
  }),
]
const mimeTypes = /^(text\/(html|plain)|application\/(json|octet-stream|x-www-form-urlencoded))$/

/** Functions and classes keep their names: stack traces show them, and some errors are told apart by them. */
const keepNames = { function: true, class: true }
const shortened = {
  compress: { keepNames },
  mangle: { toplevel: true, keepNames },
  codegen: { removeWhitespace: true },
}
const minified = { minify: shortened, comments: { legal: false } }

/** Packages that a command needs on demand, in a few milliseconds, are not carried twice. */
const onDemand = ['undici', 'liquidjs', 'pg', 'prom-client', 'yaml', 'ws', 'tweetnacl', 'fflate']

// Of the packages, only the helpers of the compiler itself are bundled.
const isPackage = (id) => !/^(\.|@oxc-project\/runtime\/)/.test(id) && !isAbsolute(id)

async function bundle(input, output, options = {}) {
  const { output: chunks } = await rolldown.build({
    cwd: root,
    input,
    platform: 'node',
    // Each of their modules declares classes and nothing else: what no one imports can go.
    treeshake: {
      moduleSideEffects: [{ test: /[\\/](@peculiar[\\/]asn1-|tsyringe[\\/])/, sideEffects: false }],
    },
    // The ES module form of a package where it has one: @peculiar/x509 has no other that a dynamic import can read.
    resolve: { mainFields: ['module', 'main'] },
    logLevel: 'warn',
    write: false,
    output: { dir: dist, ...output },
    ...options,
  })
  return {
    files: chunks.flatMap(({ fileName, code, isEntry, name, exports }) => [
      { path: join(dist, fileName), contents: code },
      ...(isEntry && fileName.endsWith('.cjs') && name in libraries ? [facade(name, exports)] : []),
    ]),
    inputs: chunks.flatMap(({ moduleIds }) => moduleIds),
  }
}

/** V8 keeps and scans ASCII in half the memory. Code has other characters only where an escape can stand for them. */
function inAscii({ files, inputs }) {
  const plain = files.map(({ path, contents }) => ({
    path,
    contents: contents.replaceAll(/\\[\0-\x7f]|\\?[^\0-\x7f]/g, escaped),
  }))
  return { files: plain, inputs }
}

function escaped(text) {
  const code = text.charCodeAt(text.length - 1)
  return code < 0x80 ? text : `\\u${code.toString(16).padStart(4, '0')}`
}

/**
 * What a start evaluates stands in a few files: one for each set of entries that evaluate the same, so that the package has
 * it once and no entry evaluates what it does not need. What a module imports is evaluated by the same entries or more, so
 * larger sets are cut out first. Anything else is cut by the bundler, as finely as it is imported.
 */
function startChunks() {
  const entries = Object.entries({ ...commands, ...libraries })
  const reached = new Map()
  const find = (chunking) => {
    for (const [name, file] of entries) {
      const files = name === 'access-emulator' ? [file, startCommand] : [file]
      reached.set(
        name,
        reachable(
          files.map((each) => join(root, each)),
          chunking,
        ),
      )
    }
  }
  const evaluating = (id, chunking) => {
    if (reached.size === 0) find(chunking)
    return entries.map(([name]) => name).filter((name) => reached.get(name).has(id))
  }
  return entries.map((_, index) => ({
    debugName: `start, and ${index} others`,
    priority: index,
    name(id, chunking) {
      const [first, ...others] = evaluating(id, chunking)
      if (first !== 'access-emulator' || others.length !== index) return null
      return ['start', ...others].join('-')
    },
  }))
}

/** All modules that these import, other than on demand. */
function reachable(entries, chunking) {
  const found = new Set(entries)
  for (const id of found) {
    for (const each of chunking.getModuleInfo(id)?.importedIds ?? []) found.add(each)
  }
  return found
}

/** The licence of each package that a bundle contains: a copy of their code must carry it. Equal terms stand once. */
async function licences(inputs) {
  const inPackage = /^.*node_modules\/(?:@[^/]+\/)?[^/]+/
  const folders = new Set(inputs.flatMap((input) => inPackage.exec(input)?.[0] ?? []))
  const byTerms = new Map()
  for (const folder of [...folders].sort()) {
    const names = await readdir(folder)
    const licence = names.find((name) => /^licen[cs]e/i.test(name))
    const { name, version, license } = JSON.parse(
      await readFile(join(folder, 'package.json'), 'utf8'),
    )
    const text = licence ? await readFile(join(folder, licence), 'utf8') : `Licence: ${license}\n`
    const isNotice = (line) => /^\s*copyright/i.test(line)
    const lines = text.trim().split(/\r?\n/)
    const terms = lines
      .filter((line) => !isNotice(line))
      .join('\n')
      .trim()
    const key = terms.replaceAll(/^\W*(the )?mit license( \(mit\))?\W*|\s+/gi, ' ').trim()
    const entry = byTerms.get(key) ?? { terms, packages: [] }
    entry.packages.push([
      `${name} ${version}`,
      ...lines.filter(isNotice).map((line) => `  ${line.trim()}`),
    ])
    byTerms.set(key, entry)
  }
  const texts = [...byTerms.values()].map(
    ({ terms, packages }) => `${packages.flat().join('\n')}\n\n${terms}\n`,
  )
  const contents = Buffer.from(texts.join(`\n${'-'.repeat(72)}\n\n`))
  return [{ path: join(dist, 'third-party-licences.txt'), contents }]
}

/** An ES module with the names of a CommonJS one. */
function facade(name, exported) {
  const path = join(dist, `${name}.js`)
  const names = exported.filter((each) => each !== 'default').join(', ')
  return {
    path,
    contents: `import all from './command/${name}.cjs'\nexport const { ${names} } = all\n`,
  }
}

/** What a module imports of the package comes from its entries, which have it already. */
const fromEntries = {
  name: 'from-entries',
  resolveId(source, importer) {
    if (importer === undefined || !source.startsWith('.')) return null
    const path = relative(root, join(dirname(importer), source)).replaceAll('\\', '/')
    if (path === 'emulator/instance/create.ts') return { id: './index.js', external: true }
    if (path.startsWith('contracts/')) return { id: './contracts.js', external: true }
    return null
  },
}

async function build() {
  const bundles = await Promise.all([
    ...Object.keys(commands).map((name) =>
      bundle({ [name]: boot }, { format: 'esm', ...minified }),
    ),
    bundle(
      { ...commands, ...libraries },
      {
        // vm.Script, which takes a code cache, knows no ES modules.
        format: 'cjs',
        // A facade imports `module.exports` whole.
        esModule: false,
        // By `import`, Node would warn that a script's loader is experimental.
        dynamicImportInCjs: false,
        entryFileNames: 'command/[name].cjs',
        chunkFileNames: 'command/[name]-[hash].cjs',
        codeSplitting: { groups: startChunks() },
        ...minified,
      },
      { plugins: lean, external: [...onDemand, '@playwright/test'] },
    ).then(inAscii),
    bundle(
      modules,
      { format: 'esm', ...minified },
      { plugins: [fromEntries], external: isPackage },
    ),
    bundle(
      scripts,
      { format: 'iife', codeSplitting: false, minify: true, comments: { legal: false } },
      { platform: 'browser' },
    ),
    bundle(
      preloads,
      { format: 'cjs', entryFileNames: '[name].cjs', codeSplitting: false, ...minified },
      // Its `require` is by the file in which it runs, beside which the package's own dependencies are.
      { transform: { target: 'node18' }, external: /^undici\// },
    ),
  ])
  const files = [
    ...bundles.flatMap(({ files }) => files),
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
    if (entry.isFile() && /\.c?js$/.test(path) && !isType && !kept.has(path)) await rm(path)
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
      await build()
    } catch (error) {
      console.error(error)
      return // The next change tries again.
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
    const files = await build()
    if (!quiet) report(files)
  }
} catch (error) {
  console.error(error)
  process.exitCode = 1
}
