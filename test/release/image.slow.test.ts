/** The image, built and run, where a builder and a base image are at hand; and the acceptance script, on a process. */
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import { has } from '../commands/run/run-program.ts'
import { startCommand } from '../support/command.ts'

const script = (name: string) => fileURLToPath(new URL(name, import.meta.url))

const accepts = (url: string) =>
  spawnSync('bash', [script('acceptance.sh'), url], { encoding: 'utf8', timeout: 60_000 })

test.skipIf(!has('bash', 'curl'))('the acceptance script accepts the command', async () => {
  const { ready, stop } = await startCommand([])
  onTestFinished(async () => void (await stop()))
  const { status, stdout, stderr } = accepts(ready.url)
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
  expect(stdout.trim().split('\n')).toEqual([
    'health: 200',
    'API, list of applications: 200',
    'API, without a token: 400',
    'edge, without credentials: 403',
    'edge, with client id and secret: 200',
    'service/auth: 200',
    'edge, with the JWT: 200',
    'certs: 200',
    'accepted',
  ])
})

test.skipIf(!has('bash', 'curl'))(
  'and refuses one that answers otherwise, at the first step',
  async () => {
    const { ready, stop } = await startCommand(['--profile', 'observed'])
    onTestFinished(async () => void (await stop()))
    const { status, stdout, stderr } = accepts(ready.url)
    expect(status).toBe(1)
    expect(stderr).toMatch(/^failed: service\/auth: 404, not 200\n/)
    expect(stdout).not.toContain('accepted')
  },
)

test('the image is accepted', { timeout: 1_200_000 }, ({ skip }) => {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [script('image.mjs'), '--at-hand'],
    { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 },
  )
  if (status === 3) {
    console.warn(stdout.trim())
    skip()
  }
  expect({ status, end: stdout.slice(-2000) + stderr.slice(-2000) }).toEqual({
    status: 0,
    end: expect.stringMatching(/\naccepted\nended after SIGTERM with 0\n/),
  })
})
