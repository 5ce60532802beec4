/**
 * Installs what the example Workers need (Node 22, miniflare, workerd, their libraries) into a cache outside the package's own
 * dependencies. Where that is not possible it says why and ends with 0: the tests of the Workers then do not run.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** Both examples name the same versions of what they share. */
function packagesOf(example) {
  const file = new URL(`../../docs/examples/${example}/package.json`, import.meta.url)
  const { dependencies, devDependencies } = JSON.parse(readFileSync(file, 'utf8'))
  return { ...dependencies, ...devDependencies }
}
const dependencies = { ...packagesOf('worker'), ...packagesOf('workers-oauth') }
const wanted = JSON.stringify({ private: true, dependencies })
const cache = new URL('../../node_modules/.cache/worker-examples/', import.meta.url)
const done = new URL('installed.json', cache)

if (existsSync(done) && readFileSync(done, 'utf8') === wanted) {
  console.log('The packages of the example Workers are installed')
} else {
  rmSync(cache, { recursive: true, force: true })
  mkdirSync(cache, { recursive: true })
  writeFileSync(new URL('package.json', cache), wanted)
  const installed = spawnSync(
    'npm',
    ['install', '--no-audit', '--no-fund', '--no-package-lock', '--loglevel=error'],
    { cwd: fileURLToPath(cache), encoding: 'utf8', timeout: 300_000 },
  )
  const node = spawnSync(
    fileURLToPath(new URL('node_modules/node/bin/node', cache)),
    ['--version'],
    {
      encoding: 'utf8',
    },
  )
  const reason =
    installed.error?.message ??
    (installed.status === 0 ? node.error?.message : installed.stderr.trim().slice(-2000))
  if (reason === undefined) {
    writeFileSync(done, wanted)
    console.log(`Installed the packages of the example Workers, with Node ${node.stdout.trim()}`)
  } else {
    console.log(`The tests of the example Workers will not run: ${reason}`)
  }
}
