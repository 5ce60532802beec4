/** Takes a picture of every page of the dashboard: `npm run screenshots [-- FOLDER]`. Those of the README go to docs/images. */
import { spawnSync } from 'node:child_process'
import { copyFile, mkdir, mkdtemp, readdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../../..', import.meta.url))
const kept = { 'requests-1440-light.png': 'requests.png', 'request-1440-light.png': 'request.png' }

const folder = process.argv[2] ?? (await mkdtemp(join(tmpdir(), 'screenshots-')))
await mkdir(folder, { recursive: true })
const { status } = spawnSync(
  'npx',
  ['vitest', 'run', 'test/control/dashboard/looks.slow.test.ts'],
  {
    cwd: root,
    env: { ...process.env, SCREENSHOTS: folder },
    stdio: 'inherit',
  },
)
const images = join(root, 'docs/images')
await mkdir(images, { recursive: true })
for (const [from, to] of Object.entries(kept)) await copyFile(join(folder, from), join(images, to))
console.log(
  `${(await readdir(folder)).length} pictures in ${folder}; those of the README in docs/images`,
)
process.exitCode = status ?? 1
