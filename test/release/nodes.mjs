/**
 * The suite on every Node that is supported: `npm run test:nodes -- [--node 24]… [--install] [PATH…]`. The oldest is the
 * least that package.json asks for. They come as npm packages, into a cache outside the package's own dependencies.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { delimiter, dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

export const versions = { 20: '20.19.0', 22: '22.23.3', 24: '24.21.0' }

const root = fileURLToPath(new URL('../../', import.meta.url))
const cache = new URL('../../node_modules/.cache/nodes/', import.meta.url)

/** The executable, whether or not it is installed. */
export const nodeAt = (line) => fileURLToPath(new URL(`${line}/node_modules/node/bin/node`, cache))

const versionOf = (line) =>
  spawnSync(nodeAt(line), ['--version'], { encoding: 'utf8' }).stdout?.trim()

/** Undefined if it is there, or else why not. */
export function install(line) {
  if (existsSync(nodeAt(line)) && versionOf(line) === `v${versions[line]}`) return
  const folder = new URL(`${line}/`, cache)
  mkdirSync(folder, { recursive: true })
  const name = `node-${process.platform}-${process.arch}`
  const dependencies = { node: `npm:${name}@${versions[line]}` }
  writeFileSync(new URL('package.json', folder), JSON.stringify({ private: true, dependencies }))
  const { error, status, stderr } = spawnSync(
    'npm',
    [
      'install',
      '--no-audit',
      '--no-fund',
      '--no-package-lock',
      '--ignore-scripts',
      '--loglevel=error',
    ],
    { cwd: fileURLToPath(folder), encoding: 'utf8', timeout: 300_000 },
  )
  if (error !== undefined || status !== 0) return error?.message ?? stderr.trim().slice(-2000)
  return versionOf(line) === undefined ? `${name} does not run here` : undefined
}

function main() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { node: { type: 'string', multiple: true }, install: { type: 'boolean' } },
  })
  const vitest = fileURLToPath(
    new URL('node_modules/vitest/vitest.mjs', new URL('../../', import.meta.url)),
  )
  const results = []
  for (const line of values.node ?? Object.keys(versions)) {
    const reason = versions[line] === undefined ? 'not one of the supported' : install(line)
    if (reason !== undefined) {
      results.push([line, `did not run: ${reason}`])
      continue
    }
    if (values.install) {
      results.push([line, 'installed'])
      continue
    }
    console.log(`\n== Node ${versions[line]}`)
    const node = nodeAt(line)
    // Programs that tests start by name are of the same Node.
    const env = { ...process.env, PATH: `${dirname(node)}${delimiter}${process.env.PATH}` }
    const { status } = spawnSync(node, [vitest, 'run', ...positionals], {
      ...{ cwd: root, env, stdio: 'inherit' },
    })
    results.push([line, status === 0 ? 'passed' : 'failed'])
  }
  console.log()
  for (const [line, result] of results) console.log(`Node ${versions[line] ?? line}: ${result}`)
  process.exitCode = results.every(([, result]) => /^(passed|installed)$/.test(result)) ? 0 : 1
}

if (process.argv[1] === fileURLToPath(import.meta.url)) main()
