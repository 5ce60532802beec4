/** `access-emulator modes`: as shipped, in a child process, and in this process where only what it prints differs. */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { modes } from '../../../contracts/modes/catalogue.ts'
import { modesCommand } from '../../../emulator/commands/modes.ts'
import { createEmulator, type Emulator } from '../../../emulator/index.ts'
import { OptionProblem } from '../../../emulator/world/option-problem.ts'
import { accessEmulator } from '../../support/built.ts'
import type { Ended } from '../../support/command.ts'

let emulator: Emulator
beforeAll(async () => {
  emulator = await createEmulator({ profile: 'observed', seed: 'example' })
})
beforeEach(() => emulator.reset())
afterAll(() => emulator.close())

function runWith(env: NodeJS.ProcessEnv, args: readonly string[]): Promise<Ended> {
  const { ACCESS_EMULATOR_URL: _, ...others } = process.env
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      [accessEmulator, 'modes', ...args],
      { env: { ...others, ...env } },
      (_, stdout, stderr) => resolve({ code: child.exitCode, stdout, stderr }),
    )
  })
}
const run = (...args: readonly string[]) => runWith({}, args)
const running = (...args: readonly string[]) => run(...args, '--url', emulator.url)

/** What the command prints, without a process of its own. */
async function printed(...args: readonly string[]): Promise<string> {
  const write = vi.spyOn(process.stdout, 'write').mockReturnValue(true)
  try {
    await modesCommand().parseAsync([...args, '--url', emulator.url], { from: 'user' })
    return write.mock.calls.map(([text]) => text).join('')
  } finally {
    write.mockRestore()
  }
}
const isSet = async (id: string) =>
  (await emulator.control.listModes()).result.find((mode) => mode.id === id)?.set

describe('access-emulator modes', () => {
  test('lists id, look and title of each', async () => {
    const { code, stdout, stderr } = await run()
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    for (const [id, { alike, title }] of Object.entries(modes)) {
      const line = stdout.split('\n').find((each) => each.startsWith(`${id} `))
      expect(line).toContain(alike)
      expect(line).toContain(title)
    }
  })

  test('lists them as JSON', async () => {
    const listed = JSON.parse(await printed('--json')) as { id: string }[]
    expect(listed.map(({ id }) => id)).toEqual(Object.keys(modes))
    expect(listed[0]).toMatchObject({ setup: {}, answer: { observed: { status: 404 } } })
  })

  test('shows one: cause, answers, how to tell, fix, source', async () => {
    const stdout = await printed('token-under-allow')
    const { cause, tell, fix, source } = modes['token-under-allow']
    for (const text of [cause, tell, fix, ...source]) expect(stdout).toContain(text)
    expect(stdout).toMatch(
      /^ {2}expected {2}does not occur: an Allow policy admits .* \(expected\)$/m,
    )
    expect(stdout).toMatch(/^ {2}observed {2}302.* meta.service_token_status true \(recorded\)$/m)
    expect(stdout).toMatch(/^ {2}strict {4}403, page "Forbidden".* \(documented\)$/m)
  })

  test('shows one as JSON', async () => {
    const shown = JSON.parse(await printed('waf-block', '--json'))
    expect(shown).toEqual({ id: 'waf-block', ...modes['waf-block'] })
  })
})

describe('access-emulator modes ID --set and --end', () => {
  test('set a mode up and take it back', async () => {
    const set = await running('token-under-allow', '--set')
    expect({ code: set.code, stderr: set.stderr }).toEqual({ code: 0, stderr: '' })
    expect(set.stdout).toContain('302')
    expect(await isSet('token-under-allow')).toBe(true)
    const ended = await running('token-under-allow', '--end')
    expect(ended).toMatchObject({ code: 0, stdout: 'Mode token-under-allow has ended.\n' })
    expect(await isSet('token-under-allow')).toBe(false)
  })

  test.each([
    ['token-under-allow', '302'],
    ['service-auth-absent', '404'],
    ['organization-unknown', '404'],
    ['token-single-header-case', '403'],
    ['policy-names-client-id', '400'],
    ['login-identity-refused', '403'],
    ['jwt-without-binding-cookie', '302'],
    ['cookie-overflow', '400'],
  ])('%s prints a curl line that is answered as it says', async (id, status) => {
    const setup = await printed(id, '--set')
    const line = setup.split('\n').find((each) => each.includes('curl -i')) ?? ''
    expect(line.length).toBeLessThan(3000)
    const { stdout: answer } = await promisify(execFile)('sh', [
      '-c',
      line.replace('curl', 'curl -s'),
    ])
    expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `))
  })

  test('find the emulator by ACCESS_EMULATOR_URL, unless --url says otherwise', async () => {
    const there = { ACCESS_EMULATOR_URL: emulator.url }
    expect(await runWith(there, ['policy-missing', '--set'])).toMatchObject({ code: 0 })
    expect(await isSet('policy-missing')).toBe(true)
    const elsewhere = { ACCESS_EMULATOR_URL: 'http://127.0.0.1:1' }
    const ended = await runWith(elsewhere, ['policy-missing', '--end', '--url', emulator.url])
    expect(ended.code).toBe(0)
    expect((await runWith(elsewhere, ['policy-missing', '--set'])).stderr).toContain(
      'No emulator answers at http://127.0.0.1:1.',
    )
  })

  test('print what the control API answers as JSON', async () => {
    const set = await printed('policy-missing', '--set', '--json')
    expect(JSON.parse(set)).toMatchObject({
      id: 'policy-missing',
      request: { url: 'https://policy-missing.modes.example.com/' },
    })
    expect(JSON.parse(await printed('policy-missing', '--end', '--json'))).toEqual({ ok: true })
  })

  test.each([
    ['machines.example.com', 'https://machines.example.com/'],
    ['application=wiki.example.com,service_token=unused', 'https://wiki.example.com/'],
    ['service_token=unused', 'https://token-disabled.modes.example.com/'],
  ])('act on the target %s', async (target, url) => {
    const set = await printed('token-disabled', '--set', '--json', '--target', target)
    expect(JSON.parse(set).request.url).toBe(url)
    const { service_tokens } = await emulator.control.getState()
    const off = (service_tokens as { name: string; enabled: boolean }[]).find((row) => !row.enabled)
    expect(off?.name).toBe(target.includes('unused') ? 'unused' : 'ci deploy')
  })

  test.each([
    ['operation=tags.create', 'POST', /\/access\/tags$/],
    [
      'permission=Access: Organizations, Identity Providers, and Groups Write',
      'POST',
      /\/access\/groups$/,
    ],
  ])('act on the API as in %s', async (target, method, path) => {
    const flags = ['--set', '--json', '--target', target]
    const set = await printed('api-permission-missing', ...flags)
    expect(JSON.parse(set).request).toMatchObject({
      method,
      url: expect.stringMatching(path),
    })
  })

  test('are refused in one line, with exit code 1', async () => {
    const twice = await running('token-expired', '--end')
    expect(twice).toEqual({
      code: 1,
      stdout: '',
      stderr: 'access-emulator: Mode token-expired is not set.\n',
    })
    const nobody = await run('token-expired', '--set', '--url', 'http://127.0.0.1:1')
    expect(nobody.code).toBe(1)
    expect(nobody.stderr).toBe(
      'access-emulator: No emulator answers at http://127.0.0.1:1. Start one, or say where it is with --url.\n',
    )
  })

  test.each([
    ['a part of a name', ['not-enabled'], 'did you mean "organization-not-enabled"?'],
    ['an unknown flag', ['--begin'], 'unknown option'],
  ])('are wrong with %s: one line, exit code 2', async (_, args, message) => {
    const { code, stdout, stderr } = await run(...args)
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toContain(message)
    expect(stderr.trimEnd().split('\n')).toHaveLength(1)
  })
  test.each([
    ['an unknown mode', ['token-expird'], 'There is no mode "token-expird". `access'],
    ['no mode', ['--set'], 'Name a mode'],
    ['both at once', ['token-expired', '--set', '--end'], 'not both'],
    ['no URL', ['token-expired', '--set', '--url', 'here'], '"here" is not a URL'],
  ])('are wrong with %s, before anything is sent', async (_, args, message) => {
    const wrong = await modesCommand()
      .parseAsync(args, { from: 'user' })
      .catch((error: unknown) => error)
    expect(wrong).toBeInstanceOf(OptionProblem)
    expect(wrong).toMatchObject({ message: expect.stringContaining(message) })
  })
})
