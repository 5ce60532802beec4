/** The control API's token is never well known, and never exposed in the process list without a warning. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { networkInterfaces, tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { type Running, runCommand, startCommand } from '../../support/command.ts'

async function started(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const running = await startCommand(args, { env })
  onTestFinished(async () => {
    await running.stop('SIGKILL')
  })
  return running
}

async function tokenFile(text: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'admin-token-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  const path = join(folder, 'token')
  await writeFile(path, text)
  return path
}

/** A non-loopback address of this machine. */
const outer = Object.values(networkInterfaces())
  .flat()
  .find((each) => each?.family === 'IPv4' && !each.internal)?.address

/** The control API's response to this token, as if from another machine. */
async function statusWith({ ready }: Running, token: string): Promise<number | undefined> {
  if (outer === undefined) {
    console.info('admin token: not tried from outside loopback, this machine has no other address')
    return undefined
  }
  const url = `http://${outer}:${new URL(ready.url).port}/__access/seed`
  const answer = await fetch(url, { headers: { authorization: `Bearer ${token}` } })
  return answer.status
}

const made =
  /admin token for the control API from other machines, generated for this run: ([0-9a-f]{48}) /g

describe('--host beyond loopback', () => {
  test('without a token makes one, says it once, and takes it; another start makes another', async () => {
    const args = ['--host', '0.0.0.0', '--entropy', 'the same']
    const [one, other] = [await started(args), await started(args)]
    const tokens = [one, other].map(({ stderr }) =>
      [...stderr().matchAll(made)].map(([, found]) => found),
    )
    expect(tokens.map((each) => each.length)).toEqual([1, 1])
    const [token = '', otherToken = ''] = tokens.flat()
    expect(token).not.toBe(otherToken)
    expect([200, undefined]).toContain(await statusWith(one, token))
    expect([403, undefined]).toContain(await statusWith(one, otherToken))
    expect([403, undefined]).toContain(await statusWith(one, 'local-admin-token'))
    expect(one.stdout()).not.toContain(token)
  })

  test('takes the token from a file and prints none', async () => {
    const path = await tokenFile('  of-a-file\n')
    const running = await started(['--host', '0.0.0.0', '--admin-token-file', path])
    expect([200, undefined]).toContain(await statusWith(running, 'of-a-file'))
    expect(running.stderr()).not.toContain('admin')
  })

  test('takes the token from the variable and prints none', async () => {
    const env = {
      ACCESS_EMULATOR_ADMIN_TOKEN: 'of-a-variable',
      ACCESS_EMULATOR_ADMIN_TOKEN_FILE: '',
    }
    const running = await started(['--host', '0.0.0.0'], env)
    expect([200, undefined]).toContain(await statusWith(running, 'of-a-variable'))
    expect(running.stderr()).not.toContain('admin')
  })
})

test('on loopback none is generated, and one on the command line causes a warning', async () => {
  expect((await started([])).stderr()).not.toContain('admin')
  const { stderr } = await started(['--admin-token', 'on-the-command-line'])
  expect(stderr()).toMatch(
    /^access-emulator: every user .* --admin-token .*ACCESS_EMULATOR_ADMIN_TOKEN/m,
  )
  expect(stderr()).not.toContain('on-the-command-line')
})

test('a file that is empty or not there, and two tokens, are one line and exit 2', async () => {
  const empty = await tokenFile('\n')
  for (const args of [
    ['--admin-token-file', empty],
    ['--admin-token-file', join(empty, 'none')],
    ['--admin-token-file', await tokenFile('a'), '--admin-token', 'b'],
  ]) {
    const { code, stderr } = await runCommand(['start', '--port', '0', ...args])
    expect([code, stderr.trim().split('\n').at(-1)]).toEqual([
      2,
      expect.stringContaining('admin-token'),
    ])
  }
})
