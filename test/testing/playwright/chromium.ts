/** A Chromium of this machine, for what needs a browser: no test downloads one. */
import { spawnSync } from 'node:child_process'

/** Its path. Without one, says that `what` is not run. */
export function chromiumHere(what: string): string | undefined {
  const path = spawnSync('sh', ['-c', 'command -v chromium'], { encoding: 'utf8' }).stdout.trim()
  if (path !== '') return path
  console.warn(`${what} is not run: there is no Chromium here`)
  return undefined
}
