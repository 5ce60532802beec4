/** Writes the declarations of `dist/types`: of the entries, and of what they reach. */
import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(fileURLToPath(import.meta.url))
const types = join(root, 'dist', 'types')
const { exports: entries } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))

rmSync(types, { recursive: true, force: true })
const compiler = join(root, 'node_modules', 'typescript', 'bin', 'tsc')
execFileSync(process.execPath, [compiler, '-p', join(root, 'tsconfig.types.json')], {
  stdio: 'inherit',
})

const reached = new Set()
function reach(file) {
  if (reached.has(file)) return
  reached.add(file)
  for (const [, path] of readFileSync(file, 'utf8').matchAll(
    /(?:from |import\()["'](\.[^"']+)["']/g,
  )) {
    const declaration = resolve(dirname(file), path.replace(/\.[jt]s$/, '.d.ts'))
    if (existsSync(declaration)) reach(declaration)
  }
}
for (const { types: entry } of Object.values(entries)) if (entry) reach(join(root, entry))

/** A sixth of the declarations is what indents them. */
function withTabs(text) {
  return text.replaceAll(/^(?: {4})+/gm, (spaces) => '\t'.repeat(spaces.length / 4))
}

const all = readdirSync(types, { recursive: true, withFileTypes: true })
for (const file of all) {
  const path = join(file.parentPath, file.name)
  if (!file.isFile()) continue
  if (reached.has(path)) writeFileSync(path, withTabs(readFileSync(path, 'utf8')))
  else rmSync(path)
}
console.log(`build: ${reached.size} declarations in ${relative(root, types)}`)
