/** A damaged state directory: in use, truncated, corrupt. One line says which, and nothing is lost. */

import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { hostname } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { createEmulator, type Emulator, type EmulatorOptions } from '../../emulator/index.ts'
import { lockFolder } from '../../emulator/state/file/folder-lock.ts'
import { OptionProblem } from '../../emulator/world/option-problem.ts'
import { linesOf, scratch, writeLines } from './scratch.ts'

const open: Emulator[] = []
afterEach(async () => {
  await Promise.all(open.splice(0).map((emulator) => emulator.close()))
})

async function started(options: EmulatorOptions): Promise<Emulator> {
  const emulator = await createEmulator({ seed: 'example', ...options })
  open.push(emulator)
  return emulator
}

/** Three tags, one change each, with the emulator stopped. */
async function written(state: string): Promise<void> {
  const emulator = await createEmulator({ seed: 'example', state })
  const { id, api_token } = emulator.account
  for (const name of ['one', 'two', 'three']) {
    const path = `https://api.cloudflare.com/client/v4/accounts/${id}/access/tags`
    const headers = { authorization: `Bearer ${api_token}`, 'content-type': 'application/json' }
    const answer = await emulator.fetch(path, {
      method: 'POST',
      headers,
      body: JSON.stringify({ name }),
    })
    expect(answer.status).toBe(201)
  }
  await emulator.close()
}

async function tagsOf(emulator: Emulator): Promise<string[]> {
  const { tags = [] } = await emulator.control.getState()
  return tags.map((tag) => (tag as { name: string }).name)
}

async function problemOf(options: EmulatorOptions): Promise<string> {
  const error: unknown = await createEmulator(options).then(
    (emulator) => emulator.close(),
    (reason: unknown) => reason,
  )
  expect(error).toBeInstanceOf(OptionProblem)
  const { message } = error as OptionProblem
  expect(message).not.toContain('\n')
  return message
}

describe('Two emulators', () => {
  test('cannot share a folder; the second reports which process has it', async () => {
    const { state } = scratch()
    const first = await started({ state })
    expect(await problemOf({ state })).toBe(
      `The state folder is in use by another emulator (process ${process.pid}, lock ${state}/lock). Stop it, or give --state another folder.`,
    )
    // Nor does the refused one take anything with it.
    expect(await problemOf({ state })).toContain('in use')
    expect(first.accounts()).toHaveLength(1)
  })

  test('have the folder one after the other', async () => {
    const { state, lock } = scratch()
    await (await createEmulator({ state })).close()
    await expect(stat(lock)).rejects.toThrow(/ENOENT/)
    expect((await started({ state })).accounts()).toEqual([])
  })

  const dead = { pid: 2 ** 22 + 1, host: hostname(), started: '1' }
  test.each([
    ['a process that is gone', dead],
    ['a process whose id another one has now', { ...dead, pid: process.pid }],
  ])('take over a folder from %s', async (_, holder) => {
    const { state, lock } = scratch()
    await mkdir(state, { mode: 0o700 })
    await writeFile(lock, JSON.stringify(holder))
    await started({ state })
    expect(JSON.parse(await readFile(lock, 'utf8')).started).not.toBe('1')
  })

  test.each([
    ['another host, whose processes cannot be seen', { ...dead, host: 'elsewhere' }, /elsewhere/],
    ['nobody who can be read', {}, /not readable.*delete it/],
  ])('do not take a folder from %s', async (_, holder, says) => {
    const { state, lock } = scratch()
    await mkdir(state, { mode: 0o700 })
    await writeFile(lock, JSON.stringify(holder))
    expect(await problemOf({ state })).toMatch(says)
    expect(await readFile(lock, 'utf8')).toBe(JSON.stringify(holder))
  })

  test('that cannot listen give the folder back', async () => {
    const { state } = scratch()
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as { port: number }
    await expect(createEmulator({ state, port })).rejects.toThrow(/EADDRINUSE/)
    server.close()
    expect((await started({ state })).accounts()).toEqual([])
  })
})

test('An empty lock file from a crashed process: the folder is taken over', async () => {
  const { state, lock } = scratch()
  await mkdir(state, { mode: 0o700 })
  await writeFile(lock, '')
  await started({ state })
  expect(JSON.parse(await readFile(lock, 'utf8')).pid).toBe(process.pid)
  expect((await readdir(state)).sort()).toEqual(['changes.jsonl', 'lock'])
})

test('An empty lock file that its process is about to write counts as live', async () => {
  const { root, state, lock } = scratch()
  await mkdir(state, { mode: 0o700 })
  const elsewhere = join(root, 'lock')
  await lockFolder(elsewhere)
  const holder = await readFile(elsewhere, 'utf8')
  await writeFile(lock, '')
  const [problem] = await Promise.allSettled([lockFolder(lock), writeFile(lock, holder)])
  expect(problem).toMatchObject({
    status: 'rejected',
    reason: { message: expect.stringContaining('in use by another emulator') },
  })
  expect(await readFile(lock, 'utf8')).toBe(holder)
})

test('A lock file is complete from the start: of many contenders one holds it, and the others can read which', async () => {
  const { state, lock } = scratch()
  await mkdir(state, { mode: 0o700 })
  const all = await Promise.allSettled(Array.from({ length: 20 }, () => lockFolder(lock)))
  const refused = all.flatMap((one) => (one.status === 'rejected' ? [one.reason] : []))
  expect(refused.map(String)).toEqual(
    Array(19).fill(expect.stringContaining(`in use by another emulator (process ${process.pid},`)),
  )
  expect(await readdir(state)).toEqual(['lock'])
})

describe('A log', () => {
  test('whose last line a crash cut off loses only that line, with a warning, and is intact again', async () => {
    const { state, log } = scratch()
    await written(state)
    const text = await readFile(log, 'utf8')
    await writeFile(log, text.slice(0, -20))
    const warnings: string[] = []
    const sayings = {
      info: () => {},
      error: () => {},
      warn: (_: object, message: string) => warnings.push(message),
    }
    const emulator = await started({ state, log: sayings })
    expect(warnings).toEqual([`${log}:5: a crash truncated this last line; it is ignored.`])
    expect(await tagsOf(emulator)).toEqual(['one', 'two'])
    expect(() =>
      text
        .split('\n')
        .slice(0, -2)
        .map((line) => JSON.parse(line)),
    ).not.toThrow()
    for (const line of await linesOf(log)) JSON.parse(line)
  })

  test.each([
    ['cut off', '{"kind":"chang'],
    ['full of zeros', '\0'.repeat(64)],
    ['empty', ''],
  ])(
    'whose last line is %s, and complete, is refused, and the folder left as it is',
    async (_, text) => {
      const { state, log } = scratch()
      await written(state)
      const lines = await linesOf(log)
      await writeLines(log, [...lines.slice(0, -1), text])
      const before = await readFile(log)
      const warnings: string[] = []
      const said = { info: () => {}, error: () => {}, warn: () => warnings.push('') }
      expect(await problemOf({ state, log: said })).toBe(
        `${log}:5: this is not a record of a change. Repair the file, or move it away to start from the seed.`,
      )
      expect(warnings).toEqual([])
      expect((await readFile(log)).equals(before)).toBe(true)
      expect(await readdir(state)).toEqual(['changes.jsonl'])
    },
  )

  test.each([
    [
      'cut within a character',
      (line: string) => Buffer.from(`${line.slice(0, 30)}ä`).subarray(0, 31),
    ],
    ['full of zeros', () => Buffer.alloc(64)],
  ])('whose last line is %s loses that line alone', async (_, damage) => {
    const { state, log } = scratch()
    await written(state)
    const lines = await linesOf(log)
    const whole = lines.slice(0, -1).map((line) => `${line}\n`)
    await writeFile(log, Buffer.concat([Buffer.from(whole.join('')), damage(lines.at(-1) ?? '')]))
    expect(await tagsOf(await started({ state }))).toEqual(['one', 'two'])
  })

  test.each([
    ['no JSON', 4, '{"kind":"chang', /:4: this is not a record of a change/],
    ['no record', 4, '{"kind":"song"}', /:4: this is not a record of a change/],
    ['a change of nothing', 4, '{"kind":"changes","account":"a"}', /:4: this is not a record/],
    [
      'a change of an account that is not there',
      5,
      '{"kind":"reset","account":"gone"}',
      /:5: no earlier line has the account gone/,
    ],
    ['another file altogether', 1, '# notes', /:1: this is not the log of an Access emulator/],
    [
      'a first line without entropy',
      1,
      '{"access_emulator_log":1}',
      /:1: this line does not say what the accounts were created from/,
    ],
    [
      'a change without a row',
      5,
      '{"kind":"changes","account":"a","changes":[{"table":"tags"}]}',
      /:5: this is not a record/,
    ],
    [
      'a snapshot of no rows',
      5,
      '{"kind":"restore","account":"a","state":{"tags":[null]}}',
      /:5: this is not a record/,
    ],
  ])('with a line that is %s is refused with the line, and left as it is', async (...row) => {
    const [, line, text, says] = row
    const { state, log, lock } = scratch()
    await written(state)
    const lines = await linesOf(log)
    lines[line - 1] = text
    await writeLines(log, lines)
    const message = await problemOf({ state })
    expect(message).toMatch(says)
    expect(message.startsWith(`${log}:${line}: `)).toBe(true)
    expect(await linesOf(log)).toEqual(lines)
    await expect(stat(lock)).rejects.toThrow(/ENOENT/)
  })

  test('with a change of a table that does not exist is refused', async () => {
    const { state, log } = scratch()
    await written(state)
    const lines = await linesOf(log)
    lines[3] = (lines[3] ?? '').replace('"table":"tags"', '"table":"songs"')
    await writeLines(log, lines)
    expect(await problemOf({ state })).toContain(':4: there is no table "songs"')
  })

  test('cannot be where a file is', async () => {
    const { state } = scratch()
    await writeFile(state, '')
    expect(await problemOf({ state })).toMatch(
      /^Cannot keep the state in .* \(E\w+\)\. Give --state/,
    )
    expect(dirname(state)).not.toBe(state)
  })

  test('that a crash left half seeded is seeded again', async () => {
    const { state, log } = scratch()
    await mkdir(state, { mode: 0o700 })
    await writeFile(`${log}.new`, '{"access_emulator_log":1,"entropy":"x","seed":"exa', {
      mode: 0o644,
    })
    const emulator = await started({ state })
    expect(emulator.account.name).toBe('Example account')
    expect(((await stat(log)).mode & 0o777).toString(8)).toBe('600')
  })
})
