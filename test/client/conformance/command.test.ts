/** `access-client conform` and `conform diff`: files, exit codes, output, and that the emulator is left unchanged. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createEmulator, type Emulator } from '../../../emulator/index.ts'
import { command } from './drift.ts'

let folder: string
let emulator: Emulator
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'conform-'))
  emulator = await createEmulator({
    profile: 'expected',
    seed: 'ticket',
    at: '2026-01-02T03:04:05Z',
  })
})
afterAll(async () => {
  await emulator.close()
  await rm(folder, { recursive: true })
})

const file = (name: string) => join(folder, name)

function conform(...flags: readonly string[]) {
  return command(['conform', '--target', 'emulator', '--only', 'gate/no-credential', ...flags], {
    fetch: emulator.fetch,
  })
}

test('two profiles are reported and compared: exit 0, 0 and 1, with the drift case by case', async () => {
  const first = await conform('--out', file('expected.json'))
  expect({ ...first, stderr: first.stderr.split('\n') }).toEqual({
    code: 0,
    stdout: '',
    stderr: [
      expect.stringMatching(/^Profile expected: some of these responses do not exist live\./),
      'emulator, expected: 3 passed, 0 failed, 0 left out',
      '1 of those passed on responses that do not exist live: see expected_only.',
      '',
    ],
  })
  const second = await conform('--profile', 'observed', '--out', file('observed.json'))
  expect(second.code).toBe(0)
  const { code, stdout } = await command([
    'conform',
    'diff',
    file('expected.json'),
    file('observed.json'),
  ])
  expect(code).toBe(1)
  const lines = stdout.split('\n')
  expect(lines[0]).toBe(
    'gate/no-credential-at-T  (expected; as seen live, it raises this to recorded)',
  )
  expect(lines[1]).toBe('  ~ status: 403 -> 302  at GET https://<name host 1>.<zone>/')
  expect(lines.filter((line) => /^\S+\/\S+ {2}\(/.test(line))).toHaveLength(1)
  expect(stdout).toContain('3 cases compared, 1 drifted in ')
})

test('a report agrees with itself: exit 0', async () => {
  await conform('--out', file('once.json'))
  const { code, stdout } = await command(['conform', 'diff', file('once.json'), file('once.json')])
  expect({ code, stdout }).toEqual({
    code: 0,
    stdout: '3 cases compared, 0 drifted in 0 places.\n',
  })
})

test('an emulator is left as it was: its accounts, its clock, its journal of others', async () => {
  const before = [await emulator.control.getSeed(), await emulator.control.getClock()]
  const { code } = await command(
    ['conform', '--target', 'emulator', '--only', 'gate/expired', '--profile', 'observed'],
    { fetch: emulator.fetch },
  )
  expect(code).toBe(0)
  expect([await emulator.control.getSeed(), await emulator.control.getClock()]).toEqual(before)
})

test('--dry-run says what would be requested, and writes no report', async () => {
  const { code, stdout } = await conform('--dry-run', '--out', file('none.json'))
  expect(code).toBe(0)
  expect(stdout).toContain('target: emulator, expected\n')
  expect(stdout).toContain('3 cases would run; 3 of them create objects and remove them.\n')
  expect(stdout).toContain('  gate/no-credential-at-M\n')
  await expect(readFile(file('none.json'))).rejects.toThrow('ENOENT')
})

test('a failed case exits with 1 and is reported on stderr', async () => {
  const answered = async (...given: Parameters<typeof fetch>) => {
    const url = String(given[0])
    return url.endsWith('/access/tags') && given[1]?.method === 'POST'
      ? new Response('{"success":false,"errors":[{"code":1,"message":"no"}],"messages":[]}', {
          status: 400,
        })
      : emulator.fetch(...given)
  }
  const { code, stderr } = await command(
    ['conform', '--target', 'emulator', '--only', 'tags.create/shows', '--out', file('f.json')],
    { fetch: answered },
  )
  expect(code).toBe(1)
  expect(stderr).toMatch(/^failed: tags\.create\/\S+: status of tags\.create/)
})

describe('exit 2 with one line is', () => {
  test.each([
    ['an unknown case', () => conform('--only', 'no-such/'), 'No case id begins with'],
    [
      'a folder that is not there',
      () => conform('--profile', 'observed', '--out', '/nowhere/x.json'),
      'cannot be written',
    ],
    ['--sweep on an emulator', () => conform('--sweep'), '--sweep does not apply to this target'],
    ['an unknown profile', () => conform('--profile', 'x'), "argument 'x' is invalid"],
    ['a file that is not there', () => diff(file('absent.json')), 'cannot be read'],
    [
      'a file that is no report',
      async () => {
        await writeFile(file('other.json'), '{"report":"x"}')
        return diff(file('other.json'))
      },
      'is not a report of "access-client conform"',
    ],
    [
      'one file alone',
      () => command(['conform', 'diff', 'x']),
      "missing required argument 'after'",
    ],
    [
      '--profile on the live target',
      () => command(['conform', '--target', 'live', '--profile', 'strict']),
      '--profile does not apply to this target',
    ],
    [
      'the live target without credentials',
      () => command(['conform', '--target', 'live']),
      'CLOUDFLARE_API_TOKEN is not set',
    ],
  ])('%s', async (_, ask, words) => {
    const { code, stderr } = await ask()
    expect(code).toBe(2)
    expect(stderr).toMatch(/^error: [^\n]+\n$/)
    expect(stderr).toContain(words)
  })
})

function diff(name: string) {
  return command(['conform', 'diff', name, name])
}
