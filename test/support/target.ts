/** The targets of the contract cases: an emulator here, one in a child process, and real Cloudflare. */
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { openEmulator } from '../../client/conformance/emulator.ts'
import type { CasePlace } from '../../client/conformance/place.ts'
import { pinnedFetch } from '../../client/transport/pinned-fetch.ts'
import type { Profile } from '../../contracts/behaviours/table.ts'
import { createEmulator } from '../../emulator/index.ts'

export { emulatorOffers } from '../../client/conformance/emulator.ts'
export type { CasePlace as Place } from '../../client/conformance/place.ts'

const apiUrl = 'https://api.cloudflare.com/client/v4'

export async function inProcess(profile: Profile): Promise<CasePlace> {
  const emulator = await createEmulator({ profile, seed: 'example' })
  const target = { fetch: emulator.fetch, apiUrl, address: new URL(emulator.url) }
  return closing(await openEmulator({ target }), () => emulator.close())
}

/** The shipped command on a free port. Rejects with its stderr if it does not start. */
export async function childProcess(profile: Profile): Promise<CasePlace> {
  // Only here: cases in process need no build.
  const { accessEmulator } = await import('./built.ts')
  const flags = ['start', '--port', '0', '--json', '--seed', 'example', '--profile', profile]
  const child = spawn(process.execPath, [accessEmulator, ...flags], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let errors = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors += text
  })
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve))
  const ready = new Promise<string>((resolve) => {
    createInterface({ input: child.stdout }).once('line', resolve)
  })
  const line = await Promise.race([ready, ended])
  if (typeof line !== 'string') {
    throw new Error(`access-emulator ended with ${line} before it was ready:\n${errors}`)
  }
  const { url } = JSON.parse(line) as { url: string }
  const target = { fetch: pinnedFetch(url), apiUrl, address: new URL(url) }
  return closing(await openEmulator({ target }), async () => {
    child.kill('SIGTERM')
    const code = await ended
    if (code !== 0) throw new Error(`access-emulator ended with ${code}:\n${errors}`)
  })
}

/** Also stops what the target runs on. */
function closing(place: CasePlace, end: () => Promise<void>): CasePlace {
  return {
    ...place,
    async close() {
      await place.close()
      await end()
    },
  }
}
