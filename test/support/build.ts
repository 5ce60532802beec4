/** Builds `dist` once, so that command tests run what is shipped. */
import { execFile } from 'node:child_process'
import { rm } from 'node:fs/promises'
import { promisify } from 'node:util'

const root = new URL('../..', import.meta.url)

export default async function build(): Promise<void> {
  try {
    await promisify(execFile)(process.execPath, ['build.mjs', '--quiet'], { cwd: root })
  } catch (error) {
    // Tests that need no command still run. Those that do must fail, rather than pass on an old build.
    console.error('The build failed; tests of the commands will fail.\n', error)
    await rm(new URL('dist', root), { recursive: true, force: true })
  }
}
