/**
 * Installs what the tests of Workers and of the guide on unit tests need (Node 22, miniflare, workerd, vitest-pool-workers, the
 * examples' libraries, MSW, nock) into a cache outside the package's own dependencies. Where that is not possible it says why and
 * ends with 0: these tests then do not run.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const root = new URL('../../', import.meta.url)

function packagesOf(folder) {
  const { dependencies, devDependencies } = JSON.parse(
    readFileSync(new URL(`${folder}package.json`, root), 'utf8'),
  )
  return { ...dependencies, ...devDependencies }
}

// Both examples name the same versions of what they share.
const { 'cloudflare-access-emulator': _, ...ofExamples } = {
  ...packagesOf('docs/examples/worker/'),
  ...packagesOf('docs/examples/workers-oauth/'),
}
const dependencies = {
  ...ofExamples,
  // It brings wrangler.
  '@cloudflare/vitest-pool-workers': '0.23.0',
  vitest: packagesOf('').vitest,
  // Of the guide on unit tests. MSW 3 needs Node 22.
  msw: '3.0.5',
  nock: '14.0.17',
}
const wanted = JSON.stringify({ private: true, dependencies })
const cache = new URL('node_modules/.cache/worker-examples/', root)
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
    symlinkSync(
      fileURLToPath(root),
      fileURLToPath(new URL('node_modules/cloudflare-access-emulator', cache)),
    )
    writeFileSync(done, wanted)
    console.log(`Installed the packages of the example Workers, with Node ${node.stdout.trim()}`)
  } else {
    console.log(`The tests of the example Workers will not run: ${reason}`)
  }
}
