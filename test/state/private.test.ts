/** A state directory holds secrets: only its owner can read it, and links in it are not followed. */
import { chmod, mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { createEmulator } from '../../emulator/index.ts'
import { OptionProblem } from '../../emulator/world/option-problem.ts'
import { runCommand } from '../support/command.ts'
import { scratch } from './scratch.ts'

async function problemOf(state: string): Promise<string> {
  const error: unknown = await createEmulator({ state }).then(
    (emulator) => emulator.close(),
    (reason: unknown) => reason,
  )
  expect(error).toBeInstanceOf(OptionProblem)
  return (error as OptionProblem).message
}

async function modeOf(path: string): Promise<string> {
  return ((await stat(path)).mode & 0o777).toString(8)
}

test('A folder and each file in it are created for the owner only', async () => {
  const { root, state, log, lock } = scratch()
  const below = join(state, 'below')
  const emulator = await createEmulator({ state: below })
  await emulator.close()
  expect([await modeOf(state), await modeOf(below)]).toEqual(['700', '700'])
  expect(await modeOf(join(below, 'changes.jsonl'))).toBe('600')
  const again = await createEmulator({ state: join(root, 'state') })
  expect([await modeOf(log), await modeOf(lock)]).toEqual(['600', '600'])
  await again.close()
})

describe('A folder that other users can access', () => {
  test.each(['755', '750', '770', '701', '777'])(
    'is refused with the fix: mode %s',
    async (mode) => {
      const { state } = scratch()
      await mkdir(state)
      await chmod(state, Number.parseInt(mode, 8))
      expect(await problemOf(state)).toBe(
        `${state} is accessible to other users of this machine (mode ${mode}), but will contain secrets. Run first: chmod 700 ${state}`,
      )
      expect(await readdir(state)).toEqual([])
      await chmod(state, 0o700)
      await (await createEmulator({ state })).close()
    },
  )

  test('ends the command with 2', async () => {
    const { state } = scratch()
    await mkdir(state)
    await chmod(state, 0o755)
    const { code, stderr } = await runCommand(['start', '--port', '0', '--state', state])
    expect([code, stderr]).toEqual([2, expect.stringContaining(`chmod 700 ${state}`)])
  })
})

describe('A link is not followed', () => {
  test.each(['changes.jsonl', 'lock'])('where %s should be', async (name) => {
    const { root, state } = scratch()
    const target = join(root, 'target')
    await writeFile(target, '{"access_emulator_log":1,"entropy":"theirs","seed":"empty"}\n')
    await mkdir(state, { mode: 0o700 })
    await symlink(target, join(state, name))
    expect(await problemOf(state)).toBe(
      `${state}/${name} is a symbolic link, and the state is not kept behind links. Put the file itself there, or remove the link.`,
    )
    expect(await readdir(state)).toEqual([name])
    expect(await readFile(target, 'utf8')).toContain('theirs')
  })

  test('in the place where the log is rewritten', async () => {
    const { root, state, log } = scratch()
    const target = join(root, 'target')
    await writeFile(target, 'theirs')
    await mkdir(state, { mode: 0o700 })
    await symlink(target, `${log}.new`)
    await (await createEmulator({ state })).close()
    expect(await readFile(target, 'utf8')).toBe('theirs')
    expect(await readdir(state)).toEqual(['changes.jsonl'])
  })

  test.each(['', '/'])('in place of the folder: state%s', async (slash) => {
    const { root, state } = scratch()
    const target = join(root, 'target')
    await mkdir(target, { mode: 0o700 })
    await symlink(target, state)
    expect(await problemOf(`${state}${slash}`)).toBe(
      `${state}${slash} is a symbolic link, and the state is not kept behind links. Give --state the folder itself: ${target}.`,
    )
    expect(await readdir(target)).toEqual([])
  })
})
