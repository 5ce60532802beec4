/**
 * What the package has beside its code: the declarations of `dist/types`, one file an entry and what several share, without what
 * no entry reaches; and the OpenAPI document, as a running emulator serves it.
 */
import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { rollup } from 'rollup'
import { dts } from 'rollup-plugin-dts'

const root = dirname(fileURLToPath(import.meta.url))
const types = join(root, 'dist', 'types')
/** What the compiler writes: a declaration for each source file that an entry imports. */
const compiled = join(root, 'dist', 'types-of-sources')
const config = join(root, 'tsconfig.types.json')
const { files: sources } = JSON.parse(readFileSync(config, 'utf8'))

/** The entry that a source stands for: `contracts/index.ts` is `contracts`, the emulator's own index is the package's. */
function entryOf(source) {
  const name = basename(source, '.ts')
  if (name !== 'index') return name
  const part = dirname(source)
  return part === 'emulator' ? name : part
}

/** A sixth of the declarations is what indents them. */
function withTabs(text) {
  return text.replaceAll(/^(?: {4})+/gm, (spaces) => '\t'.repeat(spaces.length / 4))
}

for (const folder of [types, compiled]) rmSync(folder, { recursive: true, force: true })
const compiler = join(root, 'node_modules', 'typescript', 'bin', 'tsc')
execFileSync(process.execPath, [compiler, '-p', config, '--outDir', compiled], { stdio: 'inherit' })

const bundle = await rollup({
  input: Object.fromEntries(
    sources.map((source) => [entryOf(source), join(compiled, source.replace(/\.ts$/, '.d.ts'))]),
  ),
  external: (id) => !id.startsWith('.') && !id.startsWith('/'),
  plugins: [dts()],
  onwarn(warning) {
    // A type that several entries share and none exports by name can still be imported by the other files.
    if (!/references private shared type exports/.test(warning.message)) throw warning
  },
})
const { output } = await bundle.generate({
  entryFileNames: '[name].d.ts',
  chunkFileNames: ({ name }) => `${name.replace(/\.d$/, '')}-[hash].d.ts`,
})
await bundle.close()
mkdirSync(types, { recursive: true })
for (const { fileName, code } of output) writeFileSync(join(types, fileName), withTabs(code))
rmSync(compiled, { recursive: true })

const { createEmulator } = await import('./dist/index.js')
const emulator = await createEmulator()
const served = await emulator.fetch(`${emulator.url}/__access/openapi.json`)
writeFileSync(join(root, 'dist', 'openapi.json.gz'), gzipSync(await served.text(), { level: 9 }))
await emulator.close()

console.log(`build: ${output.length} declarations in dist/types, and dist/openapi.json.gz`)
