/** The exact output of a real cloudflared in the failure modes of its sign-in, if one is on the PATH. */
import { execFileSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { type ModeId, modes } from '../../../contracts/modes/catalogue.ts'
import { folder, has, through } from '../../commands/run/run-program.ts'

const script = `
curl -sSf -X PUT -o /dev/null "$ACCESS_EMULATOR_URL/__access/modes/$0" &&
exec cloudflared access login "https://$0.modes.example.com/"`

async function loginIn(id: ModeId) {
  return through(['--quiet'], ['sh', '-c', script, id], { env: { HOME: await folder() } })
}

/** Before, it found the application by the redirect to the login (sign-in-metadata-older). */
function readsMetadata(): boolean {
  const version = execFileSync('cloudflared', ['--version'], { encoding: 'utf8' })
  const [, year = '', month = ''] = /version (\d+)\.(\d+)\./.exec(version) ?? []
  return Number(year) * 100 + Number(month) >= 202608
}

test.each([
  ['metadata-missing', 'failed to find Access application'],
  ['metadata-stale', 'metadata JWT is older than 24h0m0s'],
] as const)('%s', async (id, words) => {
  if (!has('cloudflared', 'curl') || !readsMetadata()) return
  const { code, stderr } = await loginIn(id)
  expect(code).toBe(1)
  expect(stderr).toContain(words)
  expect(modes[id].tell).toContain(words)
})

test.each([
  ['transfer-pending', 'Failed to fetch resource'],
  ['transfer-unavailable', 'error on request 503'],
] as const)('%s', async (id, words) => {
  if (!has('cloudflared', 'curl')) return
  const { code, stderr } = await loginIn(id)
  expect(code).toBe(1)
  expect(stderr).toContain(words)
  expect(modes[id].tell).toContain(words)
})
